"""Time in a world: real, or warped: who works, who rests, who is away, and who may stop it."""

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest

from tests.for_tools.worlds import SX1262, SX1276, HandMade
from tools.rig.errors import RigError
from tools.rig.world import wall_clock
from tools.rig.world.client import World

WHOLE_TIME_S = 0.3  # that nothing happened is seen after so long


async def is_answered(task):
    """Say whether a task ends within a moment."""
    done, _ = await asyncio.wait({task}, timeout=WHOLE_TIME_S)
    return bool(done)


async def passing(world, s):
    """Let time pass until so late, in the background."""
    task = asyncio.create_task(world.do("until", s=s))
    await asyncio.sleep(0)  # the command has left
    return task


def test_real_time_is_the_time_on_the_wall(tmp_path):
    async def scenario():
        async with World(tmp_path) as world:
            begin_s = time.monotonic()
            first = (await world.do("now"))["s"]
            late = await world.do("until", s=first + 0.4)
            assert 0.4 <= late["s"] - first < 1
            assert 0.39 <= time.monotonic() - begin_s < 1
            assert (await world.do("until", s=0))["s"] >= late["s"]

    asyncio.run(scenario())


def test_warped_time_passes_as_far_as_somebody_asks_and_no_further(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            await asyncio.sleep(WHOLE_TIME_S)
            assert await world.do("now") == {"s": 0}
            begin_s = time.monotonic()
            assert await world.do("until", s=86400 * 366) == {"s": 86400 * 366}
            assert time.monotonic() - begin_s < 1
            assert await world.do("until", s=5) == {"s": 86400 * 366}

    asyncio.run(scenario())


def test_who_rests_is_woken_at_its_time_and_at_a_change_of_a_pin(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("board", SX1262).connect(True))
            task = await passing(world, 1000)
            board.rest(100_000_000)
            await world.do("now")
            assert (board.hear()[0], board.hear()[0]) == ("I", "z")  # BUSY falls after the start
            assert board.levels[SX1262["busy"]] == 0
            assert board.now_us == 3500
            board.rest(100_000_000)
            board.until("z")
            assert board.now_us == 100_003_500
            board.rest(0)
            board.until("z")
            assert board.now_us == 100_003_500
            board.say("N")
            board.until("z")
            assert board.now_us == 100_004_500
            assert not await is_answered(task)  # the board works
            board.rest(-1)
            assert (await task)["s"] == 1000
            assert (await world.do("now"))["s"] == 1000
            board.say("A")
            board.until("z")
            assert board.now_us == 1_000_000_000

    asyncio.run(scenario())


def test_who_rests_before_it_has_heard_of_a_change_is_woken_before_time_goes_on(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("board", SX1262).connect(True))
            task = await passing(world, 1000)
            await world.do("hold", radio="board", pin="dio1", level=1)
            board.rest(-1)
            board.until("z")
            assert (board.now_us, board.levels[SX1262["dio1"]]) == (0, 1)
            board.rest(5_000_000)  # and BUSY falls meanwhile
            board.until("z")
            board.rest(-1)
            assert (await task)["s"] == 1000

    asyncio.run(scenario())


def test_work_takes_time_and_only_that_of_who_does_it(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("board", SX1262).connect(True))
            board.bus()
            for _ in range(10):
                board.level("dio1")
            assert (await world.do("now"))["s"] == pytest.approx(200e-6)
            board.exchange(bytes(100))
            assert (await world.do("now"))["s"] == pytest.approx(400e-6)

    asyncio.run(scenario())


def test_boards_that_are_due_at_once_work_in_turn_by_their_names(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            names = ["c", "a", "b"]
            boards = {name: HandMade(world.slot(name, SX1276).connect(True)) for name in names}
            task = await passing(world, 10)
            for board in boards.values():
                board.rest(5_000_000)
            for name in sorted(names):
                boards[name].until("z")
                for other in names:
                    if other > name:
                        boards[other].line.settimeout(0.05)
                        assert not boards[other].is_ended()  # it has heard nothing
                        boards[other].line.settimeout(5)
                boards[name].level("dio1")
                boards[name].rest(-1)
            assert (await task)["s"] == 10
            assert boards["b"].now_us == 5_000_040

    asyncio.run(scenario())


def test_code_that_turns_in_a_circle_lets_the_others_work(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            circling = HandMade(world.slot("a", SX1276).connect(True))
            other = HandMade(world.slot("b", SX1276).connect(True))
            task = await passing(world, 10)
            other.rest(2_500)
            while circling.now_us < 5_000:
                circling.say("N")
                if circling.now_us == 2_000:
                    other.until("z")
                    assert other.now_us == 2_500
                    other.rest(-1)
                circling.until("z")
            circling.rest(-1)
            assert (await task)["s"] == 10

    asyncio.run(scenario())


def test_time_waits_for_a_board_that_resets_and_not_for_one_without_power(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            slot = world.slot("board", SX1276)
            board = HandMade(slot.connect(True))
            task = await passing(world, 3600)
            board.close()
            assert not await is_answered(task)
            board = HandMade(slot.connect(False))
            assert board.now_us == 0
            board.rest(1_000_000)
            board.until("z")
            assert board.now_us == 1_000_000
            await asyncio.to_thread(slot.cut_power)
            board.close()
            assert (await task)["s"] == 3600

    asyncio.run(scenario())


def test_bytes_that_left_for_somebody_outside_hold_the_time_for_a_moment(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("board", SX1276).connect(True))
            begin_s = time.monotonic()
            board.say("U")
            board.rest(-1)
            await world.do("until", s=3600)
            assert 0.05 < time.monotonic() - begin_s < 1

    asyncio.run(scenario())


def test_who_gives_up_waiting_costs_later_commands_nothing(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("board", SX1276).connect(True))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(world.do("until", s=100), WHOLE_TIME_S)
            assert set(await world.do("heard")) == {"frames"}
            board.rest(-1)
            later = await passing(world, 300)
            soon = await passing(world, 200)
            assert (await soon)["s"] >= 200
            assert (await later)["s"] == 300

    asyncio.run(scenario())


CODE = "import json, time, sys\nprint(json.dumps([time.time(), time.time_ns(), time.monotonic()]))"


def test_a_program_lives_by_the_worlds_clock_and_measures_with_its_own(tmp_path):
    async def times(clock, **more):
        environment = {**wall_clock.environment(clock), **more}
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", CODE], env=environment, capture_output=True
        )
        return json.loads(done.stdout)

    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            first = await times(world.clock)
            assert first[0] == wall_clock.EPOCH_S
            assert first[1] == wall_clock.EPOCH_S * 10**9
            await world.do("until", s=86400.5)
            second = await times(world.clock)
            assert second[0] == wall_clock.EPOCH_S + 86400.5
            assert second[1] - first[1] == 86_400_500_000_000
            assert 0 < second[2] - first[2] < 60
            # Without the variable nothing is changed.
            ours = await times(world.clock, NECKAR_WORLD_CLOCK="")
            assert abs(ours[0] - time.time()) < 60

    asyncio.run(scenario())


def test_the_clocks_environment_keeps_what_else_leads_to_python_modules(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    paths = wall_clock.environment(tmp_path / "clock")["PYTHONPATH"].split(os.pathsep)
    assert paths == [str(wall_clock.SITE), "/somewhere"]
    monkeypatch.delenv("PYTHONPATH")
    assert wall_clock.environment(tmp_path / "clock")["PYTHONPATH"] == str(wall_clock.SITE)


def test_a_world_that_dies_is_told_with_its_last_words(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("board", SX1276).connect(True))
            task = await passing(world, 10)
            await world.do("now")
            world._process.kill()
            with pytest.raises(RigError, match="radio world ended"):
                await task
            with pytest.raises(RigError, match="radio world ended"):
                await world.do("now")
            assert board.is_ended()
            await world._process.wait()
            with pytest.raises(RigError, match="radio world does not answer"):
                world.slot("board", SX1276).connect(True)

    asyncio.run(scenario())


def test_a_folder_has_one_world_and_what_a_killed_one_left_is_no_hindrance(tmp_path):
    async def scenario():
        async with World(tmp_path) as first:
            with pytest.raises(RigError, match="another radio world"):
                await World(tmp_path).__aenter__()
            assert "s" in await first.do("now")
            first._process.kill()
            await first._process.wait()
            async with World(tmp_path) as second:
                assert "s" in await second.do("now")
        async with World(tmp_path):
            pass

    asyncio.run(scenario())


def test_a_world_that_cannot_start_says_why(tmp_path):
    async def scenario():
        with pytest.raises(RigError, match=r"does not start: .*invalid choice"):
            await World(tmp_path, mode="backwards").__aenter__()
        with pytest.raises(RigError, match=r"does not start: .*No such file"):
            await World(tmp_path, log=tmp_path / "no" / "log").__aenter__()

    asyncio.run(scenario())
