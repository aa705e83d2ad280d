"""A node's record: its fields, checked as the gateway checks them, and its one way of writing.

Place: records, inventory -> here -> files; files -> here -> record_files.
Guarantee: what passes here is taken by `neckar-gateway nodes import`, and holds no key in clear.
What does not is a FlashError that names file, field and an example of what would be right; what
looks like a key is never shown. The format: docs/registry.md.
"""

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from tools.flashing.errors import FlashError
from tools.flashing.sealing import SEALED_BYTES

FORMAT = "neckar/node/1"
MOST_ADDRESS = 65535
MOST_EPOCH = 2**32 - 1
OLDEST_S = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
SLUG = re.compile(r"[a-z0-9_-]{1,64}")
# Of these names topics and stray hardware have their own.
LAB = re.compile(rf"(?!(gateways|unknown)$){SLUG.pattern}")
POINT = re.compile(rf"(?!node-[0-9]+$)(?!(status|cmd|result)$){SLUG.pattern}")
LINE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,80}")
_MAC = re.compile(r"([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}")
_HARDWARE = re.compile(r"[0-9A-Za-z._:-]{3,64}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")
# 16 bytes in hexadecimal or base64, as the gateway looks for them; longer is a hash.
_KEYLIKE = re.compile(
    r"(?<![0-9A-Za-z+/_=-])(?:(?:[0-9a-fA-F]{2}[ :]?){15}[0-9a-fA-F]{2}|[0-9A-Za-z+/_-]{22}=="
    r"|(?=\S*[a-z])(?=\S*[A-Z])[0-9A-Za-z+/_-]{22})(?![0-9A-Za-z+/_=-])"
)
SECRET = re.compile(r"pass|secret|token|credential|psk|private|\bkey\b", re.IGNORECASE)
_EXTRA_CHARS = 8192
_BOUNDS = {
    "lat": (-90, 90),
    "lon": (-180, 180),
    "height_m": (-100, 1000),
    "direction_deg": (0, 360),
}
_NEEDED = ("record", "address", "epoch", "hardware", "lab", "made")
_OTHERS = (
    "sealed", "radio", "point", "replaces", "board", "profile", "place", "by", "state", "extra",
)  # fmt: skip
# field: (pattern, example)
_TEXTS = {
    "record": (re.compile(re.escape(FORMAT)), FORMAT),
    "hardware": (_HARDWARE, "24:6f:28:aa:bb:cc"),
    "lab": (LAB, "innenstadt"),
    "point": (POINT, "air-17"),
    "board": (SLUG, "heltec-v3"),
    "profile": (SLUG, "air"),
    "by": (LINE, "E. Maier"),
    "state": (re.compile("in_service|retired"), "in_service, retired"),
}


def hardware(text: str) -> str:
    """Return a hardware id in one way of writing: a MAC as 24:6f:28:aa:bb:cc, else lower case."""
    lower = text.lower()
    if not _MAC.fullmatch(lower):
        return lower
    digits = re.sub("[:-]", "", lower)
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def time_text(now: float) -> str:
    """Return Unix time as a record writes it."""
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """Return the Unix time of a record's text; ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return int(moment.timestamp())


def decoded(text: str) -> Any:
    """Return JSON; ValueError or RecursionError where it is none, or names a field twice."""
    return json.loads(text, object_pairs_hook=_no_doubles)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"2 × {doubled[:40]!r}")
    return values


def encoded(record: dict[str, Any]) -> bytes:
    """Return a record as a line of JSON; the same record is the same line."""
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two records tell the same; each sealing of one key looks different."""
    return _told(one) == _told(other)


def _told(record: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in record.items() if name != "sealed"}
    return {"radio": False, "state": "in_service", "by": "unknown", **kept,
            "hardware": hardware(record["hardware"]), "made": seconds(record["made"])}  # fmt: skip


