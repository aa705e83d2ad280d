"""The steps from whatever is plugged in to a node, each with the question whether it is needed.

    look   image   files   test   key   start   record   label

Place: provisioning -> these functions -> Board.
Guarantee: whoever pulls the cable or kills the program after any write finds a board that the next
run completes. A key is in a record on disk before it is on a board. boot.py and main.py are there
only when all else is: a board that is not finished does not run.
"""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from tools.flashing import filesystem, keying
from tools.flashing.board import Board
from tools.flashing.bundle.image import TABLE_AT, TABLE_BYTES, vfs_of
from tools.flashing.bundle.opening import SCRIPTS
from tools.flashing.errors import FlashError
from tools.flashing.paper import Label, LabelSize, write_label

_LABELS = "labels"
_NO_FILES = b"\xff" * 2 * filesystem.BLOCK_BYTES  # where a filesystem begins
_TEST_S = 120.0  # a sensor may need half a minute before its first value
_RELEASE = "/release.json"
_OURS = ("/lib/", "/profiles/")
_MODEM_STARTED = "neckar: modem"
_REFUSED = "neckar: cannot start: "


class Work(NamedTuple):
    """`is_wanted(board)` changes nothing; `do(board)` makes it so."""

    is_wanted: Callable[[Board], bool]
    do: Callable[[Board], None]


def _is_image_wanted(board: Board) -> bool:
    return board.facts is None or _is_bare(board) or _runs_other_micropython(board)


def _is_bare(board: Board) -> bool:
    """Say whether nothing on the board is to be kept: a finished node may hold samples."""
    is_ours = board.facts is not None and board.facts.release is not None
    return board.wish.erase or not (is_ours or board.is_finished)


def _runs_other_micropython(board: Board) -> bool:
    release = board.facts.release if board.facts is not None else None
    return release is None or release.get("image") != _release(board)["image"]


def _release(board: Board) -> dict[str, str]:
    release: dict[str, str] = json.loads(board.files[_RELEASE])
    return release


def _write_image(board: Board) -> None:
    """Write MicroPython, and where nothing is to be kept, a filesystem with all files."""
    image, chip = board.image, board.open_chip()
    is_bare = _is_bare(board) or _is_there(board, image.vfs_offset, _NO_FILES)
    parts = [(image.offset, image.data)]
    if is_bare:
        size = image.vfs_size(chip.flash_size)
        parts.append((image.vfs_offset, filesystem.build(_installed(board), size)))
    else:
        _check_place_of_files(board)
    if not all(_is_there(board, at, data) for at, data in parts):
        chip.write(parts, erase_all=is_bare)
    elif not is_bare and board.was_silent:
        _silence(board)
    board.close_chip()
    board.open_prompt()


def _check_place_of_files(board: Board) -> None:
    """Refuse a MicroPython that would look for the files of a node somewhere else: F417."""
    table = board.open_chip().read(TABLE_AT, TABLE_BYTES)
    try:
        found = vfs_of(table, board.port)
    except FlashError:
        return  # a cut has damaged it; it was ours, or there was no record
    image = board.image
    if found != (image.vfs_offset, image.vfs_bytes):
        raise FlashError("F417", address=board.known and board.known.address, mac=board.mac)


def _silence(board: Board) -> None:
    """Keep what does not start, and does not answer, from starting; its samples stay.

    F404 where its files cannot be read: then only erasing helps, and a person decides on that.
    """
    image, chip = board.image, board.open_chip()
    size = image.vfs_size(chip.flash_size)
    try:
        found = chip.read(image.vfs_offset, size)
        blocks = filesystem.without(found, size, _scripts(board))
    except FlashError as e:
        if e.code != "F251":
            raise
        blocks = []
    if not blocks:
        raise FlashError("F404", mac=board.mac, address=board.known and board.known.address)
    chip.write([(image.vfs_offset + at, block) for at, block in blocks])


def _is_there(board: Board, at: int, data: bytes) -> bool:
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return board.open_chip().md5(at, len(data)) == digest


def _installed(board: Board) -> dict[str, bytes]:
    """Return what comes before the key: all but what starts it."""
    return {path: data for path, data in board.files.items() if path not in _scripts(board)}


def _scripts(board: Board) -> tuple[str, ...]:
    """Return what makes it start by itself; a frozen image has that inside."""
    return tuple(f"/{name}" for name in SCRIPTS) if not board.image.frozen else ()


def _are_files_wanted(board: Board) -> bool:
    wanted, stray = _differing(board)
    return bool(wanted or stray)


def _differing(board: Board) -> tuple[dict[str, bytes], list[str]]:
    """Return (files that are to be written, files that must not be there)."""
    files = _installed(board)
    found = board.tree()
    wanted = {path: data for path, data in files.items() if found.get(path) != _sha256(data)}
    stray = [path for path in found if path.startswith(_OURS) and path not in files]
    return wanted, stray


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_files(board: Board) -> None:
    """Write what differs, and take away what does not belong there."""
    wanted, stray = _differing(board)
    # Until all is written it must not start: half of one version, half of the other.
    board.remove([*reversed(_scripts(board)), *stray])
    # What says that MicroPython and files belong together comes last.
    board.put(dict(sorted(wanted.items(), key=lambda item: item[0] == _RELEASE)))
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
        found.get(path) != _sha256(files[path]) for path in _scripts(board)
    )


def _start(board: Board) -> None:
    """Let it start by itself from now on, and see that it does."""
    files = board.files
    board.put({path: files[path] for path in _scripts(board)})
    found = board.tree()
    for path in _scripts(board):
        if found.get(path) != _sha256(files[path]):
            raise FlashError("F408", path=path)
    wanted = _MODEM_STARTED
    if board.wish.role == "node":
        if not board.has_key or board.known is None:
            raise FlashError("F413", step="start", lacking="key")
        wanted = f"neckar: node {board.known.address} "
    said = board.open_prompt().restart(wanted, _REFUSED)
    board.close_prompt()
    if _REFUSED in said:
        raise FlashError("F411", why=said.partition(_REFUSED)[2].splitlines()[0])
    if wanted not in said:
        raise FlashError("F411", why=(said.strip().splitlines() or ["–"])[-1])


def _is_record_wanted(board: Board) -> bool:
    return board.wish.role == "node" and not board.is_finished


def _record(board: Board) -> None:
    """Make the claim a finished record."""
    release = _release(board)
    kept = {"release": release["version"], "commit": release["commit"], "bundle": release["bundle"]}
    tests = {sensor["name"]: sensor["values"] for sensor in board.tests.get("sensors", ())}
    extra = {"flash": {**kept, "image": release["image"], "tests": tests}}
    if board.known is None:
        raise FlashError("F413", step="record", lacking="key")
    board.workshop.records.finish(board.known, extra, time.time())
    board.learn()


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
    label = Label(
        address=board.known.address,
        name=record.get("point") or record.get("profile") or "",
        lab=record["lab"],
        board=record.get("board") or "",
        operator=workshop.operator,
        made=date.fromtimestamp(board.known.made_s),
    )
    size = LabelSize(workshop.label.width_mm, workshop.label.height_mm, workshop.label.dpi)
    board.label = write_label(workshop.folder / _LABELS, label, size)


ORDER = {
    "image": Work(_is_image_wanted, _write_image),
    "files": Work(_are_files_wanted, _write_files),
    "test": Work(_is_test_wanted, _test),
    "key": Work(keying.is_wanted, keying.give),
    "start": Work(_is_start_wanted, _start),
    "record": Work(_is_record_wanted, _record),
    "label": Work(_is_label_wanted, _print_label),
}
