"""Deep sleep, above all in a warped world: when boards wake, in which order, and what it costs."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.for_tools.boards import until
from tests.for_tools.worlds import SX1262, SX1276, HandMade, in_world
from tools.rig.board import DEEPSLEEP_RESET, HARD_RESET, PWRON_RESET
from tools.rig.errors import RigError
from tools.rig.world.client import World

SILENCE_S = 0.2  # that nothing happened is seen after so long

# Each start counts itself in RTC memory.
COUNT = """
memory = machine.RTC().memory
count = len(memory())
memory(memory() + b"x")
"""


async def rings(line):
    """Say whether a sleeping board is woken within a moment."""
    line.setblocking(False)
    try:
        async with asyncio.timeout(SILENCE_S):
            return await asyncio.get_running_loop().sock_recv(line, 10) == b"w"
    except TimeoutError:
        return False


async def is_answered(task):
    done, _ = await asyncio.wait({task}, timeout=SILENCE_S)
    return bool(done)


def test_a_sleeper_is_woken_at_its_microsecond_and_time_waits_until_it_rests_again(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            slot = world.slot("board", SX1262)
            first = HandMade(slot.connect(True))
            first.level("dio1")  # which takes 20 us
            first.close()
            passing = asyncio.create_task(world.do("until", s=1000))
            line = slot.sleep(5_000)
            assert await rings(line)
            assert (await world.do("now"))["s"] == 5.000020
            assert not await is_answered(passing)
            line.close()
            assert not await is_answered(passing)
            board = HandMade(slot.connect(False))
            assert board.now_us == 5_000_020
            board.rest(-1)
            assert (await passing)["s"] == 1000

    asyncio.run(scenario())


def test_sleepers_that_are_due_at_once_are_woken_in_turn_by_their_names(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            slots = {name: world.slot(name, SX1276) for name in "cab"}
            for slot in slots.values():
                HandMade(slot.connect(True)).close()
            lines = {name: slot.sleep(2_000) for name, slot in slots.items()}
            passing = asyncio.create_task(world.do("until", s=10))
            awake = []
            for name in "abc":
                assert await rings(lines.pop(name))
                assert not any([await rings(line) for line in lines.values()])
                awake.append(HandMade(slots[name].connect(False)))
                awake[-1].rest(-1)
            assert (await passing)["s"] == 10

    asyncio.run(scenario())


def test_who_sleeps_for_ever_stops_no_time_and_hears_no_pin(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            slot = world.slot("board", SX1262)
            HandMade(slot.connect(True)).close()
            line = slot.sleep(None)
            assert (await world.do("until", s=10))["s"] == 10
            await world.do("hold", radio="board", pin="dio1", level=1)
            assert (await world.do("until", s=86_400))["s"] == 86_400
            assert not await rings(line)

    asyncio.run(scenario())


def test_a_board_wakes_to_the_microsecond_with_memory_radio_and_clock_as_they_were(bench):
    main = f"""
{COUNT}
if not count:
    do(b"\\x0d\\x07\\x40\\x55")
print(machine.reset_cause(), read(0x0740), time.time() == 900 * count, time.ticks_ms() - (1 << 50))
machine.deepsleep(900_000 - time.time_ns() // 1_000_000 % 900_000)
"""

    async def scenario():
        async with in_world(bench, main, "warp") as (world, board):
            assert await world.do("until", s=4 * 900 + 1) == {"s": 4 * 900 + 1}
            lines = bench.printed.decode().splitlines()
            assert lines[0].startswith("1 85 True")
            assert lines[1:] == ["4 85 True 0"] * 4
            causes = [cause for cause, _ in board.boots]
            assert causes == [PWRON_RESET, *[DEEPSLEEP_RESET] * 4]
            assert board.sleeping

    asyncio.run(scenario())


def test_two_runs_are_the_same_run(bench):
    main = """
import machine, time
print(machine.unique_id()[0], time.time_ns())
machine.deepsleep(1 + time.time_ns() // 1_000_000 % 7)
"""

    async def run(folder):
        bench.printed.clear()
        folder.mkdir()
        async with World(folder, mode="warp") as world:
            boards = [
                bench.new_board(main, name=name, radio=world.slot(name, SX1262)) for name in "ab"
            ]
            for board in boards:
                await board.power_on()
            await world.do("until", s=0.0495)
            # A console's bytes come by a port of its own: later than the world's answer.
            lines = sum(len(board.boots) for board in boards)
            await until(lambda: bench.printed.count(b"\n") == lines, f"{lines} lines")
            for board in boards:
                await board.stop()
        return bytes(bench.printed)

    async def scenario():
        first = await run(bench.folder / "first")
        assert first.count(b"\n") >= 20
        assert first == await run(bench.folder / "second")

    asyncio.run(scenario())


def test_a_hundred_wakes_leave_nothing_behind(bench):
    def descriptors(process):
        return len(list(Path(f"/proc/{process}/fd").iterdir()))

    async def scenario():
        async with in_world(bench, "machine.deepsleep(1000)", "warp") as (world, board):
            await world.do("until", s=9.5)
            processes = os.getpid(), world._process.pid
            before = [descriptors(process) for process in processes]
            await world.do("until", s=110.5)
            assert [descriptors(process) for process in processes] == before
            assert len(board.boots) == 111

    asyncio.run(scenario())


def test_reset_line_and_power_reach_a_board_that_sleeps(bench):
    async def scenario():
        async with in_world(bench, "machine.deepsleep()", "warp") as (world, board):
            await until(lambda: board.sleeping, "it sleeps")
            await world.do("until", s=10)
            await board.reset()
            await until(lambda: board.sleeping, "it sleeps again")
            assert [cause for cause, _ in board.boots] == [PWRON_RESET, HARD_RESET]
            await board.power_cut()
            assert (await world.do("until", s=20))["s"] == 20

    asyncio.run(scenario())


def test_the_end_of_the_world_is_told_by_who_slept_in_it(bench):
    async def scenario():
        async with World(bench.folder, mode="warp") as world:
            main = "import machine; machine.deepsleep(1000)"
            board = bench.new_board(main, radio=world.slot("board", SX1262))
            await board.power_on()
            await until(lambda: board.sleeping, "it sleeps")
        with pytest.raises(RigError, match=r"not start: .*(world does not answer|SystemExit)"):
            await board.run()
        await board.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("action", ["machine.reset()", "machine.deepsleep(3_000)", "sys.exit()"])
def test_the_clock_begins_with_the_power_and_goes_on_over_resets(bench, action):
    main = f"""
import machine, sys, time
{COUNT}
now_ms = time.time_ns() // 1_000_000
if not count:
    print("at first", now_ms < 20_000, time.time() == now_ms // 1000)
    memory(now_ms.to_bytes(4, "big"))
    time.sleep_ms(10)
    {action}
before_ms = int.from_bytes(memory()[:4], "big")
print("on", 10 <= now_ms - before_ms < 20_000, now_ms - before_ms > 3_000, "end")
"""

    async def scenario():
        async with bench.board(main, time_scale=1000):
            await bench.until_printed("end")
            text = bench.printed.decode()
            assert "at first True True" in text
            assert f"on True {'deepsleep' in action} end" in text

    asyncio.run(scenario())
