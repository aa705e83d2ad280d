"""A node record, as `tools/flash` writes it: what was done when a board got a key, or was wiped.

Place: record_files -> here -> merge. The format is described in docs/registry.md.
Guarantee: whatever is wrong raises ConfigError: field, value, what would be right. What looks like
a key in clear is refused, and never shown.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.credentials import veiled
from gateway.errors import ConfigError, shown
from gateway.fields import Table
from gateway.registry.sealing import SEALED_BYTES

FORMAT = "neckar/node/1"
SLUG = r"[a-z0-9_-]{1,64}"
# Of these names topics and stray hardware have their own: `gateways`, `unknown`, `node-17`.
LAB = rf"(?!(gateways|unknown)$){SLUG}"
POINT = rf"(?!node-[0-9]+$)(?!(status|cmd|result)$){SLUG}"
SLUG_WANTED = "up to 64 lower-case letters, digits, '-' and '_'"
LAB_WANTED = f"{SLUG_WANTED}, and not 'gateways' or 'unknown'"
POINT_WANTED = f"{SLUG_WANTED}, and not 'node-<number>', 'status', 'cmd' or 'result'"
PLACE_BOUNDS = {
    "lat": (-90, 90),
    "lon": (-180, 180),
    "height_m": (-100, 1000),
    "direction_deg": (0, 360),
}
MAX_EPOCH = 2**32 - 1
_OLDEST = datetime(2024, 1, 1, tzinfo=UTC)
_AHEAD_S = 86400  # what a technician's clock may be ahead
# Texts of one line; half of a surrogate pair, as JSON can name it, is no character.
LINE = r"[^\x00-\x1f\x7f\ud800-\udfff]{1,80}"
_EXTRA_CHARS = 8192
_MAC = re.compile(r"([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}")
HARDWARE = r"[0-9A-Za-z._:-]{3,64}"
_KEYLIKE = re.compile(  # 16 bytes in hexadecimal or base64; longer is a hash
    r"(?<![0-9A-Za-z+/_=-])(?:(?:[0-9a-fA-F]{2}[ :]?){15}[0-9a-fA-F]{2}|[0-9A-Za-z+/_-]{22}=="
    r"|(?=\S*[a-z])(?=\S*[A-Z])[0-9A-Za-z+/_-]{22})(?![0-9A-Za-z+/_=-])"
)


@dataclass(frozen=True)
class Record:
    """What was written when a board got a key, or was wiped (`retired`).

    `sealed`: by gateway key id. `source`: file and line.
    """

    source: str
    address: int
    epoch: int
    hardware: str
    board: str | None
    radio: bool
    lab: str
    point: str | None
    profile: str | None
    place: dict[str, float | str]
    made_s: int
    by: str
    replaces: int | None
    retired: bool
    extra: dict[str, Any]
    sealed: dict[str, bytes] = field(repr=False)

    def text(self) -> str:
        """Return everything but the sealed key and the source, as it is kept and compared."""
        left_out = ("source", "sealed")
        kept = {name: value for name, value in vars(self).items() if name not in left_out}
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)


_NAMES = {"record", "made", "state"} | set(Record.__dataclass_fields__) - {
    "source",
    "made_s",
    "retired",
}


def refuse_keys(name: str, value: Any) -> None:
    """Raise ConfigError where anything looks like a key in clear, so that no error shows it."""
    if isinstance(value, str) and _KEYLIKE.search(value):
        raise ConfigError(name, "***", "no key: a record holds keys sealed, in `sealed`")
    if isinstance(value, list):
        for item in value:
            refuse_keys(name, item)
    if isinstance(value, dict):
        for field_name, item in value.items():
            refuse_keys(name, field_name)
            refuse_keys(field_name, item)


def checked(source: str, values: dict[str, Any], now_s: int) -> Record:
    """Return the Record of a JSON object; ConfigError names the field that is wrong."""
    for name in values:
        if name not in _NAMES:
            known = ", ".join(sorted(_NAMES))
            raise ConfigError(shown(name), "***", f"removed: it is unknown; known are {known}")
    table = Table("", values)
    table.text("record", pattern=re.escape(FORMAT), wanted=repr(FORMAT))
    address = table.integer("address", 0, 65535)
    state = table.choice("state", ("in_service", "retired"), "in_service")
    return Record(
        source=source,
        address=address,
        epoch=table.integer("epoch", 0, MAX_EPOCH),
        hardware=hardware(table.text("hardware", pattern=HARDWARE, wanted="a MAC address")),
        board=table.text("board", None, SLUG, SLUG_WANTED),
        radio=table.boolean("radio", False),
        lab=table.text("lab", pattern=LAB, wanted=LAB_WANTED),
        point=table.text("point", None, POINT, POINT_WANTED),
        profile=table.text("profile", None, SLUG, SLUG_WANTED),
        place=place(table.table("place")),
        made_s=seconds("made", table.text("made"), now_s),
        by=table.text("by", "unknown", LINE, "up to 80 characters: who"),
        replaces=table.integer("replaces", 0, 65535) if table.has("replaces") else None,
        retired=state == "retired",
        extra=_extra(table.table("extra"), values.get("extra", {})),
        sealed=_sealed(values.get("sealed", {}), needed=state != "retired"),
    )


def hardware(text: str) -> str:
    """Return a hardware id in one way of writing: a MAC as 12 digits, else in lower case."""
    lower = text.lower()
    return re.sub("[:-]", "", lower) if _MAC.fullmatch(lower) else lower


def seconds(name: str, text: str, now_s: int) -> int:
    """Return Unix time of ISO 8601 with a zone; ConfigError where it is none or cannot be true."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        value = int(moment.timestamp())
    except (ValueError, OverflowError):
        raise ConfigError(name, text, "a time such as 2026-11-25T12:00:00Z") from None
    if not int(_OLDEST.timestamp()) <= value <= now_s + _AHEAD_S:
        raise ConfigError(name, text, "a time from 2024 until now: a clock was wrong")
    return value


