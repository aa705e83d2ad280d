"""A gateway's commands to a node that runs: each is done once, and none can cut the node off."""

import asyncio
import hashlib
import os

import pytest

from hil_tests.bench import KEY, NODE, Bench, until
from hil_tests.orders import on_bench, restarted, source_is
from protocol import commands, quality, reading
from protocol import session as sessions
from protocol.ccm import Ccm
from protocol.commands import DONE, REFUSED, Command
from protocol.envelope import TAG_WIRE, Envelope
from protocol.window import ReplayWindow
from tools.rig.image import read_image

pytestmark = pytest.mark.board

NEW_KEY = bytes(16)


class TwoCables(Bench):
    """A bench whose second cable leads to nobody."""

    uarts = (1, 2)


def test_a_measurement_of_now_is_a_reading_of_all_quantities(tmp_path):
    async def test(bench, order):
        result = await order(commands.SAMPLE)
        assert result.code == DONE and isinstance(result.value, reading.Reading)
        assert len(result.value.values) == 5 and result.value.first is None

    on_bench(tmp_path, test)


def test_settings_are_read_back_page_by_page_and_their_digest_is_in_the_status(tmp_path):
    async def test(bench, order):
        text = ""
        while True:
            page = (await order(commands.CONFIG_READ, len(text))).value
            text += page
            if not page:
                break
        digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        assert '"profile":"air"' in text and KEY.hex() not in text
        await until(lambda: bench.peer.status.get("config_hash") == digest, "the digest")
        log = await order(commands.LOG_PAGE, 0)
        assert "boot: power-on" in log.value

    on_bench(tmp_path, test)


def test_a_trial_that_kills_the_link_reverts_by_itself(tmp_path):
    async def test(bench, order):
        result = await order(commands.CONFIG_TRY, 3, '{"uart": 2}')
        assert result.code == DONE
        # On trial nothing is heard: the next words are of the third boot, which has the old link.
        await restarted(bench, 3)
        assert bench.peer.status.get("config_source", 0) == 0
        end = len(bench.peer.samples) + 3
        await until(lambda: len(bench.peer.samples) >= end, "samples as before")
        assert len(bench.board.boots) == 3

    on_bench(tmp_path, test, TwoCables)


def test_a_trial_that_is_confirmed_stays_and_one_that_is_reverted_goes(tmp_path):
    async def test(bench, order):
        tried = await order(commands.CONFIG_TRY, 60, '{"retry_max_ms": 1500}')
        await source_is(bench, 1)
        assert bench.peer.status["config_hash"] == tried.value
        assert (await order(commands.CONFIG_CONFIRM)).code == DONE
        assert (await order(commands.CONFIG_CONFIRM)).code == REFUSED
        await source_is(bench, 0)
        await bench.board.power_cut()
        await bench.board.power_on()
        await restarted(bench, 3)
        assert bench.peer.status["config_hash"] == tried.value
        await order(commands.CONFIG_TRY, 60, '{"retry_max_ms": 2000}')
        await restarted(bench, 4)
        await source_is(bench, 1)
        assert (await order(commands.CONFIG_REVERT)).code == DONE
        await restarted(bench, 5)
        assert bench.peer.status.get("config_source", 0) == 0
        assert bench.peer.status["config_hash"] == tried.value

    on_bench(tmp_path, test)


def test_a_trial_that_would_not_load_is_refused_by_the_name_of_its_field(tmp_path):
    async def test(bench, order):
        result = await order(commands.CONFIG_TRY, 3, '{"baud": 1}')
        assert result.code == REFUSED and "baud" in result.value
        result = await order(commands.CONFIG_TRY, 3, '{"profile": "fire"}')
        assert result.code == REFUSED and "/profiles/fire.json" in result.value
        assert len(bench.board.boots) == 1

    on_bench(tmp_path, test)


def test_a_reboot_is_told_and_done_once(tmp_path):
    async def test(bench, order):
        assert (await order(commands.REBOOT)).code == DONE
        await restarted(bench, 2)
        await until(lambda: len(bench.peer.samples) >= 6, "more samples")
        assert len(bench.board.boots) == 2

    on_bench(tmp_path, test)


