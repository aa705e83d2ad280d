"""Sensor Measurement Lists, RFC 8428: one record a reading, in JSON (section 5) or CBOR (6).

    [{"bn":"urn:dev:mac:0024befffe804ff1:","bt":1800000000,"n":"0","u":"Cel","v":21.3},
     {"n":"1","u":"%RH","v":61}, {"n":"0","u":"Cel","v":21.4,"t":900}, ...]

Place: Window -> here -> packet.
Guarantee: a pack resolves (section 4.6) to the name, unit, value and time of every reading. The
base name is a device URN (RFC 9039), the base time that of the oldest sample; names are numbers of
the registry, and every record has its unit (RFC 8428, section 12.1, and RFC 8798). In CBOR the
labels are those of table 4, and values that are not whole are decimal fractions, which section 6
allows and which are shorter than floats. A histogram is one text, for a record has no lists.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tools.benchmark.encodings.binary import cbor
from tools.benchmark.encodings.packets import Reading, Window, number

_JSON = json.JSONEncoder(separators=(",", ":"))
_BASE_NAME = "urn:dev:mac:0024befffe804ff1:"
_LABELS = {"bn": -2, "bt": -3, "n": 0, "u": 1, "v": 2, "vs": 3, "t": 6}


def encode_json(window: Window) -> bytes:
    """Return a pack in JSON."""
    records = _records(window, number)
    return _JSON.encode(records).encode() if records else b""


def encode_cbor(window: Window) -> bytes:
    """Return a pack in CBOR."""
    records = _records(window, _decimal)
    labelled = [{_LABELS[name]: value for name, value in record.items()} for record in records]
    return cbor(labelled) if labelled else b""


def _records(window: Window, written: Callable[[int, int], Any]) -> list[dict[str, Any]]:
    """Return all records; `written` makes a value of a scaled integer and its decimals."""
    base_s = window.samples[0].time_s
    records: list[dict[str, Any]] = []
    for sample in window.samples:
        time = {"t": sample.time_s - base_s} if sample.time_s > base_s else {}
        for reading in sample.readings:
            base = {} if records else {"bn": _BASE_NAME, "bt": base_s}
            records.append(base | _record(reading, written) | time)
    return records


def _record(reading: Reading, written: Callable[[int, int], Any]) -> dict[str, Any]:
    quantity = reading.quantity
    record: dict[str, Any] = {"n": str(quantity.qid), "u": quantity.unit}
    if quantity.width > 1:
        return record | {"vs": " ".join(map(str, reading.values))}
    return record | {"v": written(reading.values[0], quantity.decimals)}


def _decimal(value: int, decimals: int) -> int | Decimal:
    """Return a whole number as an integer, anything else with no digit more than it needs."""
    while decimals and not value % 10:
        value //= 10
        decimals -= 1
    return Decimal(value).scaleb(-decimals) if decimals else value
