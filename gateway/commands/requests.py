"""A topic and its payload -> what somebody wants, checked whole.

Place: broker -> `Commands.on_message` -> here -> intake.
Guarantee: whatever the bytes are, the only thing raised is RefusedError, with field, value and what
would be right. At most PAYLOAD_BYTES are looked at.

    neckar/<city>/<lab>/<point>/cmd    to one node
    neckar/<city>/<lab>/cmd            to each node of a lab

    {"command": "maintenance", "arguments": {"minutes": 30}, "id": "mow-7", "expires_s": 3600,
     "by": "parks office"}
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from gateway.commands import operations
from gateway.commands.records import TOPIC, RefusedError

PAYLOAD_BYTES = 4096
LONGEST_EXPIRY_S = 366 * 86400
_DEEPEST = 12
_SLUG = re.compile(r"[a-z0-9_-]{1,64}")
_KEY = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_FIELDS = ("command", "arguments", "id", "expires_s", "by")


@dataclass(frozen=True)
class Request:
    """`point` is empty for a whole lab; `command` may be "cancel", with `key` of what."""

    lab: str
    point: str
    command: str
    arguments: dict[str, Any]
    key: str | None = None
    expires_s: int | None = None
    who: str = ""


def target(topic: str, city: str) -> tuple[str, str] | None:
    """Return (lab, point or empty) that a topic names, or None."""
    words = topic.split("/")
    if words[:2] != ["neckar", city] or words[-1] != "cmd" or len(words) not in (4, 5):
        return None
    if not all(_SLUG.fullmatch(word) for word in words[2:-1]):
        return None
    return words[2], words[3] if len(words) == 5 else ""


def key_of(payload: bytes) -> str | None:
    """Return the id that a payload gives itself, where it can be read: for a refusal."""
    try:
        key = _document(payload).get("id")
    except RefusedError:
        return None
    return key if isinstance(key, str) and _KEY.fullmatch(key) else None


def parse(lab: str, point: str, payload: bytes) -> Request:
    """Return what a payload asks for, or raise RefusedError."""
    document = _document(payload)
    for name in document:
        if name not in _FIELDS:
            right = "one of " + ", ".join(_FIELDS)
            raise RefusedError(ascii(name)[1:-1][:40], document[name], right)
    key = document.get("id")
    if key is not None and not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise RefusedError("id", key, "1 to 64 of letters, digits and . _ : / -")
    name = document.get("command", "missing")
    if name == "cancel":
        if key is None:
            raise RefusedError("id", "missing", "the id of the command to cancel")
        arguments: dict[str, Any] = {}
    else:
        arguments = operations.check(name, document.get("arguments", {}), TOPIC)
    return Request(lab, point, name, arguments, key, _expiry(document), _who(document))


def check_expiry(expires_s: object) -> int:
    """Return a life time in seconds, or raise RefusedError."""
    is_whole = isinstance(expires_s, int) and not isinstance(expires_s, bool)
    if not is_whole or not 1 <= expires_s <= LONGEST_EXPIRY_S:  # type: ignore[operator]
        right = f"a whole number of seconds from 1 to {LONGEST_EXPIRY_S}"
        raise RefusedError("expires_s", expires_s, right)
    return int(expires_s)  # type: ignore[call-overload]


def _expiry(document: dict[str, Any]) -> int | None:
    return check_expiry(document["expires_s"]) if "expires_s" in document else None


def _who(document: dict[str, Any]) -> str:
    who = document.get("by", "")
    if not isinstance(who, str) or len(who) > 64 or not who.isprintable():
        raise RefusedError("by", who, "a text of at most 64 characters")
    return who


def _document(payload: bytes) -> dict[str, Any]:
    if len(payload) > PAYLOAD_BYTES:
        size = f"{len(payload)} bytes"
        raise RefusedError("payload", size, f"at most {PAYLOAD_BYTES} bytes", "too_big")
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as e:
        shown = ascii(payload[:40])[2:-1]
        raise RefusedError("payload", shown, f"JSON ({type(e).__name__})", "not_json") from e
    if not isinstance(document, dict):
        shown = f"a {type(document).__name__}"
        raise RefusedError("payload", shown, 'an object like {"command": "reboot"}', "not_json")
    if _depth(document) > _DEEPEST:
        raise RefusedError("payload", "nested too deep", f"at most {_DEEPEST} deep")
    return document


def _depth(value: object) -> int:
    """Return how deep objects and lists lie in each other; whatever shows a value recurses."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [list(v.values()) if isinstance(v, dict) else v for v in level]
        level = [child for v in inner if isinstance(v, list) for child in v]
    return depth