def test_a_reboot_whose_result_was_lost_is_told_again_and_not_done_again(tmp_path):
    async def test(bench, order):
        peer = bench.peer
        take = peer._take

        def take_and_hang_up(event):
            peer.mute = peer.mute or event[0] == sessions.RESULT
            take(event)

        peer._take = take_and_hang_up
        number = (await order(commands.REBOOT)).number
        await bench.board.power_cut()
        peer._take = take
        peer.mute = False
        peer.done.clear()
        peer.session.send(Command(number, commands.REBOOT), 0)
        await bench.board.power_on()
        await until(lambda: number in peer.done, "the result again")
        end = len(peer.samples) + 3
        await until(lambda: len(peer.samples) >= end, "samples after it")
        assert len(bench.board.boots) == 2

    on_bench(tmp_path, test)


def test_a_wipe_uses_no_number_again_and_leaves_no_gap_without_a_name(tmp_path):
    async def test(bench, order):
        peer = bench.peer
        peer.mute = True
        await asyncio.sleep(3)  # samples that only the node has
        number = order.post(commands.WIPE)
        peer.mute = False
        await until(lambda: number in peer.done, "the result")
        assert peer.done[number].code == DONE
        top = peer.session.samples.top
        await until(lambda: peer.session.samples.top >= top + 3, "new samples")
        window = peer.session.samples
        await until(lambda: window.expected == window.top, "an account without gaps")
        assert "samples" not in (await order(commands.LOG_PAGE, 1)).value
        assert peer.session.refused == dict.fromkeys(peer.session.refused, 0)

    on_bench(tmp_path, test)


def test_what_is_measured_in_maintenance_is_marked_over_a_restart_until_it_ends(tmp_path):
    async def test(bench, order):
        peer = bench.peer
        assert not any(quality.MAINTENANCE in codes for codes in peer.quality.values())
        await order(commands.MAINTENANCE, 10)
        for boots in (1, 2):
            begin = max(peer.samples) + 2
            await until(lambda begin=begin: begin + 1 in peer.samples, "samples of maintenance")
            assert set(peer.quality[begin]) == {quality.MAINTENANCE}
            if boots == 1:
                await order(commands.REBOOT)
                await restarted(bench, 2)
        await until(lambda: peer.status.get("maintenance", 0) > 500, "what is left of it")
        await order(commands.MAINTENANCE, 0)
        begin = max(peer.samples) + 2
        await until(lambda: begin + 1 in peer.samples, "samples after it")
        assert quality.MAINTENANCE not in peer.quality.get(begin, [])

    on_bench(tmp_path, test)


def test_a_new_key_is_used_at_once_and_after_a_power_cut(tmp_path):
    async def test(bench, order):
        peer = bench.peer
        peer.session.add_key(Envelope(Ccm(NEW_KEY), NODE, 2, TAG_WIRE), ReplayWindow())
        assert (await order(commands.REKEY, 2, NEW_KEY)).code == DONE
        assert peer.session.epoch == 2
        await bench.board.power_cut()
        files = read_image(bench.image)
        assert NEW_KEY.hex() in files["/identity.json"].decode()
        await bench.board.power_on()
        end = max(peer.samples) + 3
        await until(lambda: end in peer.samples, "samples under the new key")
        assert peer.session.epoch == 2

    on_bench(tmp_path, test)


def test_a_mount_test_counts_answers_and_gives_a_verdict(tmp_path):
    async def test(bench, order):
        result = await order(commands.MOUNT_TEST, 5)
        assert (result.code, result.value) == (DONE, "green: 5 of 5 answered")
        assert len([note for note in bench.peer.notes if "mount test" in note]) == 5

    on_bench(tmp_path, test)


def test_forged_and_replayed_commands_are_counted_and_ignored(tmp_path):
    async def test(bench, order):
        peer = bench.peer
        kept = []
        send = peer.send

        def send_and_keep(frame):
            if frame is not None:
                kept.append(frame)
                send(frame)

        peer.send = send_and_keep
        await order(commands.MAINTENANCE, 0)
        done = peer.status.get("commands", 0)
        forger = Envelope(Ccm(os.urandom(16)), NODE, 1, TAG_WIRE)
        reboot = bytes([0x83, 5, 7, commands.REBOOT])
        for counter in range(256):
            send(forger.seal_answer(counter, reboot))
        for frame in list(kept):
            send(frame)
        wanted = 256 + len(kept) // 2
        await until(lambda: peer.status.get("frames_refused", 0) >= wanted, "all are counted")
        assert peer.status.get("commands", 0) <= done + 1
        assert len(bench.board.boots) == 1

    on_bench(tmp_path, test)
