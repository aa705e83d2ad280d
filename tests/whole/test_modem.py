"""A LoRa modem on MicroPython, with a chip in a world: what it hears, and when it answers."""

import asyncio
import contextlib

import pytest

from protocol import modem
from protocol.lora import ANSWER_AFTER_MS, ANSWER_HZ, ANSWER_UNTIL_MS, UPLINK_HZ, modulation
from tests.whole.modems import (
    FRAME,
    air_log,
    modem_in_world,
    on_air,
    passes,
    send,
    started,
)
from tools.rig.world.client import World

pytestmark = [pytest.mark.whole, pytest.mark.board]

BOARDS = ("heltec-v3", "esp32-rfm95")


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("sf", [7, 9, 12])
def test_what_is_on_the_air_comes_to_the_host_with_its_levels_and_its_moment(tmp_path, board, sf):
    async def scenario():
        async with modem_in_world(tmp_path, board=board) as (world, one):
            await one.host.order(world, modem.Tune(5, 868_300_000, sf))
            assert one.host.results() == [(5, modem.DONE)]
            await passes(world, 1)
            for db in (50, 70):
                await world.do("attenuate", radio="modem", db=db)
                await on_air(world, sf=sf, hz=868_300_000)
                await passes(world, 5)
            await one.host.until(modem.Heard, 2)
            near, far = one.host.all(modem.Heard)
            assert (near.frame, near.frequency_hz, near.sf) == (FRAME, 868_300_000, sf)
            assert near.rssi_dbm - far.rssi_dbm in (19, 20, 21)
            assert near.snr_q > far.snr_q
            ends = [row["us"] for row in air_log(tmp_path) if row.get("at") == "modem"][-2:]
            stamped = far.stamp_ms - near.stamp_ms
            assert abs(stamped - (ends[1] - ends[0]) / 1000) <= 2

    asyncio.run(scenario())


@pytest.mark.parametrize("board", BOARDS)
def test_an_answer_is_on_the_air_when_its_node_listens(tmp_path, board):
    async def scenario():
        async with modem_in_world(tmp_path, board=board) as (world, one):
            for number in range(1, 6):
                await on_air(world)
                await passes(world, 0.25)
                heard = await one.host.until(modem.Heard, number)
                times = {"after_ms": ANSWER_AFTER_MS, "until_ms": ANSWER_UNTIL_MS}
                await one.host.order(world, send(number, b"answer", heard.stamp_ms, **times))
                await passes(world, 3)
                done = await one.host.until(modem.Done, fits=lambda d, n=number: d.id == n)
                assert done.result == modem.DONE
                assert done.airtime_ms == (modulation(9).airtime_us(6) + 999) // 1000
            assert done.left_ms == 360_000 - 5 * done.airtime_ms
        rows = air_log(tmp_path)
        ended = [row["us"] for row in rows if row.get("at") == "modem"]
        began = [row for row in rows if row.get("sent") == "modem"]
        assert len(began) == 5
        for end_us, row in zip(ended, began, strict=True):
            # A stamp is in whole ms; a TCXO and the way through standby take 6 ms.
            assert -1000 <= row["us"] - end_us - 1000 * ANSWER_AFTER_MS < 8000
            assert abs(row["hz"] - ANSWER_HZ) < 100
            assert (row["sf"], row["power"]) == (9, 14)

    asyncio.run(scenario())


def test_after_an_answer_it_listens_again_at_once(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path) as (world, one):
            for number in range(1, 9):
                await one.host.order(world, send(number))
                await passes(world, 0.3)
                await on_air(world)
                await passes(world, 0.5)
            await one.host.until(modem.Heard, 8)

    asyncio.run(scenario())


def test_too_many_orders_at_once_are_told_full_and_the_rest_is_carried_out(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path) as (world, one):
            # The first is under way at once, and eight wait.
            orders = [send(number, until_ms=60_000) for number in range(60)]
            for order in orders:
                await one.host.order(world, order)
            await passes(world, 60)
            await one.host.order(world, send(1000))
            await passes(world, 5)
            await one.host.until(modem.Done, fits=lambda done: done.id == 1000)
            results = [result for _, result in one.host.results()]
            assert len(results) == 61 and set(results) == {modem.FULL, modem.DONE}
            assert 9 <= results.count(modem.DONE) <= 13
            assert (await world.do("report"))["violations"] == {}

    asyncio.run(scenario())


def test_a_flood_from_the_air_reaches_the_host_as_far_as_it_reads(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path) as (world, one):
            await one.host.order(world, modem.Tune(1, UPLINK_HZ, 7))
            await passes(world, 1)
            await on_air(world, sf=7, count=100, frame=bytes([0x83]) + bytes(40))
            await passes(world, 30)
            await one.host.until(modem.Heard, 100)
            await one.host.order(world, send(2))
            await passes(world, 3)
            await one.host.until(modem.Done, fits=lambda done: done.id == 2)

    asyncio.run(scenario())


def test_several_modems_on_several_channels_hear_each_its_own(tmp_path):
    channels = ((868_100_000, 9), (868_300_000, 9), (868_300_000, 7), (868_100_000, 9))

    async def scenario():
        async with World(tmp_path, mode="warp") as world, contextlib.AsyncExitStack() as stack:
            modems = [
                await started(world, tmp_path, stack, f"modem{i}") for i in range(len(channels))
            ]
            for one, channel in zip(modems, channels, strict=True):
                await one.host.order(world, modem.Tune(1, *channel))
            await passes(world, 1)
            for i, (hz, sf) in enumerate(sorted(set(channels))):
                await on_air(world, bytes([0x83, i]), sf, hz)
                await passes(world, 2)
            for one, channel in zip(modems, channels, strict=True):
                heard = await one.host.until(modem.Heard)
                assert len(one.host.all(modem.Heard)) == 1
                assert (heard.frequency_hz, heard.sf) == channel
                assert heard.frame == bytes([0x83, sorted(set(channels)).index(channel)])

    asyncio.run(scenario())


def test_the_same_seed_gives_the_same_air_to_the_microsecond(tmp_path):
    async def scenario(folder):
        folder.mkdir()
        async with modem_in_world(folder) as (world, one):
            await on_air(world)
            await passes(world, 0.25)
            heard = await one.host.until(modem.Heard)
            await one.host.order(world, send(1, stamp_ms=heard.stamp_ms, after_ms=500))
            await passes(world, 3)
            await one.host.until(modem.Done, fits=lambda done: done.id == 1)
        return (folder / "air.log").read_text()

    logs = [asyncio.run(scenario(tmp_path / str(i))) for i in range(2)]
    assert logs[0] == logs[1]


def test_its_heap_stays_as_it_is_over_a_day_of_frames_and_answers(tmp_path):
    async def scenario():
        async with modem_in_world(tmp_path, state_s=60) as (world, one):
            free = []
            for turn in range(12):
                await on_air(world, count=10, pause_ms=1000)
                for number in range(10):
                    await one.host.order(
                        world, send(number, after_ms=1000 * number, until_ms=20_000)
                    )
                await passes(world, 120)
                state = await one.host.until(modem.State, 2 * turn + 1)
                free.append(state.fields["heap_free"])
            assert min(free[2:]) > free[1] - 2000
            assert one.host.all(modem.State)[-1].fields["done"] > 20

    asyncio.run(scenario())
