"""The console of a board, as a person's terminal program sees it."""

import asyncio

import pytest

from tests.for_tools.boards import opened, until
from tools.rig.board import SOFT_RESET

pytestmark = pytest.mark.board

RUNS_FOR_EVER = """
import asyncio
print("main runs")

async def forever():
    while True:
        await asyncio.sleep(1)

asyncio.run(forever())
"""


def test_lines_end_as_a_device_ends_them(bench):
    async def scenario():
        async with bench.board("print('one')\nprint('two\\r\\nthree')\nprint('')"):
            await bench.until_printed(">>>")
            assert bench.printed.startswith(b"one\r\ntwo\r\nthree\r\n\r\n")
            assert b"\r\r\n" not in bench.printed

    asyncio.run(scenario())


def test_a_command_of_a_mounted_folder_passes_as_it_is_until_it_is_answered(bench):
    main = """
import sys
sys.stdout.buffer.write(b"\\x18\\n\\n")
sys.stdin.buffer.read(1)
print("answered")
"""

    async def scenario():
        async with bench.board(main) as board:
            with opened(board.console) as console:
                await bench.until_printed("\x18\n\n")
                await console.write(b"\x18")
                await bench.until_printed("\n\nanswered\r\n")

    asyncio.run(scenario())


@pytest.mark.parametrize("main", [RUNS_FOR_EVER, "print('main runs')\nwhile True: pass"])
def test_ctrl_c_interrupts_main_py_and_the_repl_follows(bench, main):
    async def scenario():
        async with bench.board(main) as board:
            await bench.until_printed("main runs")
            with opened(board.console) as console:
                await console.write(b"\r\x03")
                await bench.until_printed("KeyboardInterrupt")
                await bench.until_printed(">>>")
                await console.write(b"print(6*7)\r")
                await bench.until_printed("\r\n42\r\n")
                await until(lambda: b"\r\n42\r\n" in console.received, "the host reads it too")
            assert len(board.boots) == 1

    asyncio.run(scenario())


def test_ctrl_c_is_a_byte_for_a_program_that_asked_for_bytes(bench):
    main = """
import micropython, sys
micropython.kbd_intr(-1)
print("reads")
print(sys.stdin.buffer.read(3))
"""

    async def scenario():
        async with bench.board(main) as board:
            await bench.until_printed("reads")
            with opened(board.console) as console:
                await console.write(b"\x01\x03\x04")
                await bench.until_printed(r"b'\x01\x03\x04'")

    asyncio.run(scenario())


def test_ctrl_d_is_a_soft_reset_that_runs_main_py_again(bench):
    async def scenario():
        async with bench.board("print('main ran')") as board:
            await bench.until_printed(">>>")
            bench.printed.clear()
            with opened(board.console) as console:
                await console.write(b"\x04")
                await bench.until_printed("main ran")
            assert bench.printed.index(b"MPY: soft reboot\r\n") < bench.printed.index(b"main ran")
            assert board.boots[-1][0] == SOFT_RESET

    asyncio.run(scenario())


def test_the_raw_repl_stays_raw_over_a_soft_reset_and_main_py_does_not_run(bench, raw_repl):
    async def scenario():
        async with bench.board("print('main ran')") as board:
            await bench.until_printed(">>>")
            with opened(board.console) as console:
                await console.write(b"\x01")
                await bench.until_printed("raw REPL; CTRL-B to exit\r\n>")
                bench.printed.clear()
                await console.write(b"\x04")
                await bench.until_printed("raw REPL; CTRL-B to exit\r\n>")
                assert b"MPY: soft reboot\r\n" in bench.printed
                assert b"main ran" not in bench.printed
                await console.write(b"print('a\\nb')\x04")
                await bench.until_printed("OKa\nb\n\x04\x04>")

    asyncio.run(scenario())


def test_what_is_typed_to_a_board_without_power_is_lost(bench):
    async def scenario():
        async with bench.board("print('main ran')") as board:
            with opened(board.console) as console:
                await bench.until_printed(">>>")
                await board.power_cut()
                await console.write(b"print('typed too early')\r")
                await asyncio.sleep(0.1)
                bench.printed.clear()
                await board.power_on()
                await bench.until_printed(">>>")
                await console.write(b"print('in time')\r")
                await bench.until_printed("\nin time")
                assert b"too early" not in bench.printed

    asyncio.run(scenario())


def test_a_console_that_nobody_reads_does_not_hold_the_board_up(bench):
    async def scenario():
        async with bench.board("for _ in range(5000): print('x' * 60)\nprint('said all')") as board:
            await bench.until_printed("said all")
            assert len(board.boots) == 1

    asyncio.run(scenario())
