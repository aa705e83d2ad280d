"""`python -m tools.rig`: one virtual board in the foreground, until Ctrl-C.

--image flash.img         the flash; with --new it is made from this checkout's firmware
--console /tmp/node       what a person, a terminal program or mpremote opens
--uart 1=/tmp/node-uart   what a gateway opens; once for every UART

0  ended as asked     1  the board cannot start     2  the command line is wrong
"""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from tools.rig.board import VirtualBoard
from tools.rig.errors import RigError
from tools.rig.firmware import firmware_files
from tools.rig.image import build_image
from tools.rig.production import production

_ROOT = Path(__file__).resolve().parents[2]
_LIB_HEAP_KB = 300  # more than an ESP32 has: code and names are in the heap then


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run a board; return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        asyncio.run(_until_signal(given))
    except RigError as e:
        print(f"tools.rig: {e}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("tools.rig", description="One virtual board", allow_abbrev=False)
    parser.add_argument("--image", type=Path, required=True, help="flash image")
    parser.add_argument("--console", type=Path, required=True, help="link to the REPL's port")
    parser.add_argument(
        "--uart", type=_uart, action="append", default=[], metavar="N=PATH", help="link to UART N"
    )
    parser.add_argument("--heap-kb", type=_heap_kb, default=0, metavar="KB")
    parser.add_argument("--new", action="store_true", help="make the image from this checkout")
    parser.add_argument(
        "--lib", action="store_true", help="have the firmware in /lib of the image, not in ROM"
    )
    return parser


def _uart(value: str) -> tuple[int, Path]:
    number, equals, path = value.partition("=")
    if not number.isdecimal() or not equals or not path:
        raise argparse.ArgumentTypeError(f"{value!r} should be a number, =, and a path")
    return int(number), Path(path)


def _heap_kb(value: str) -> int:
    if not value.isdecimal() or not 16 <= int(value) <= 65536:
        raise argparse.ArgumentTypeError(f"{value!r} should be 16 to 65536")
    return int(value)


async def _until_signal(given: argparse.Namespace) -> None:
    running = asyncio.create_task(_run(given))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _run(given: argparse.Namespace) -> None:
    made = production(_ROOT)
    if given.new:
        build_image(given.image, firmware_files(_ROOT) if given.lib else made.files)
    with tempfile.TemporaryDirectory(prefix="neckar-rig-") as folder:
        board = VirtualBoard(
            given.image,
            state_dir=Path(folder),
            name=given.image.stem,
            heap_kb=given.heap_kb or (_LIB_HEAP_KB if given.lib else made.heap_kb),
            rom=None if given.lib else made.rom,
            uarts=dict(given.uart),
            console=given.console,
        )
        try:
            await board.power_on()
            _show(board)
            await board.run()
        finally:
            await board.stop()


def _show(board: VirtualBoard) -> None:
    print(f"console  {board.console}")
    for number, cable in board.wire.items():
        print(f"UART {number}   {cable.link}")
    print("Ctrl-C cuts the power.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
