"""Files that flash has spoilt: the node takes the copy, or does without, and says so."""

import json

import pytest

from hil_tests.bench import until
from hil_tests.orders import on_bench, restarted, source_is
from protocol import commands
from protocol.commands import DONE
from tools.rig.boards import board_file
from tools.rig.image import write_image

pytestmark = pytest.mark.board


@pytest.mark.parametrize(
    ("damaged", "source"), [({"/config.json": b"{"}, 2), ({"/config.json": b'{"uart": 99}'}, 2)]
)
def test_settings_that_are_damaged_give_way_to_the_last_good_copy(tmp_path, damaged, source):
    async def test(bench, order):
        await bench.board.power_cut()
        write_image(bench.image, damaged)
        await bench.board.power_on()
        await restarted(bench, 2)
        assert bench.peer.status.get("config_source", 0) == source
        await until(lambda: any("/config.json" in note for note in bench.peer.notes), "a note")
        assert "/config.json" in bench.said()

    on_bench(tmp_path, test)


def test_a_node_without_any_settings_talks_and_can_be_mended_over_the_air(tmp_path):
    async def test(bench, order):
        await bench.board.power_cut()
        write_image(bench.image, {"/config.json": b"", "/config.good": b"\xff"})
        number = order.post(commands.CONFIG_TRY, 30, '{"profile":"air","interval_s":1}')
        await bench.board.power_on()
        await until(lambda: number in bench.peer.done, "the result")
        assert bench.peer.status.get("config_source", 0) == 3
        assert bench.peer.done[number].code == DONE
        await source_is(bench, 1)
        assert (await order(commands.CONFIG_CONFIRM)).code == DONE
        end = max(bench.peer.samples) + 2
        await until(lambda: end in bench.peer.samples, "samples again")

    on_bench(tmp_path, test)


def test_a_damaged_identity_gives_way_to_its_copy(tmp_path):
    async def test(bench, order):
        await bench.board.power_cut()
        write_image(bench.image, {"/identity.json": b"{"})
        await bench.board.power_on()
        await restarted(bench, 2)
        await until(lambda: any("/identity.json" in note for note in bench.peer.notes), "a note")

    on_bench(tmp_path, test)


def test_a_profile_that_is_damaged_costs_the_measurements_only(tmp_path):
    async def test(bench, order):
        await bench.board.power_cut()
        write_image(bench.image, {"/profiles/air.json": b"{"})
        await bench.board.power_on()
        await restarted(bench, 2)
        await until(lambda: any("air.json" in note for note in bench.peer.notes), "a note")
        assert (await order(commands.MAINTENANCE, 0)).code == DONE

    on_bench(tmp_path, test)


def test_a_board_file_with_a_wrong_sensor_pin_costs_the_sensors_only(tmp_path):
    async def test(bench, order):
        await bench.board.power_cut()
        given = json.loads(board_file("esp32-wired"))
        given["sensors"]["onewire"] = given["limits"]["input_only"][0]
        write_image(bench.image, {"/board.json": json.dumps(given).encode()})
        await bench.board.power_on()
        await restarted(bench, 2)
        await until(lambda: any("sensors.onewire" in note for note in bench.peer.notes), "a note")
        assert "/board.json: sensors.onewire" in bench.said()
        assert (await order(commands.MAINTENANCE, 0)).code == DONE

    on_bench(tmp_path, test)


def test_small_files_of_wild_numbers_do_not_keep_a_node_from_starting(tmp_path):
    async def test(bench, order):
        await bench.board.power_cut()
        wild = {"/state/boots": b"9" * 30, "/state/resets": b"-1 -1 -1 -1"}
        wild["/state/maintenance"] = b"0 " + b"9" * 20
        wild["/journal/numbering"] = b"\x82\x82\x00\x40\xf6"
        wild["/journal/anchors"] = b"\xa1\x01\x40"
        write_image(bench.image, wild)
        await bench.board.power_on()
        await until(lambda: len(bench.board.boots) >= 2, "a start")
        await until(lambda: bench.peer.status.get("journal_damaged", 0) >= 2, "a status")
        end = max(bench.peer.samples) + 2
        await until(lambda: end in bench.peer.samples, "samples again")

    on_bench(tmp_path, test)
