"""A board gets its key and its settings, proves both, and nobody else has ever had that key.

    claim (on the host's disk, sealed) -> settings, counters -> identity -> challenge -> read back

Place: steps -> here -> Records, Board.
Guarantee: a key travels to one board, over the cable, once. Where it did not
arrive it is given up with the next claim. The counter of frames of a board that had a key goes on.
"""

import hmac
import json
import secrets
import time
from typing import Any

from protocol.duty import Ledger
from tools.flashing.board import Board
from tools.flashing.errors import FlashError
from tools.flashing.record_files import CLAIMED

_CONFIG = "/config.json"
_IDENTITY = "/identity.json"
# What a board has that was never on the air; on one that was, they stay.
_BEGINNINGS = {"/state/frame_counter": b"0", "/state/duty": bytes(Ledger().state())}
_NONCE_BYTES = 16
_ABOUT = b"neckar challenge "


def is_wanted(board: Board) -> bool:
    """Say whether the board lacks its key or its settings."""
    if board.wish.role == "node" and _is_key_wanted(board):
        return True
    found = board.tree()
    if any(path not in found for path in (_CONFIG, *_beginnings(board))):
        return True
    if board.is_finished and not board.wish.settings:
        return False  # they may have been changed from afar since
    return bool(_wrong_settings(board))


def give(board: Board) -> None:
    """Give it what it lacks of key and settings, and let it prove both."""
    if board.wish.role == "node":
        if _is_key_wanted(board):
            _claim(board)
        elif board.known is not None and board.known.state != CLAIMED and not board.wish.settings:
            _check(board)
            return
    found = board.tree()
    new = {path: data for path, data in _beginnings(board).items() if path not in found}
    board.put({**new, _CONFIG: _encoded(settings(board))})
    if board.claim is not None:
        board.put({_IDENTITY: _encoded(_identity(board))})
        board.remove(["/identity.bak"])
    _check(board)


def settings(board: Board) -> dict[str, Any]:
    """Return what /config.json is to say."""
    wish = board.wish
    lab = board.workshop.lab(wish.lab).settings
    if wish.role == "modem":
        return {"role": "modem", **wish.settings}
    has_radio = board.bundle.board(wish.board)["radio"] is not None
    usual = {"profile": wish.profile, "link": "lora" if has_radio else "wired"}
    return {**usual, "console": "locked", **lab, **wish.settings}


def _is_key_wanted(board: Board) -> bool:
    """Say whether it needs another key; one of a claim is new enough for everybody."""
    if not board.has_key or board.known is None:
        return True
    return board.new_key if board.is_finished else _is_another(board.known.record, board)


def _is_another(record: dict[str, Any], board: Board) -> bool:
    """Say whether a claim was made for another wish than this one: its record would be wrong."""
    wish = board.wish
    wanted = {"lab": wish.lab, "board": wish.board, "profile": wish.profile, "point": wish.point}
    return any(record.get(name) != value for name, value in wanted.items()) or (
        wish.replaces is not None and record.get("replaces") != wish.replaces
    )


def _claim(board: Board) -> None:
    wish, workshop = board.wish, board.workshop
    board.claim = workshop.records.claim(
        board.mac,
        wish.lab,
        board=wish.board,
        radio=settings(board)["link"] == "lora",
        profile=wish.profile,
        by=workshop.by,
        recipients=workshop.recipients(wish.lab),
        now=time.time(),
        point=wish.point,
        replaces=wish.replaces,
        place=wish.place,
        address=wish.address,
    )
    board.learn()


def _identity(board: Board) -> dict[str, Any]:
    claim = board.claim
    if claim is None:
        raise FlashError("F413", step="key", lacking="claim")
    service_key = board.workshop.service_key(claim.address)
    return {
        "node": claim.address,
        "epoch": claim.epoch,
        "key": claim.key.hex(),
        "service_key": service_key.hex(),
    }


def _beginnings(board: Board) -> dict[str, bytes]:
    if board.wish.role == "modem":
        return {"/state/duty": _BEGINNINGS["/state/duty"]}
    return _BEGINNINGS


def _check(board: Board) -> None:
    """Hold what the board answers against what it was given: key, identity, settings."""
    board.ask()
    if board.wish.role == "node":
        if not board.has_key:
            raise FlashError("F409")
        if board.claim is not None:
            nonce = secrets.token_bytes(_NONCE_BYTES)
            wanted = hmac.digest(board.claim.key, _ABOUT + nonce, "sha256").hex()
            if not hmac.compare_digest(board.run("challenge", nonce=nonce.hex()), wanted):
                raise FlashError("F409")
    for name, found, value in _wrong_settings(board):
        raise FlashError("F410", field=name, found=found, wanted=value)


def _wrong_settings(board: Board) -> list[tuple[str, object, object]]:
    """Return (field, what the firmware's own loader made of it, what was wanted); F416."""
    found = board.run("settings")
    if found.get("problem"):
        raise FlashError("F416", why=found["problem"])
    if "profile_name" in found:
        found["profile"] = found["profile_name"]
    wanted = settings(board)
    return [(n, found.get(n), value) for n, value in wanted.items() if found.get(n) != value]


def _encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
