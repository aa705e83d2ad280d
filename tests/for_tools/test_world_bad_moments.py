"""A board in a world that resets, loses power, is interrupted, or whose world ends."""

import asyncio

import pytest

from tests.for_tools.boards import opened, until
from tests.for_tools.worlds import in_world
from tools.rig.board import HARD_RESET, PWRON_RESET, SOFT_RESET
from tools.rig.errors import RigError

pytestmark = pytest.mark.board


def test_a_board_that_resets_loses_no_time_and_its_chip_no_settings(bench):
    main = """
print("cause", machine.reset_cause(), hex(read(0x0740)), time.time_ns() < 10_000_000_000)
if machine.reset_cause() == 1:
    do(b"\\x0d\\x07\\x40\\xab\\xcd")
    cs(0)
    machine.reset()
if machine.reset_cause() == 2:
    cs(0)
    spi.write(b"\\x0d\\x07")
    machine.soft_reset()
time.sleep(1000)
print("slept", time.time_ns() // 1000000000)
time.sleep(1000)
"""

    async def scenario():
        async with in_world(bench, main, "warp") as (world, board):
            await world.do("until", s=1005)
            assert [cause for cause, _ in board.boots] == [PWRON_RESET, HARD_RESET, SOFT_RESET]
            for line in ("cause 1 0x14 True", "cause 2 0xab True", "cause 5 0xab True"):
                await bench.until_printed(line)
            await bench.until_printed("slept 1000")
            await board.power_cut()
            bench.printed.clear()
            await board.power_on()
            await bench.until_printed("cause 1 0x14")

    asyncio.run(scenario())


def test_power_that_is_cut_at_any_moment_leaves_a_world_that_goes_on(bench):
    async def scenario():
        async with in_world(bench, "while True:\n    do(bytes(200))") as (world, board):
            for pause_ms in range(1, 80, 9):
                await asyncio.sleep(pause_ms / 1000)
                await board.power_cut()
                await world.do("now")
                await board.power_on()
            assert (await world.do("report"))["frames"] == {}

    asyncio.run(scenario())


def test_ctrl_c_in_a_transfer_leaves_the_line_in_step(bench):
    main = """
while True:
    try:
        print("begins")
        while True:
            do(b"\\x1d\\x07\\x40\\x00\\x00")
            dio1()
    except KeyboardInterrupt:
        cs(1)
        print("again", [read(0x0740) for _ in range(20)] == [0x14] * 20, dio1())
"""

    async def scenario():
        async with in_world(bench, main) as (_, board):
            with opened(board.console) as console:
                for count in range(1, 26):
                    await until(lambda n=count: bench.printed.count(b"begins") == n, "it begins")
                    await asyncio.sleep(0.013)
                    await console.write(b"\x03")
                    await until(lambda n=count: bench.printed.count(b"again") == n, "it goes on")
            assert bench.printed.count(b"again True 0") == 25
            assert len(board.boots) == 1

    asyncio.run(scenario())


def test_a_board_whose_world_ends_goes_off_and_says_so(bench):
    async def scenario():
        async with in_world(bench, "while True:\n    busy()") as (world, board):
            world._process.kill()
            with pytest.raises(RigError, match="board does not start"):
                await asyncio.wait_for(board.run(), 20)

    asyncio.run(scenario())
