"""Files of node records, as `tools/flash` writes them -> checked Records.

Place: files or stdin -> here -> merge. The format is described in docs/registry.md.
Guarantee: whatever is wrong raises RegistryError: file, line, field, value, what would be right.
What looks like a key in clear is refused, and never shown.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.credentials import veiled
from gateway.errors import ConfigError, shown
from gateway.fields import Table
from gateway.registry.errors import RegistryError
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
_LINE = r"[^\x00-\x1f\x7f\ud800-\udfff]{1,80}"
_EXTRA_CHARS = 8192
_MAC = re.compile(r"([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}")
_HARDWARE = r"[0-9A-Za-z._:-]{3,64}"
_KEYLIKE = re.compile(  # 16 bytes in hexadecimal or base64; longer is a hash
    r"(?<![0-9A-Za-z+/_=-])(?:(?:[0-9a-fA-F]{2}[ :]?){15}[0-9a-fA-F]{2}|[0-9A-Za-z+/_-]{22}=="
    r"|(?=\S*[a-z])(?=\S*[A-Z])[0-9A-Za-z+/_-]{22})(?![0-9A-Za-z+/_=-])"
)
_SPACE = re.compile(r"\s*")


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


def parse(name: str, content: bytes, now_s: int) -> list[Record]:
    """Return the records of one file: JSON lines, or one JSON array."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise RegistryError(f"{name}: byte {e.start} is not UTF-8") from None
    values = list(_values(name, text))  # all, so that what is no JSON is said first
    records = [_record(f"{name}:{line}", value, now_s) for line, value in values]
    if not records:
        raise RegistryError(f"{name}: holds no record of {FORMAT}")
    return records


def _values(name: str, text: str) -> Iterator[tuple[int, Any]]:
    """Yield (line number, JSON value)."""
    if text.lstrip()[:1] == "[":
        yield from _of_array(name, text)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _decoded(name, number, line.strip(), 0)[0]


def _of_array(name: str, text: str) -> Iterator[tuple[int, Any]]:
    """Yield the elements of one array with the lines they begin in."""
    at = _after_space(text, text.index("[") + 1)
    line = 1 + text.count("\n", 0, at)
    separator = text[at : at + 1]
    while separator != "]":
        value, end = _decoded(name, line, text, at)
        yield line, value
        end = _after_space(text, end)
        separator = text[end : end + 1]
        if separator not in (",", "]"):
            raise RegistryError(f"{name}:{line}: after this record should be ',' or ']'")
        start, at = at, end if separator == "]" else _after_space(text, end + 1)
        line += text.count("\n", start, at)
    if text[at + 1 :].strip():
        raise RegistryError(f"{name}:{line}: after the array should be nothing more")


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _decoded(name: str, line: int, text: str, at: int) -> tuple[Any, int]:
    decoder = json.JSONDecoder(object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    try:
        value, end = decoder.raw_decode(text, at)
    except json.JSONDecodeError as e:
        raise RegistryError(f"{name}:{line}: is no JSON: {e.msg} (column {e.colno})") from None
    except (ValueError, RecursionError) as e:
        raise RegistryError(f"{name}:{line}: is no JSON: {e}") from None
    if at == 0 and text[end:].strip():
        raise RegistryError(f"{name}:{line}: should be one record a line, without more after it")
    return value, end


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{doubled[:40]!r} is given twice")
    return values


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _record(source: str, value: Any, now_s: int) -> Record:
    try:
        if not isinstance(value, dict):
            raise ConfigError("record", type(value).__name__, f"one JSON object, {FORMAT}")
        _refuse_keys("record", {n: v for n, v in value.items() if n != "sealed"})
        return _checked(source, value, now_s)
    except ConfigError as e:
        raise RegistryError(f"{source}: {e}") from None


def _refuse_keys(name: str, value: Any) -> None:
    """Raise ConfigError where anything looks like a key in clear, so that no error shows it."""
    if isinstance(value, str) and _KEYLIKE.search(value):
        raise ConfigError(name, "***", "no key: a record holds keys sealed, in `sealed`")
    if isinstance(value, list):
        for item in value:
            _refuse_keys(name, item)
    if isinstance(value, dict):
        for field_name, item in value.items():
            _refuse_keys(name, field_name)
            _refuse_keys(field_name, item)


def _checked(source: str, values: dict[str, Any], now_s: int) -> Record:
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
        hardware=hardware(table.text("hardware", pattern=_HARDWARE, wanted="a MAC address")),
        board=table.text("board", None, SLUG, SLUG_WANTED),
        radio=table.boolean("radio", False),
        lab=table.text("lab", pattern=LAB, wanted=LAB_WANTED),
        point=table.text("point", None, POINT, POINT_WANTED),
        profile=table.text("profile", None, SLUG, SLUG_WANTED),
        place=_place(table.table("place")),
        made_s=seconds("made", table.text("made"), now_s),
        by=table.text("by", "unknown", _LINE, "up to 80 characters: who"),
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


def _place(table: Table) -> dict[str, float | str]:
    place: dict[str, float | str] = {
        name: table.number(name, *bounds)
        for name, bounds in PLACE_BOUNDS.items()
        if table.has(name)
    }
    if table.has("pole"):
        place["pole"] = table.text("pole", pattern=_LINE)
    table.finish()
    if ("lat" in place) != ("lon" in place):
        raise ConfigError("place", place, "both lat and lon, or neither")
    return place


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
