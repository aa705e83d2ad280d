"""Files of records, as `tools/flash` writes them -> checked Records and Mounts.

Place: files or stdin -> here -> merge. The formats: docs/registry.md, docs/mounting.md.
Guarantee: whatever is wrong raises RegistryError: file, line, field, value, what would be right.
What looks like a key in clear is refused, and never shown.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from gateway.errors import ConfigError
from gateway.registry import mounts, records
from gateway.registry.errors import RegistryError
from gateway.registry.mounts import FORMAT as MOUNT_FORMAT
from gateway.registry.mounts import Mount
from gateway.registry.records import FORMAT, Record, refuse_keys

AnyRecord = Record | Mount

# What their own checks look at: a telephone names photos as keys look, PXL_20261125_093012345.jpg.
_OPAQUE = ("sealed", "signature", "photo")
_SPACE = re.compile(r"\s*")


def parse(name: str, content: bytes, now_s: int) -> list[AnyRecord]:
    """Return the records of one file: JSON lines, or one JSON array."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise RegistryError(f"{name}: byte {e.start} is not UTF-8") from None
    values = list(_values(name, text))  # all, so that what is no JSON is said first
    records = [_record(f"{name}:{line}", value, now_s) for line, value in values]
    if not records:
        raise RegistryError(f"{name}: holds no record of {FORMAT} or {MOUNT_FORMAT}")
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


def _record(source: str, value: Any, now_s: int) -> AnyRecord:
    try:
        if not isinstance(value, dict):
            wanted = f"one JSON object, {FORMAT} or {MOUNT_FORMAT}"
            raise ConfigError("record", type(value).__name__, wanted)
        refuse_keys("record", {n: v for n, v in value.items() if n not in _OPAQUE})
        kind = value.get("record", "missing")
        if kind not in (FORMAT, MOUNT_FORMAT):
            raise ConfigError("record", kind, f"{FORMAT!r} or {MOUNT_FORMAT!r}")
        check = mounts.checked if kind == MOUNT_FORMAT else records.checked
        return check(source, value, now_s)
    except ConfigError as e:
        raise RegistryError(f"{source}: {e}") from None
