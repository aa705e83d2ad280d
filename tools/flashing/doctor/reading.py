"""Reads out what a node keeps of itself: through the console, or out of its flash.

Place: Prompt or Chip -> here -> Prompted, Chipped, OnBoard; the workshop's records -> Recorded.
Guarantee: writes nothing on the board. Through the console no key travels: the identity comes as
its fingerprint. Out of flash it comes with its key, which goes to the Redactor and nowhere else.
A node that was stopped is started again.
"""

import base64
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tools.flashing.doctor import decoding
from tools.flashing.doctor.facts import Chipped, Identity, OnBoard, Prompted, Recorded
from tools.flashing.doctor.flash_files import files_of
from tools.flashing.doctor.redact import Redactor
from tools.flashing.errors import FlashError

if TYPE_CHECKING:
    from tools.flashing.chip import Chip
    from tools.flashing.prompt import Prompt
    from tools.flashing.workshop import Workshop

OPEN_FILES = (
    "/board.json",
    "/config.json",
    "/release.json",
    "/log/old",
    "/log/new",
    "/state/crash",
    "/state/resets",
    "/state/ladder",
    "/state/boots",
)
# The board holds what it sends three times in its heap: a file of the recorder has 6 KB.
_PORTIONS = (OPEN_FILES[:3], OPEN_FILES[3:4], OPEN_FILES[4:5], OPEN_FILES[5:])
_MOST_BYTES = 8192
_FIRST_WORDS = "neckar: "  # with them the node says who it is, or why it does not start
_START_S = 3.0
_CLOSED_FILES = ("/identity.json", "/identity.bak")
_MAIN = "/main.py"
_OURS = ("/lib/node/__init__.mpy", "/lib/node/__init__.py", "/firmware.hash", "/release.json")

Files = dict[str, bytes | None]


def by_prompt(open_prompt: Callable[[], "Prompt"]) -> tuple[Prompted, OnBoard | None, str]:
    """Return what the console says, what is in the files, and what the node says as it starts.

    A prompt without a program to start is left as it was.
    """
    said = ""
    try:
        with open_prompt() as prompt:
            try:
                facts = prompt.facts
                files: Files = {}
                for paths in _PORTIONS:
                    found = prompt.run("read_out", paths=list(paths), limit=_MOST_BYTES)
                    files |= {path: _bytes(data) for path, data in found["files"].items()}
                is_ours = bool(found["ours"]) or facts.release is not None
                if facts.has_main:
                    said = prompt.restart(_FIRST_WORDS, wait_s=_START_S)
            finally:
                prompt.leave()
    except FlashError as e:
        return Prompted(e), None, said
    board = _on_board(files, "prompt", is_ours, facts.has_main, _identity(facts.identity))
    return Prompted(None, facts.mac, facts.mcu, facts.micropython), board, said


def by_flash(open_chip: Callable[[], "Chip"], redactor: Redactor) -> tuple[Chipped, OnBoard | None]:
    """Return what the chip says and what is in its flash; then its program starts."""
    try:
        with closing(open_chip()) as chip:
            chipped = Chipped(None, chip.kind, chip.mac, chip.flash_size)
            try:
                files = files_of(
                    chip.read, chip.flash_size, (*OPEN_FILES, *_CLOSED_FILES, *_OURS, _MAIN)
                )
            except FlashError:  # an empty flash has no files: the boot log says why
                return chipped, None
    except FlashError as e:
        return Chipped(e), None
    for path in _CLOSED_FILES:
        redactor.learn(decoding.keys(files[path]))
    identity = decoding.identity(files["/identity.json"])
    is_ours = any(files[path] is not None for path in _OURS)
    return chipped, _on_board(files, "flash", is_ours, files[_MAIN] is not None, identity)


def recorded(workshop: "Workshop | None", mac: str) -> Recorded | None:
    """Return what the workshop knows of a board; None without either."""
    if workshop is None or not mac:
        return None
    try:
        known = workshop.records.known(mac)
    except FlashError:  # its folder is damaged: that is told by whoever works with it
        return None
    if known is None:
        return Recorded()
    return Recorded(known.state, known.address, known.epoch, known.check or "")


def _on_board(
    files: Files, way: str, is_ours: bool, has_main: bool, identity: Identity | None
) -> OnBoard:
    lines, damaged = decoding.recorder(files["/log/old"], files["/log/new"])
    return OnBoard(
        way=way,
        is_ours=is_ours,
        has_main=has_main,
        release=decoding.object_of(files["/release.json"]),
        identity=identity,
        board=decoding.object_of(files["/board.json"]),
        config=decoding.object_of(files["/config.json"]),
        recorder=lines,
        damaged=damaged,
        crash=decoding.crash(files["/state/crash"]),
        resets=decoding.resets(files["/state/resets"]),
        failed=decoding.failed(files["/state/ladder"]),
        boots=decoding.boots(files["/state/boots"]),
    )


def _identity(given: dict[str, Any] | None) -> Identity | None:
    return None if given is None else Identity(given["node"], given["epoch"], given["check"])


def _bytes(data: str | None) -> bytes | None:
    return None if data is None else base64.b64decode(data)
