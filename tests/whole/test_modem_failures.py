"""A modem whose host, cable, chip or power fails: it costs what was under way, and it is told."""

import asyncio
import os

import pytest

from protocol import modem
from protocol.duty import Ledger
from protocol.stream import to_record
from tests.whole.modems import FRAME, modem_in_world, on_air, passes, send
from tools.rig.image import read_image

pytestmark = [pytest.mark.whole, pytest.mark.board]

BOARDS = ("heltec-v3", "esp32-rfm95")
QUICK = {"state_s": 1}


async def hears_and_sends(world, one, within_s=1.0):
    """Check that it does all that it is for."""
    heard, sent = len(one.host.all(modem.Heard)), len(one.host.results())
    await on_air(world)
    await passes(world, within_s)
    await one.host.until(modem.Heard, heard + 1)
    await one.host.order(world, send(1))
    await passes(world, 3)
    await one.host.until(modem.Done, 1)
    assert one.host.results()[sent:] == [(1, modem.DONE)]


async def error_is(world, one, words, s=200.0):
    """Wait until its State says an error with these words ("" for none)."""
    seen = len(one.host.all(modem.State))
    for _ in range(int(s)):
        await passes(world, 1)
        await asyncio.sleep(0.005)
        for state in one.host.all(modem.State)[seen:]:
            if words in state.error if words else not state.error:
                return state
    raise AssertionError([s.error for s in one.host.all(modem.State)[-5:]])


def test_nonsense_from_the_host_is_counted_and_the_next_order_is_carried_out(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path, **QUICK) as (world, one):
            good = modem.encode(send(1))
            nonsense = [os.urandom(n) for n in (1, 10, 100, 1000)]
            nonsense += [b"\x00" + to_record(good[:end]) for end in range(1, len(good), 5)]
            nonsense += [
                b"\x00" + to_record(modem.encode(m))
                for m in (
                    modem.Done(1, 0, 0),
                    modem.Heard(0, 1, 7, 0, 0, FRAME),
                    modem.State("", "", {}, []),
                )
            ]
            for data in nonsense:
                await one.host.write(data)
            await one.host.write(b"\x03\x04\x01\x02\r\n" * 50)  # what a terminal program sends
            await hears_and_sends(world, one)
            await passes(world, 2)
            state = one.host.all(modem.State)[-1]
            assert state.fields["garbled"] >= 10
            assert len(one.board.boots) == 1
            assert one.host.noise == 0

    asyncio.run(scenario())


def test_a_host_that_does_not_read_costs_the_oldest_records_only(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path, **QUICK) as (world, one):
            one.host.close()
            for number in range(60):
                await on_air(world, bytes([0x83, number]) + bytes(200), sf=9)
                await passes(world, 5)
            one.host.open()
            await passes(world, 5)
            await hears_and_sends(world, one)
            await passes(world, 2)
            assert one.host.all(modem.State)[-1].fields["heard"] == 61
            assert len(one.board.boots) == 1

    asyncio.run(scenario())


