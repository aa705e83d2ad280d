"""MicroPython, and on a bare board all files of the bundle, by esptool in one pass.

Place: steps -> here -> Chip.
Guarantee: without a wish to erase, nothing is lost that a node has measured: what a finished node
has stays, and so does a board that says nothing but has the identity of a node of others.
"""

import hashlib
import json
from contextlib import suppress

from tools.flashing import filesystem
from tools.flashing.board import Board
from tools.flashing.bundle.image import TABLE_AT, TABLE_BYTES, vfs_of
from tools.flashing.errors import FlashError

_HEAD_BYTES = 2 * filesystem.BLOCK_BYTES  # without these there is no filesystem
_NO_FILES = b"\xff" * _HEAD_BYTES
_IDENTITIES = ("/identity.json", "/identity.bak")


def is_wanted(board: Board) -> bool:
    """Say whether there is no MicroPython, or another one than the bundle's."""
    return board.facts is None or _is_bare(board) or _runs_other_micropython(board)


def _is_bare(board: Board) -> bool:
    """Say whether nothing on the board is to be kept: a finished node may hold samples."""
    is_ours = board.facts is not None and board.facts.release is not None
    return board.wish.erase or not (is_ours or board.is_finished)


def _runs_other_micropython(board: Board) -> bool:
    release = board.facts.release if board.facts is not None else None
    return release is None or release.get("image") != board.release["image"]


def write(board: Board) -> None:
    """Write MicroPython, and where nothing is to be kept, a filesystem with all files."""
    image, chip = board.image, board.open_chip()
    is_bare = _is_bare(board) or _is_there(board, image.vfs_offset, _NO_FILES)
    parts = [(image.offset, image.data)]
    if is_bare:
        size = image.vfs_size(chip.flash_size)
        files = filesystem.build(board.installed, size)
        parts = [*_from_behind(image.vfs_offset, files), *parts]
    else:
        _check_place_of_files(board)
    if is_bare and board.was_silent and not board.wish.erase:
        _check_nobody(board)
    if not all(_is_there(board, at, data) for at, data in parts):
        chip.write(parts, erase_all=is_bare)
    elif not is_bare and board.was_silent:
        _silence(board)
    board.close_chip()
    board.open_prompt()


def _from_behind(at: int, files: bytes) -> list[tuple[int, bytes]]:
    """Return a filesystem in two parts, its beginning last: after a cut it is whole or not there.

    So the next run knows that nothing was begun, also on a node that is known, and erased.
    """
    parts = [(at + _HEAD_BYTES, files[_HEAD_BYTES:]), (at, files[:_HEAD_BYTES])]
    return [(place, data) for place, data in parts if data]


def _check_place_of_files(board: Board) -> None:
    """Refuse a MicroPython that would look for the files of a node somewhere else: F417."""
    found, image = _place_of_files(board), board.image
    if found not in (None, (image.vfs_offset, image.vfs_bytes)):
        raise FlashError("F417", address=board.known and board.known.address, mac=board.mac)


def _place_of_files(board: Board) -> tuple[int, int | None] | None:
    """Return what `vfs_of` does; None where a cut has damaged the table, or there never was one."""
    table = board.open_chip().read(TABLE_AT, TABLE_BYTES)
    try:
        return vfs_of(table, board.port)
    except FlashError:
        return None


def _check_nobody(board: Board) -> None:
    """Refuse a board that says nothing, but has the identity of a node that is not known as it."""
    chip, place = board.open_chip(), _place_of_files(board)
    if place is None:
        return
    at, size = place[0], place[1] or chip.flash_size - place[0]

    def read(offset: int, count: int) -> bytes:
        return chip.read(at + offset, count)

    for content in filesystem.some(read, size, _IDENTITIES):
        with suppress(ValueError, TypeError, KeyError):
            board.check_owner(json.loads(content))


def _silence(board: Board) -> None:
    """Keep what does not start, and does not answer, from starting; its samples stay.

    F404 where its files cannot be read: then only erasing helps, and a person decides on that.
    """
    image, chip = board.image, board.open_chip()
    size = image.vfs_size(chip.flash_size)
    try:
        found = chip.read(image.vfs_offset, size)
        blocks = filesystem.without(found, size, board.scripts)
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
