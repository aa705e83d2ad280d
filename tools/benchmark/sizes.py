"""Bytes per reading: whole frames, as they go on the air and on a wire, beside other encodings.

Place: Dataset -> Batch -> sealed frame -> its length; the frame is opened again before it counts.
Guarantee: a frame that does not give back exactly the readings, numbers and times that went in is a
BenchError. A reading is one quantity of one sample (a histogram is one); what a sensor did not give
is none, though its FAULT costs bytes.

    neckar        frame of the radio: envelope, 4 bytes of tag; what a LoRa packet carries
    neckar-wire   the same with 8 bytes of tag as a COBS record with both its zeros
    json          the same readings as messages like Tasmota's, payload only: no header, no seal
    others        the same readings as others send them, with what their link adds: see `encodings`
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from protocol import quantities
from protocol.batch import Batch
from protocol.envelope import TAG_RADIO, TAG_WIRE
from protocol.stream import from_record, to_record
from tools.benchmark.datasets import Dataset
from tools.benchmark.encodings import FORMS
from tools.benchmark.encodings.packets import window_of
from tools.benchmark.errors import BenchError
from tools.benchmark.sealing import Sealer, same_readings

WINDOWS = (1, 4, 8, 16, 32)
FORMATS = ("neckar", "neckar-wire", "json", *(form.name for form in FORMS))

_NODE = 100  # as most addresses and counters, neither takes the shortest form
_FIRST_COUNTER = 1000
_KEY = bytes(range(16))


def measure(datasets: Iterable[Dataset]) -> dict[str, Any]:
    """Return {"rows": one for each set, window and format}."""
    rows = [row for dataset in datasets for window in WINDOWS for row in _rows_of(dataset, window)]
    if not rows:
        raise BenchError("no set has a single window: choose a larger --every, or more data")
    return {"rows": rows}


def _rows_of(dataset: Dataset, window: int) -> list[dict[str, Any]]:
    sizes = dict.fromkeys(FORMATS, 0)
    readings = 0
    radio, wire = (Sealer(_NODE, _KEY, tag) for tag in (TAG_RADIO, TAG_WIRE))
    for number, batch in enumerate(dataset.windows(window)):
        newest_s = dataset.newest_s(batch)
        counter = _FIRST_COUNTER + number
        sizes["neckar"] += _on_air(radio, counter, batch, newest_s)
        sizes["neckar-wire"] += _on_wire(wire, counter, batch, newest_s)
        messages = json_messages(batch, newest_s)
        sizes["json"] += sum(len(message) for message in messages)
        others = window_of(batch, newest_s)
        for form in FORMS:
            sizes[form.name] += form.size(others)
        readings += sum(len(sample.readings) for sample in others.samples)
    return [_row(dataset.name, name, window, readings, sizes[name]) for name in FORMATS if readings]


def _row(name: str, form: str, window: int, readings: int, size: int) -> dict[str, Any]:
    return {
        "set": name,
        "format": form,
        "window": window,
        "readings": readings,
        "bytes": size,
        "bytes_per_reading": round(size / readings, 3),
    }


def _on_air(sealer: Sealer, counter: int, batch: Batch, newest_s: int) -> int:
    frame = sealer.seal(counter, batch)
    _check(batch, sealer.open(counter, frame), newest_s)
    return len(frame)


def _on_wire(sealer: Sealer, counter: int, batch: Batch, newest_s: int) -> int:
    record = to_record(sealer.seal(counter, batch))
    frame = from_record(record[:-1])
    _check(batch, frame and sealer.open(counter, frame), newest_s)
    return 1 + len(record)  # a node writes a zero before each record as well


def _check(batch: Batch, got: object, newest_s: int) -> None:
    if not same_readings(batch, got, newest_s):
        raise BenchError(f"the frame of sample {batch.first} does not give back what went in")


def json_messages(batch: Batch, newest_s: int) -> list[bytes]:
    """Return one message for each sample: its time, and each reading by its name."""
    oldest_s = newest_s - (batch.count - 1) * batch.interval_s
    messages = []
    for i in range(batch.count):
        time = datetime.fromtimestamp(oldest_s + i * batch.interval_s, UTC)
        values = _values(batch, i)
        message = {"Time": time.isoformat()[:19]} | values
        messages.append(json.dumps(message, separators=(",", ":")).encode())
    return messages


def _values(batch: Batch, index: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    at = 0
    for qid in batch.ids:
        quantity = quantities.by_id(qid)
        scaled = [column[index] for column in batch.columns[at : at + quantity.width]]
        at += quantity.width
        if None not in scaled:
            values[quantity.name] = scaled if quantity.width > 1 else _physical(scaled[0], quantity)
    return values


def _physical(value: int, quantity: quantities.Quantity) -> float:
    return value / quantity.scale if quantity.decimals else value