def test_a_cable_that_is_pulled_in_the_middle_of_a_record_and_put_in_again(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path, **QUICK) as (world, one):
            record = b"\x00" + to_record(modem.encode(send(9)))
            for cut in (1, 5, len(record) // 2, len(record) - 2):
                await one.host.write(record[:cut])
                await on_air(world)
                await asyncio.sleep(0.05)
                one.board.unplug(1)
                await passes(world, 3)
                one.host.close()
                one.board.plug(1)
                one.host.open()
                await hears_and_sends(world, one)
            assert (9, modem.DONE) not in one.host.results()
            assert len(one.board.boots) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("value", [0x00, 0xFF])
def test_a_bus_that_is_dead_is_told_and_works_again_when_it_works(tmp_path, board, value):
    async def scenario():
        async with modem_in_world(tmp_path, board=board, **QUICK) as (world, one):
            await hears_and_sends(world, one)
            await world.do("miso", radio="modem", value=value)
            state = await error_is(world, one, " ")
            assert state.fields["restarts"] == 0
            await one.host.order(world, send(2))
            await passes(world, 5)
            await one.host.until(modem.Done, fits=lambda done: done.id == 2)
            assert one.host.results()[-1] == (2, modem.NO_RADIO)
            await world.do("miso", radio="modem", value=None)
            state = await error_is(world, one, "")
            assert state.fields["restarts"] >= 1
            await hears_and_sends(world, one)
            assert len(one.board.boots) == 1

    asyncio.run(scenario())


def test_a_busy_line_that_is_stuck_is_named_and_works_again_when_it_is_free(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path, **QUICK) as (world, one):
            await world.do("hold", radio="modem", pin="busy", level=1)
            await error_is(world, one, "BUSY stays high")
            await world.do("hold", radio="modem", pin="busy", level=None)
            await error_is(world, one, "")
            await hears_and_sends(world, one)

    asyncio.run(scenario())


@pytest.mark.parametrize(("board", "pin"), [("heltec-v3", "dio1"), ("esp32-rfm95", "dio0")])
def test_an_interrupt_line_that_is_dead_costs_time_and_no_frame(tmp_path, board, pin):
    async def scenario():
        async with modem_in_world(tmp_path, board=board, **QUICK) as (world, one):
            await hears_and_sends(world, one)
            await world.do("hold", radio="modem", pin=pin, level=0)
            await hears_and_sends(world, one, within_s=15)  # so often it looks into the chip
            await passes(world, 2)
            assert one.host.all(modem.State)[-1].fields["missed_irqs"] >= 1
            await world.do("hold", radio="modem", pin=pin, level=None)
            await hears_and_sends(world, one)

    asyncio.run(scenario())


@pytest.mark.parametrize("board", BOARDS)
def test_a_frame_of_which_the_chip_never_says_that_it_is_out_is_no_answer(tmp_path, board):
    flags = 0x001 if board == "heltec-v3" else 0x08  # TxDone

    async def scenario():
        async with modem_in_world(tmp_path, board=board, **QUICK) as (world, one):
            await world.do("lost_irqs", radio="modem", flags=flags)
            await one.host.order(world, send(3))
            await passes(world, 10)
            await one.host.until(modem.Done, fits=lambda done: done.id == 3)
            assert one.host.results() == [(3, modem.NO_RADIO)]
            await world.do("lost_irqs", radio="modem", flags=0)
            await error_is(world, one, "")
            await hears_and_sends(world, one)

    asyncio.run(scenario())


def test_a_modem_without_power_for_a_while_begins_anew_and_refuses_old_stamps(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path, **QUICK) as (world, one):
            await hears_and_sends(world, one)
            before = one.host.all(modem.Heard)[-1]
            await one.board.power_cut()
            booked = Ledger.from_state(read_image(one.image)["/state/duty"], 0).evidence(0)
            assert booked == [
                ("O", max(done.airtime_ms for done in one.host.all(modem.Done)), 360_000)
            ]
            await one.board.power_on()
            await passes(world, 2)
            await one.host.until(modem.State, fits=lambda state: state.fields["boot"] == 2)
            assert one.host.all(modem.State)[-1].duty == booked
            stamp_ms = before.stamp_ms + 3_600_000  # its clock began anew
            times = {"after_ms": 500, "until_ms": 2000}
            await one.host.order(world, send(4, stamp_ms=stamp_ms, **times))
            assert one.host.results()[-1] == (4, modem.LATE)
            await hears_and_sends(world, one)
            assert (await world.do("report"))["violations"] == {}

    asyncio.run(scenario())


def test_a_power_cut_at_any_moment_of_an_answer_leaves_it_in_the_account(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path) as (world, one):
            for turn in range(8):
                await one.host.order(world, send(5, after_ms=100))
                await passes(world, 0.095 + 0.003 * turn)
                await one.board.power_cut()
                await one.board.power_on()
                await passes(world, 2)
                report = await world.do("report")
                state = await one.host.until(
                    modem.State, fits=lambda state, n=turn: state.fields["boot"] == n + 2
                )
                used_ms = sum(used for _, used, _ in state.duty)
                assert used_ms >= report["airtime_us"].get("modem", 0) / 1000

    asyncio.run(scenario())
