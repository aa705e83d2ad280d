"""A node on the air: it fits its memory, delivers, and comes back when its radio fails."""

import asyncio
import re

import pytest

from hil_tests.air_bench import AirBench
from hil_tests.bench import until
from protocol import commands, modem

pytestmark = pytest.mark.board

ESP32_RATIO = 1.57
PATIENCE_S = 120.0


@pytest.mark.parametrize("board", ["heltec-v3", "lora32-v21"])
def test_a_node_delivers_over_the_air_within_the_memory_it_is_given(tmp_path, board):
    async def job():
        async with AirBench(tmp_path, board) as bench:
            await bench.modem.board.power_on(60)
            await bench.board.power_on(60)
            peer = bench.peer
            await until(lambda: len(peer.samples) >= 5, "five samples", PATIENCE_S)
            await until(lambda: peer.status["uptime_s"] >= 10, "a status", PATIENCE_S)
            assert "neckar: radio works" in bench.said()
            assert peer.status["heap_free"] / ESP32_RATIO > 25_000
            assert (peer.status["task_restarts"], peer.status["radio_restarts"]) == (
                0,
                0,
            )
            assert peer.status["duty_m_ms"] < 36_000
            assert modem.DONE in peer.results
            assert all(heard.sf == 9 and heard.rssi_dbm < 0 for heard in peer.heard)
            report = await bench.world.do("report")
            assert report["violations"] == {}

    asyncio.run(job())


def test_a_mount_test_over_the_air_tells_the_margin_both_ways(tmp_path):
    async def job():
        async with AirBench(tmp_path, "heltec-v3") as bench:
            await bench.modem.board.power_on(60)
            bench.peer.link = (-100, 8, 14)
            number = 77
            await bench.board.power_on(60)
            peer = bench.peer
            await until(lambda: len(peer.samples) >= 1, "a sample", PATIENCE_S)
            peer.session.send(commands.Command(number, commands.MOUNT_TEST, (4,)), 0)
            await until(lambda: number in peer.done, "the result", PATIENCE_S)
            words = r"green: 4 of 4 answered, margin 14 dB up, \d\d dB down, SF9"
            assert re.fullmatch(words, peer.done[number].value), peer.done[number].value
            report = await bench.world.do("report")
            assert report["violations"] == {}

    asyncio.run(job())


def test_a_radio_that_stops_answering_is_told_and_mended_and_nothing_is_missing(tmp_path):
    async def job():
        async with AirBench(tmp_path, "heltec-v3") as bench:
            await bench.modem.board.power_on(60)
            await bench.board.power_on(60)
            peer = bench.peer
            await until(lambda: len(peer.samples) >= 2, "two samples", PATIENCE_S)
            await bench.world.do("miso", radio="node", value=0)
            heard = len(peer.heard)
            await asyncio.sleep(8)
            assert len(peer.heard) <= heard + 1
            await bench.world.do("miso", radio="node", value=None)
            await until(lambda: peer.notes, "a note of what was wrong", PATIENCE_S)
            assert "radio was down" in peer.notes[0]
            end = max(peer.samples) + 3
            await until(lambda: set(range(end)) <= set(peer.samples), "all samples", PATIENCE_S)
            assert len(bench.board.boots) == 1

    asyncio.run(job())


def test_a_node_whose_radio_never_answers_says_so_and_goes_on_sampling(tmp_path):
    async def job():
        async with AirBench(tmp_path, "lora32-v21") as bench:
            await bench.modem.board.power_on(60)
            # The chip is made when its board starts first: hold the bus from then on.
            powering = asyncio.create_task(bench.board.power_on(60))
            while True:
                try:
                    await bench.world.do("miso", radio="node", value=0xFF)
                    break
                except Exception:
                    await asyncio.sleep(0.005)
            await powering
            await until(lambda: "neckar: radio:" in bench.said(), "a word on the console")
            assert "radio works" not in bench.said()
            assert not bench.peer.heard
            assert len(bench.board.boots) == 1

    asyncio.run(job())