def place(table: Table) -> dict[str, float | str]:
    """Return the fields of a place; a position has both of its numbers."""
    found: dict[str, float | str] = {
        name: table.number(name, *bounds)
        for name, bounds in PLACE_BOUNDS.items()
        if table.has(name)
    }
    if table.has("pole"):
        found["pole"] = table.text("pole", pattern=LINE)
    table.finish()
    if ("lat" in found) != ("lon" in found):
        raise ConfigError("place", found, "both lat and lon, or neither")
    return found


def _extra(table: Table, values: Any) -> dict[str, Any]:
    """Return fields that are kept as they are; none that sounds like a secret."""
    if len(json.dumps(values)) > _EXTRA_CHARS:
        raise ConfigError(table.path, values, f"at most {_EXTRA_CHARS} characters of JSON")
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ConfigError(table.path, values, "without halves of surrogate pairs") from None
    for name in values:
        if veiled(name, "") != "":
            raise ConfigError(f"{table.path}.{name}", "***", "removed: it sounds like a secret")
    return dict(values)


def _sealed(values: Any, needed: bool) -> dict[str, bytes]:
    wanted = f"{{gateway key id: base64 of {SEALED_BYTES} bytes}}"
    if not isinstance(values, dict) or (needed and not values):
        raise ConfigError("sealed", "missing" if values == {} else "***", wanted)
    sealed = {}
    for name, value in values.items():
        if not re.fullmatch(r"[0-9a-f]{16}", name):
            raise ConfigError("sealed", "***", "keyed by ids of 16 hexadecimal digits")
        try:
            sealed[name] = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        except (binascii.Error, ValueError):
            sealed[name] = b""
        if len(sealed[name]) != SEALED_BYTES:
            raise ConfigError(f"sealed.{name}", "***", f"base64 of {SEALED_BYTES} bytes")
    return sealed
