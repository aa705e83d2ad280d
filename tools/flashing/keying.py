"""A board gets its key and its settings, proves both, and nobody else has ever had that key.

    claim (on the host's disk, sealed) -> settings, counters -> identity -> challenge -> read back

Place: steps -> here -> Records, Board.
Guarantee: a key travels to one board, over the cable, once. Where it did not arrive it is given up
with the next claim. The counter of frames of a board that had a key goes on; where that is lost the
board gets another key, and no counter begins while an older key is on the board. What a node was
set to do since it was finished stays, unless a wish has other settings.
"""

import hmac
import json
import secrets
import time
from typing import Any

from protocol.duty import Ledger
from tools.flashing.board import Board
from tools.flashing.errors import FlashError

_CONFIG = "/config.json"
_KEPT = (0, 1)  # sources of settings, as `node.settings` has them: confirmed, or a trial over these
_LINKS = {True: "lora", False: "wired"}
_TRIAL = "/config.try"  # of settings that came over the air; it would hide those that are wanted
_IDENTITY, _COPY = "/identity.json", "/identity.bak"
_COUNTER = "/state/frame_counter"
# Of a board that was never on the air. One that lost it waits for an hour (node.air).
_DUTY, _NOTHING_SENT = "/state/duty", bytes(Ledger().state())
_NONCE_BYTES = 16
_ABOUT = b"neckar challenge "


def is_wanted(board: Board) -> bool:
    """Say whether the board lacks its key or its settings."""
    if board.wish.role == "node" and is_key_wanted(board):
        return True
    if _CONFIG not in board.tree():
        return True
    found = board.run("settings")
    if found.get("problem"):
        return True
    is_its_own = board.wish.role == "node" and _has_its_own(board)
    return not is_its_own and bool(_wrong_settings(board, found))


def give(board: Board) -> None:
    """Give it what it lacks of key and settings, and let it prove both."""
    is_node = board.wish.role == "node"
    state = board.run("state") if is_node else {}
    found = board.run("settings") if state.get("identity") and _has_its_own(board) else {}
    keeps = found.get("source") in _KEPT
    if is_node and is_key_wanted(board):
        _claim(board)
    new = {_DUTY: _NOTHING_SENT} if _was_never_on_the_air(board) else {}
    if board.claim is not None and not state["counter"]:
        board.remove([_COPY, _IDENTITY])
        new[_COUNTER] = b"0"
    if not keeps:
        new[_CONFIG] = _encoded(settings(board))
    if not keeps or found["problem"]:
        board.remove([_TRIAL])
    if new:
        board.put(new)
    if board.claim is not None:
        board.put({_IDENTITY: _encoded(_identity(board))})
        board.remove([_COPY])
    _check(board, keeps)


def _was_never_on_the_air(board: Board) -> bool:
    has_identity = board.facts is not None and board.facts.identity is not None
    return not has_identity and not {_CONFIG, _DUTY} & board.tree().keys()


def settings(board: Board) -> dict[str, Any]:
    """Return what /config.json is to say."""
    wish = board.wish
    lab = board.workshop.lab(wish.lab).settings
    if wish.role == "modem":
        return {"role": "modem", **wish.settings}
    has_radio = board.bundle.board(wish.board)["radio"] is not None
    usual = {"profile": wish.profile, "link": _LINKS[has_radio], "console": "locked", **lab}
    before = _record_before(board)
    if before is not None:  # it may have been wired though its board has a radio
        usual["link"] = _LINKS[before["radio"]]
    return {**usual, **wish.settings}


def is_key_wanted(board: Board) -> bool:
    """Say whether it needs another key; one of a claim is new enough for everybody."""
    if not board.has_key or board.known is None or not all(board.run("state").values()):
        return True
    return board.new_key if board.is_finished else _is_another(board.known.record, board)


def _has_its_own(board: Board) -> bool:
    """Say whether its settings may have been changed from afar since it was finished.

    A new key changes nothing of that. A node that was erased since has no identity.
    """
    identity = board.facts and board.facts.identity
    if board.wish.settings or not identity or _CONFIG not in board.tree():
        return False
    if _record_before(board) is None:
        return False
    checks = [known.check for known in board.workshop.records.finished(board.mac)]
    return board.has_key or identity["check"] in checks


def _record_before(board: Board) -> dict[str, Any] | None:
    """Return the newest finished record of a node that stays what that says; else None."""
    wish = board.wish
    before = board.workshop.records.finished(board.mac)
    if not before or wish.erase:
        return None
    record = before[-1].record
    wanted = {"lab": wish.lab, "board": wish.board, "profile": wish.profile}
    stays = all(record.get(name) == value for name, value in wanted.items())
    return record if stays else None


def _is_another(record: dict[str, Any], board: Board) -> bool:
    """Say whether a claim was made for another wish than this one: its record would be wrong."""
    wish = board.wish
    wanted: dict[str, Any] = {
        "lab": wish.lab,
        "board": wish.board,
        "profile": wish.profile,
        "point": wish.point,
        "radio": _has_radio(board),
    }
    for name in ("replaces", "place", "address"):
        if getattr(wish, name) is not None:
            wanted[name] = getattr(wish, name)
    return any(record.get(name) != value for name, value in wanted.items())


def _has_radio(board: Board) -> bool:
    return bool(settings(board)["link"] == "lora")


def _claim(board: Board) -> None:
    wish, workshop = board.wish, board.workshop
    workshop.service_key(0)  # it goes onto the board as well: no claim where it is not there
    board.claim = workshop.records.claim(
        board.mac,
        wish.lab,
        board=wish.board,
        radio=_has_radio(board),
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


def _check(board: Board, keeps: bool) -> None:
    """Hold what the board answers against what it was given: key, identity, settings."""
    board.ask()
    if board.wish.role == "node":
        if not board.has_key:
            raise FlashError("F409")
        if board.claim is not None:
            nonce = secrets.token_bytes(_NONCE_BYTES)
            answer = hmac.digest(board.claim.key, _ABOUT + nonce, "sha256").hex()
            if not hmac.compare_digest(board.run("challenge", nonce=nonce.hex()), answer):
                raise FlashError("F409")
    found = board.run("settings")
    if found.get("problem"):
        raise FlashError("F416", why=found["problem"])
    for name, there, wanted in [] if keeps else _wrong_settings(board, found):
        raise FlashError("F410", field=name, found=there, wanted=wanted)


def _wrong_settings(board: Board, found: dict[str, Any]) -> list[tuple[str, object, object]]:
    """Return (field, what the firmware's own loader made of it, what was wanted)."""
    told = {**found, "profile": found["profile_name"]} if "profile_name" in found else found
    wanted = settings(board)
    return [(n, told.get(n), value) for n, value in wanted.items() if told.get(n) != value]


def _encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
