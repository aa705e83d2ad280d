"""`python -m tools.rig.esp32`: virtual ESP32s in the foreground, until Ctrl-C.

    --folder /tmp/x           ports /tmp/x/tty0, tty1, ..., flashes /tmp/x/flash0.bin, ...
    --count 3                 so many of them
    --board heltec-v3         their board file: its chip and wires
    --profile air-station     with the sensors of a profile
    --radio                   with the board's radio, in one world, in real time
    --new                     flashes are erased first
    --micropython             a synthetic MicroPython image is flashed already

0  ended as asked     1  a board cannot start     2  the command line is wrong
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from tools.rig.errors import RigError
from tools.rig.esp32.bench import Wish, bench
from tools.rig.esp32.chips import KINDS
from tools.rig.esp32.esp32 import HEAP_KB


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run boards; return the exit code."""
    given = _parser().parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_until_signal(given))
    except RigError as e:
        print(f"tools.rig.esp32: {e}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("tools.rig.esp32", description="Virtual ESP32s", allow_abbrev=False)
    parser.add_argument("--folder", type=Path, required=True, help="for ports and flashes")
    parser.add_argument("--count", type=_number(1, 64), default=1, metavar="N")
    parser.add_argument("--kind", choices=sorted(KINDS), help="the chip, else that of the board")
    parser.add_argument("--flash-mb", type=int, choices=(4, 8, 16), default=4)
    parser.add_argument("--board", help="a file of firmware/boards, as heltec-v3")
    parser.add_argument("--profile", help="a file of firmware/profiles: with its sensors")
    parser.add_argument("--radio", action="store_true", help="with the board's radio")
    parser.add_argument("--heap-kb", type=_number(16, 65536), default=HEAP_KB)
    parser.add_argument("--new", action="store_true", help="erase the flashes first")
    parser.add_argument("--micropython", action="store_true", help="have an image on them")
    return parser


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(value: str) -> int:
        if not value.isdecimal() or not least <= int(value) <= most:
            raise argparse.ArgumentTypeError(f"{value!r} should be {least} to {most}")
        return int(value)

    return number


def _wish(given: argparse.Namespace) -> Wish:
    if (given.radio or given.profile) and not given.board:
        raise RigError("--radio and --profile need --board, which says how they are wired")
    return Wish(
        count=given.count,
        kind=given.kind,
        flash_bytes=given.flash_mb << 20,
        board=given.board,
        profile=given.profile,
        has_radio=given.radio,
        heap_kb=given.heap_kb,
        has_image=given.micropython,
    )


async def _until_signal(given: argparse.Namespace) -> None:
    running = asyncio.create_task(_run(given))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _run(given: argparse.Namespace) -> None:
    wish = _wish(given)
    if given.new:
        for i in range(given.count):
            (given.folder / f"flash{i}.bin").unlink(missing_ok=True)
    async with bench(given.folder, wish) as esps:
        for esp in esps:
            print(f"{esp.port}  {esp.kind.name}  {esp.mac.hex(':')}  {esp.mode}")
        print("Ctrl-C ends it.", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
