"""The cable is pulled while a board is set up, again and again, each time a little later.

    bare board ─ set_up ─ pulled at event n ─ what is there now? ─ plug ─ set_up ─ is all right?

Place: Workbench -> `cut_everywhere` -> benchmark, tests.
Guarantee: an event is a step that begins, or bytes that are through: what is pulled between two of
them, is pulled at bytes in between as well. A cut counts as recovered only if the next run ends
well, the board holds the key that the gateway finds in the one finished record of that board, and
no key, address or epoch was used twice.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tools.benchmark.errors import BenchError
from tools.benchmark.workbench import Watcher, Workbench
from tools.flashing import filesystem, record_format
from tools.flashing.errors import FlashError
from tools.flashing.sealing import key_id
from tools.rig.esp32.running import Running

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


@dataclass(frozen=True)
class Cut:
    """Where the cable is pulled: at an event of the observer, or after bytes to the board."""

    event: int = 0
    after_bytes: int = 0


def uncut(bench: Workbench, board: Running) -> tuple[list[str], int]:
    """Set a board up without a cut; return the events, and how many bytes went to the board."""
    watcher, before = Watcher(), board.bytes_down
    result = bench.set_up(board, watcher=watcher)
    if result.error is not None:
        raise BenchError(f"a board cannot be set up: {result.error}")
    return watcher.events, board.bytes_down - before


def cut_everywhere(
    bench: Workbench, boards: Iterable[Running], cuts: Iterable[Cut]
) -> tuple[int, int]:
    """Set up a bare board for each cut; return (cuts, how many were recovered).

    BenchError where a promise is broken.
    """
    count = recovered = 0
    for board, cut in zip(boards, cuts, strict=True):
        _interrupted(bench, board, cut)
        half = files_of(bench, board)
        if "/main.py" in half and not half.keys() >= {"/identity.json", "/config.json"}:
            raise BenchError(f"{cut}: the board starts though it has no key")
        board.plug()
        result = bench.set_up(board)
        board.unplug()
        count += 1
        if result.error is not None:
            continue
        check(bench, board, result.record)
        recovered += 1
    return count, recovered


def _interrupted(bench: Workbench, board: Running, cut: Cut) -> None:
    def pull(number: int) -> None:
        if number == cut.event:
            board.unplug()

    if cut.after_bytes:
        board.faults.pull_after_bytes = cut.after_bytes
    bench.set_up(board, watcher=Watcher(pull))
    board.faults.pull_after_bytes = None
    if board.is_plugged:  # it ended before that byte, or nothing was sent after that event
        board.unplug()


def files_of(bench: Workbench, board: Running) -> dict[str, bytes]:
    """Return the files on a flash that nobody works on; none where there is no filesystem."""
    image = bench.bundle.image(board.kind)
    flash = board.flash.read_bytes()
    size = image.vfs_size(len(flash))
    try:
        return filesystem.read(flash[image.vfs_offset : image.vfs_offset + size], size)
    except FlashError:
        return {}


def check(bench: Workbench, board: Running, record: Path | None) -> None:
    """Hold what is on the board against the records; BenchError where they do not fit."""
    if record is None:
        raise BenchError("a board was set up without a record")
    written = json.loads(record.read_text(encoding="utf-8"))
    identity = json.loads(files_of(bench, board)["/identity.json"])
    if bytes.fromhex(identity["key"]) != opened(bench, written):
        raise BenchError("the board has another key than its record")
    known = bench.workshop.records.read()
    if known.problems:
        raise BenchError(f"the records contradict themselves: {known.problems[0]}")
    mine = record_format.hardware(board.mac.hex(":"))
    of_board = [each for each in known.known if each.hardware == mine]
    if len({each.check for each in of_board}) != len(of_board):
        raise BenchError("a key is in two records")
    if len({each.epoch for each in of_board}) != len(of_board):
        raise BenchError("an epoch was used twice")
    if {each.address for each in of_board} != {written["address"]}:
        raise BenchError("the board has two addresses")
    if [each.state for each in of_board if each.state == "claimed"]:
        raise BenchError("a claim was left over")


def opened(bench: Workbench, record: dict[str, Any]) -> bytes:
    """Return the key in a record, as the gateway opens it."""
    sealed = record["sealed"][key_id(bench.gateway.public_key().public_bytes_raw())]
    info = b"neckar key 1 %d/%d" % (record["address"], record["epoch"])
    return _SUITE.decrypt(base64.b64decode(sealed), bench.gateway, info=info)
