"""Resets as the ROM of the chip sees them, and the supply that dips for a moment."""

import asyncio

import pytest

from tests.for_tools.boards import until
from tests.for_tools.worlds import in_world
from tools.rig.board import PWRON_RESET
from tools.rig.errors import RigError

pytestmark = pytest.mark.board

TELL = """
import machine, sys
memory = machine.RTC().memory
print("cause", machine.reset_cause(), "rom", machine.mem32[0x3FF48034] & 63, memory())
"""


@pytest.mark.parametrize(
    ("action", "cause", "rom"),
    [
        ("machine.reset()", 2, 12),
        ("machine.deepsleep(1)", 4, 5),
        ("machine.WDT(timeout=50)\n    while True: pass", 3, 12),
        ("sys.exit()", 5, 1),
    ],
)
def test_the_register_of_the_rom_tells_causes_apart(bench, action, cause, rom):
    main = f"{TELL}\nif not memory():\n    memory(b'x')\n    {action}\nprint('end')"

    async def scenario():
        async with bench.board(main):
            await bench.until_printed("end")
            text = bench.printed.decode()
            assert "cause 1 rom 1 b''" in text
            assert f"cause {cause} rom {rom} b'x'" in text

    asyncio.run(scenario())


def test_a_brown_out_looks_like_power_on_but_for_the_rom_and_what_memory_holds(bench):
    main = f"{TELL}\nmemory(memory() + b'x')\nprint('end')"

    async def scenario():
        async with bench.board(main) as board:
            await bench.until_printed("end")
            await board.brown_out()
            await bench.until_printed("cause 1 rom 15 b'x'")
            await board.brown_out()
            await bench.until_printed("cause 1 rom 15 b'xx'")
            assert [cause for cause, _ in board.boots] == [PWRON_RESET] * 3
            await board.power_cut()
            bench.printed.clear()
            await board.power_on()
            await bench.until_printed("cause 1 rom 1 b''")

    asyncio.run(scenario())


def test_a_brown_out_ends_whatever_the_board_does_also_its_sleep(bench):
    main = f"""{TELL}
if machine.reset_cause() == 1 and machine.mem32[0x3FF48034] == 1:
    print("sleeps")
    machine.deepsleep()
"""

    async def scenario():
        async with bench.board(main) as board:
            await until(lambda: board.sleeping, "it sleeps")
            await board.brown_out()
            await bench.until_printed("rom 15")
            assert not board.sleeping

    asyncio.run(scenario())


@pytest.mark.parametrize("mode", ["real", "warp"])
def test_a_radio_on_the_same_supply_does_not_notice_so_short_a_dip(bench, mode):
    main = """
if machine.mem32[0x3FF48034] == 1:
    do(b"\\x0d\\x07\\x40\\x55")
print("register", read(0x0740), "end", machine.mem32[0x3FF48034])
"""

    async def scenario():
        async with in_world(bench, main, mode) as (world, board):
            passing = asyncio.create_task(world.do("until", s=5))
            await bench.until_printed("register 85 end 1")
            await board.brown_out()
            await bench.until_printed("register 85 end 15")
            passing.cancel()

    asyncio.run(scenario())


def test_a_board_without_power_cannot_brown_out(bench):
    async def scenario():
        board = bench.new_board("")
        with pytest.raises(RigError, match="no power"):
            await board.brown_out()
        await board.stop()

    asyncio.run(scenario())
