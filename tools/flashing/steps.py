"""The steps from whatever is plugged in to a node, each with the question whether it is needed.

    look   image   files   test   key   start   record   label

Place: provisioning -> these functions -> Board.
Guarantee: whoever pulls the cable or kills the program after any write finds a board that the next
run completes. A key is in a record on disk before it is on a board. boot.py and main.py are there
only when all else is: a board that is not finished does not run.
"""

import hashlib
import time
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from tools.flashing import imaging, keying
from tools.flashing.board import RELEASE, Board
from tools.flashing.errors import FlashError
from tools.flashing.paper import Label, LabelSize, write_label
from tools.flashing.record_conflicts import point_of

_LABELS = "labels"
_TEST_S = 120.0  # a sensor may need half a minute before its first value
_OF_RELEASE = ("version", "commit", "bundle", "image")
_OURS = ("/lib/", "/profiles/")
_PROGRAMS = (".py", ".mpy")  # MicroPython looks at the root before /lib
_MODEM_STARTED = "neckar: modem"
_REFUSED = "neckar: cannot start: "


class Work(NamedTuple):
    """`is_wanted(board)` changes nothing; `do(board)` makes it so."""

    is_wanted: Callable[[Board], bool]
    do: Callable[[Board], None]


def _are_files_wanted(board: Board) -> bool:
    wanted, stray = _differing(board)
    return bool(wanted or stray)


def _differing(board: Board) -> tuple[dict[str, bytes], list[str]]:
    """Return (files that are to be written, files that must not be there)."""
    files = board.installed
    found = board.tree()
    wanted = {path: data for path, data in files.items() if found.get(path) != _sha256(data)}
    stray = [path for path in found if _is_stray(board, path) and path not in files]
    return wanted, stray


def _is_stray(board: Board, path: str) -> bool:
    """Say whether a file that is not of the bundle may come in its way."""
    return path.startswith(_OURS) or (path.endswith(_PROGRAMS) and path not in board.scripts)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_files(board: Board) -> None:
    """Write what differs, and take away what does not belong there."""
    wanted, stray = _differing(board)
    # Until all is written it must not start: half of one version, half of the other.
    board.remove([*reversed(board.scripts), *stray])
    # What says that MicroPython and files belong together comes last.
    board.put(dict(sorted(wanted.items(), key=lambda item: item[0] == RELEASE)))
    wrong, left = _differing(board)
    if wrong or left:
        raise FlashError("F408", path=(*wrong, *left)[0])


def _is_test_wanted(board: Board) -> bool:
    return board.is_changed or not (board.is_finished or board.wish.role == "modem")


def _test(board: Board) -> None:
    """Let the board test its sensors and its radio, before it gets a key."""
    profile = board.wish.profile
    found = board.run("selftest", wait_s=_TEST_S, profile=profile)
    board.tests = found
    for sensor in found["sensors"]:
        if not sensor["ok"]:
            raise FlashError("F406", sensor=sensor["name"], why=sensor["why"])
    radio = found["radio"]
    if radio is not None and not radio["ok"]:
        raise FlashError("F407", why=radio["why"])


def _is_start_wanted(board: Board) -> bool:
    files, found = board.files, board.tree()
    return board.is_changed or any(
        found.get(path) != _sha256(files[path]) for path in board.scripts
    )


def _start(board: Board) -> None:
    """Let it start by itself from now on, and see that it does."""
    wanted = _MODEM_STARTED
    if board.wish.role == "node":
        if not board.has_key or board.known is None:
            raise FlashError("F413", step="start", lacking="key")
        wanted = f"neckar: node {board.known.address} "
    if not _are_files_wanted(board):
        _put_scripts(board)
    elif _lacks_scripts(board):
        raise FlashError("F413", step="start", lacking="files")
    said = board.open_prompt().restart(wanted, _REFUSED)
    board.close_prompt()
    if _REFUSED in said:
        raise FlashError("F411", why=said.partition(_REFUSED)[2].splitlines()[0])
    if wanted not in said:
        raise FlashError("F411", why=(said.strip().splitlines() or ["–"])[-1])


def _put_scripts(board: Board) -> None:
    files = board.files
    board.put({path: files[path] for path in board.scripts})
    found = board.tree()
    for path in board.scripts:
        if found.get(path) != _sha256(files[path]):
            raise FlashError("F408", path=path)


def _lacks_scripts(board: Board) -> bool:
    return any(path not in board.tree() for path in board.scripts)


def _is_record_wanted(board: Board) -> bool:
    if board.wish.role != "node":
        return False
    # Only where nothing was done yet is it still to be seen that a key is wanted.
    return not board.is_finished or (board.prompt is not None and keying.is_key_wanted(board))


def _record(board: Board) -> None:
    """Make the claim a finished record."""
    if board.known is None or not board.has_key:
        raise FlashError("F413", step="record", lacking="key")
    if _lacks_scripts(board):
        raise FlashError("F413", step="record", lacking="start")
    release = _release_there(board)
    kept = {"release": release["version"], "commit": release["commit"], "bundle": release["bundle"]}
    tests = {sensor["name"]: sensor["values"] for sensor in board.tests.get("sensors", ())}
    extra = {"flash": {**kept, "image": release["image"], "tests": tests}}
    board.workshop.records.finish(board.known, extra, time.time())
    board.learn()


def _release_there(board: Board) -> dict[str, Any]:
    """Return of which release its files are: with a new key only, they may be of an older one."""
    release = board.facts.release if board.facts is not None else None
    if board.tree().get(RELEASE) == _sha256(board.files[RELEASE]):
        if _are_files_wanted(board):
            raise FlashError("F413", step="record", lacking="files")
        release = board.release
    if release is None or not all(isinstance(release.get(name), str) for name in _OF_RELEASE):
        raise FlashError("F413", step="record", lacking="files")
    return release


def _is_label_wanted(board: Board) -> bool:
    if board.wish.role != "node" or board.known is None:
        return False
    folder = board.workshop.folder / _LABELS
    names = [folder / f"label-{board.known.address}.{kind}" for kind in ("png", "pdf")]
    board.label = tuple(names)
    return board.is_changed or not all(name.exists() for name in names)


def _print_label(board: Board) -> None:
    """Write the files of its label."""
    if board.known is None:
        raise FlashError("F413", step="label", lacking="key")
    workshop, record = board.workshop, board.known.record
    point = point_of(workshop.records.read().known, board.known.address)
    label = Label(
        address=board.known.address,
        name=point or record.get("profile") or "",
        lab=record["lab"],
        board=record.get("board") or "",
        operator=workshop.operator,
        made=date.fromtimestamp(board.known.made_s),
    )
    size = LabelSize(workshop.label.width_mm, workshop.label.height_mm, workshop.label.dpi)
    board.label = write_label(workshop.folder / _LABELS, label, size)


ORDER = {
    "image": Work(imaging.is_wanted, imaging.write),
    "files": Work(_are_files_wanted, _write_files),
    "test": Work(_is_test_wanted, _test),
    "key": Work(keying.is_wanted, keying.give),
    "start": Work(_is_start_wanted, _start),
    "record": Work(_is_record_wanted, _record),
    "label": Work(_is_label_wanted, _print_label),
}
