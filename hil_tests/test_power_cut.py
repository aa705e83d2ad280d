"""Power goes at any moment; what was measured arrives once, under the number it had."""

import asyncio
import random

import pytest

from hil_tests.bench import Bench, until
from protocol.envelope import parse

pytestmark = pytest.mark.board


def test_samples_taken_while_nobody_answers_arrive_after_power_cuts(tmp_path):
    async def job():
        dice = random.Random(3)
        async with Bench(tmp_path) as bench:
            bench.peer.mute = True
            for _ in range(4):
                await bench.board.power_on()
                await asyncio.sleep(dice.uniform(1.2, 2.5))
                await bench.board.power_cut()
            await bench.board.power_on()
            bench.peer.mute = False
            await until(lambda: _all_are_there(bench.peer.samples), "all of them")
            assert bench.peer.hellos[-1].boot == 5
            assert bench.peer.status["journal_dropped"] == 0

    asyncio.run(job())


def _all_are_there(samples: dict) -> bool:
    """The newest come first, so that there are gaps for a while."""
    return len(samples) >= 5 and sorted(samples) == list(range(len(samples)))


def test_no_frame_counter_is_used_twice_over_power_cuts(tmp_path):
    async def job():
        async with Bench(tmp_path) as bench:
            bench.peer.mute = True
            for _ in range(5):
                await bench.board.power_on()
                await asyncio.sleep(0.9)
                await bench.board.power_cut()
            counters = [parse(frame).low for frame in bench.peer.frames]
            assert len(counters) >= 5
            assert len(set(counters)) == len(counters)
            assert counters == sorted(counters)

    asyncio.run(job())


def test_old_answers_replayed_after_a_power_cut_are_refused(tmp_path):
    async def job():
        async with Bench(tmp_path) as bench:
            answers = []
            send = bench.peer.send
            bench.peer.send = lambda frame: (answers.append(frame), send(frame))
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 3, "three samples")
            await bench.board.power_cut()
            bench.peer.mute = True
            old = list(answers)
            await bench.board.power_on()
            await until(lambda: len(bench.peer.hellos) >= 2, "hello again")
            for frame in old:
                send(frame)
            await asyncio.sleep(1.0)
            bench.peer.mute = False
            status = bench.peer.status
            await until(
                lambda: bench.peer.status.get("boot") == 2 and bench.peer.status is not status,
                "a status of this boot",
            )
            await until(
                lambda: bench.peer.status["frames_refused"] >= len(old),
                "the refusals are counted",
            )
            numbers = sorted(bench.peer.samples)
            assert numbers == list(range(len(numbers)))

    asyncio.run(job())


def test_a_hanging_firmware_is_reset_by_its_watchdog(tmp_path):
    async def job():
        bench = Bench(tmp_path, watchdog_s=5)
        bench.write("/main.py", b"import machine\nmachine.WDT(timeout=300)\nwhile True: pass\n")
        async with bench:
            await bench.board.power_on()
            await until(lambda: len(bench.board.boots) >= 3, "two bites")
            assert [cause for cause, _ in bench.board.boots[:3]] == [1, 3, 3]

    asyncio.run(job())