def check(file: object, record: Any) -> dict[str, Any]:
    """Return the record, or raise FlashError; `file` is how it is called in that."""
    if not isinstance(record, dict):
        raise FlashError("F330", file=file, why=f"{type(record).__name__}")
    for name, value in record.items():
        if name != "sealed":
            _refuse_keys(file, name, value)
    for name in _NEEDED:
        if name not in record:
            raise FlashError("F311", file=file, field=name, example=_example(name))
    for name in record:
        if name not in _NEEDED and name not in _OTHERS:
            raise FlashError("F312", file=file, field=name, known=", ".join(_NEEDED + _OTHERS))
    for name, (pattern, example) in _TEXTS.items():
        if name in record:
            value = record[name]
            _need(isinstance(value, str) and pattern.fullmatch(value), file, name, value, example)
    _whole(file, record, "address", MOST_ADDRESS)
    _whole(file, record, "epoch", MOST_EPOCH)
    if "replaces" in record:
        _whole(file, record, "replaces", MOST_ADDRESS)
    radio = record.get("radio", False)
    _need(isinstance(radio, bool), file, "radio", radio, "true, false")
    _check_time(file, record["made"])
    _check_place(file, record.get("place", {}))
    _check_extra(file, record.get("extra", {}))
    _check_sealed(file, record)
    return record


def _need(right: object, file: object, name: str, value: object, example: str) -> None:
    if not right:
        raise FlashError("F310", file=file, field=name, value=shown(value), example=example)


def shown(value: object) -> str:
    """Return a value as an error may show it: short, and of tables only the names."""
    text = ", ".join(map(str, value)) if isinstance(value, dict) else str(value)
    return text if len(text) <= 80 else text[:80] + "…"


def _example(name: str) -> str:
    examples = {"made": "2026-11-25T09:30:00Z", "address": "17", "epoch": "1"}
    return examples.get(name) or _TEXTS[name][1]


def _whole(file: object, record: dict[str, Any], name: str, most: int) -> None:
    value = record[name]
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    _need(is_whole and 0 <= value <= most, file, name, value, f"0 … {most}")


def _check_time(file: object, text: Any) -> None:
    try:
        is_time = seconds(text) >= OLDEST_S
    except (ValueError, OverflowError, TypeError):
        is_time = False
    _need(is_time, file, "made", text, _example("made"))


def _check_place(file: object, place: Any) -> None:
    _need(isinstance(place, dict), file, "place", place, "{}")
    for name, value in place.items():
        if name == "pole":
            is_line = isinstance(value, str) and LINE.fullmatch(value)
            _need(is_line, file, "place.pole", value, "L 12")
            continue
        if name not in _BOUNDS:
            known = ", ".join([*_BOUNDS, "pole"])
            raise FlashError("F312", file=file, field=f"place.{name}", known=known)
        lowest, highest = _BOUNDS[name]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        within = is_number and lowest <= value <= highest
        _need(within, file, f"place.{name}", value, f"{lowest} … {highest}")
    both = ("lat" in place) == ("lon" in place)
    _need(both, file, "place", place, "lat, lon")


def _check_extra(file: object, extra: Any) -> None:
    _need(isinstance(extra, dict), file, "extra", extra, "{}")
    try:
        length = len(json.dumps(extra, allow_nan=False))
        json.dumps(extra, ensure_ascii=False).encode()
    except (TypeError, ValueError):  # no JSON, or halves of surrogate pairs
        length = _EXTRA_CHARS + 1
    _need(length <= _EXTRA_CHARS, file, "extra", extra, f"JSON, 0 … {_EXTRA_CHARS}")
    for name in extra:
        if SECRET.search(name):
            raise FlashError("F313", file=file, field=f"extra.{name}")


def _check_sealed(file: object, record: dict[str, Any]) -> None:
    sealed = record.get("sealed", {})
    example = f'{{"85159c613fa2f4ae": base64({SEALED_BYTES})}}'
    needed = record.get("state") != "retired"
    _need(isinstance(sealed, dict) and (sealed or not needed), file, "sealed", "***", example)
    for name, value in sealed.items():
        try:
            content = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        except (binascii.Error, ValueError):
            content = b""
        is_sealed = bool(_KEY_ID.fullmatch(name)) and len(content) == SEALED_BYTES
        _need(is_sealed, file, "sealed", "***", example)


def _refuse_keys(file: object, name: str, value: Any) -> None:
    """Raise F313 where anything looks like a key in clear."""
    if looks_like_a_key(name):
        raise FlashError("F313", file=file, field="***")
    if isinstance(value, str) and looks_like_a_key(value):
        raise FlashError("F313", file=file, field=name)
    if isinstance(value, list):
        for item in value:
            _refuse_keys(file, name, item)
    if isinstance(value, dict):
        for below, item in value.items():
            _refuse_keys(file, str(below), item)


def looks_like_a_key(text: str) -> bool:
    """Say whether 16 bytes stand in a text, in hexadecimal or base64: the gateway refuses that."""
    return bool(_KEYLIKE.search(text))
