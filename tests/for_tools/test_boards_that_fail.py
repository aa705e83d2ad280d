"""A board that does not come up is off, says why, and lets nobody near the host."""

import asyncio
from pathlib import Path

import pytest

from tests.for_tools.boards import opened, until
from tools.rig.board import VirtualBoard
from tools.rig.errors import RigError

pytestmark = pytest.mark.board


@pytest.mark.parametrize("flash", [bytes(65536), b"\xff" * 65536, b"too short", b""])
def test_flash_that_does_not_mount_never_ends_in_a_repl_on_the_host(bench, flash):
    async def scenario():
        board = bench.new_board("print('main ran')")
        image = bench.folder / "board.img"
        good = image.read_bytes()
        image.write_bytes(flash)
        with pytest.raises(RigError, match="board does not start: OSError"):
            await board.power_on()
        assert b">>>" not in bench.printed
        image.write_bytes(good)
        await board.power_on()
        await bench.until_printed("main ran")
        await board.stop()

    asyncio.run(scenario())


def test_boot_code_that_says_nothing_is_ended_and_hears_nothing(bench, monkeypatch):
    silent = bench.folder / "silent"
    silent.write_text("#!/bin/sh\necho $$\ncat\n")
    silent.chmod(0o700)
    monkeypatch.setattr("tools.rig.chip.find_micropython", lambda: silent)

    async def scenario():
        board = bench.new_board("")
        starting = asyncio.create_task(board.power_on(timeout_s=1))
        await bench.until_printed("\n")
        with opened(board.console) as console:
            await console.write(b"os.listdir()\r")
            with pytest.raises(RigError, match="its boot code did not answer"):
                await starting
        assert b"listdir" not in bench.printed
        process = Path(f"/proc/{int(bench.printed)}")
        await until(lambda: not process.exists(), "the interpreter is gone")
        await board.stop()

    asyncio.run(scenario())


def test_a_reset_that_fails_switches_the_board_off(bench):
    async def scenario():
        async with bench.board("") as board:
            running = asyncio.create_task(board.run())
            (bench.folder / "board.img").write_bytes(bytes(65536))
            with pytest.raises(RigError, match="board does not start"):
                await board.reset()
            with pytest.raises(RigError, match="board does not start"):
                await running
            with pytest.raises(RigError, match="board has no power"):
                await board.reset()

    asyncio.run(scenario())


def test_power_that_is_cut_during_boot_is_not_a_board_that_runs(bench):
    async def scenario():
        board = bench.new_board("")
        starting = asyncio.create_task(board.power_on())
        await asyncio.sleep(0)
        await board.power_cut()
        with pytest.raises(RigError, match="power was cut while it booted"):
            await starting
        await board.power_cut()
        await board.stop()

    asyncio.run(scenario())


def test_power_on_twice_and_a_missing_image_are_refused(bench):
    async def scenario():
        async with bench.board("") as board:
            with pytest.raises(RigError, match="board has power already"):
                await board.power_on()
        nothing = VirtualBoard(bench.folder / "no.img", state_dir=bench.folder)
        with pytest.raises(RigError, match=r"cannot open the image .*no\.img"):
            await nothing.power_on()

    asyncio.run(scenario())


def test_an_interpreter_that_vanished_switches_the_board_off(bench, monkeypatch):
    async def scenario():
        async with bench.board("import machine; machine.deepsleep(1)", time_scale=0.01) as board:
            await until(lambda: board.sleeping, "the board sleeps")
            monkeypatch.setattr("tools.rig.chip.find_micropython", lambda: Path("/nowhere"))
            with pytest.raises(RigError, match=r"board does not start: .*/nowhere"):
                await board.run()
            monkeypatch.undo()
            await board.power_on()

    asyncio.run(scenario())


def test_a_board_that_ends_at_once_was_up(bench):
    async def scenario():
        async with bench.board("import os; os.system('kill -KILL $PPID')") as board:
            await until(lambda: len(board.boots) > 5, "it starts again and again")

    asyncio.run(scenario())
