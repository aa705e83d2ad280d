"""Rows of the spool -> samples with full numbers, times and physical values.

Place: spool -> here -> outputs/json -> publisher.
Guarantee: the same row gives the same ids, times and values, whenever and however often it is
decoded; only samples that were new when the row was stored are returned.
"""

from dataclasses import dataclass, field
from typing import Any

from gateway.records import Frame
from protocol import messages, quantities, quick_reader
from protocol.batch import Batch
from protocol.errors import DecodeError
from protocol.quality import FAULT, VALID
from protocol.reading import DESCRIBED, Reading
from protocol.sampletime import UNIX

_EARLIEST_MS = 1_704_067_200_000  # 2024
QUANTITIES = tuple(quantities.by_id(i) for i in range(quantities.COUNT))


@dataclass(frozen=True)
class Described:
    """A quantity of no registry, as a Reading explains it."""

    name: str
    unit: str
    group: str = "other"
    kind: int = quantities.MOMENT


@dataclass(frozen=True)
class Sample:
    """One numbered sample: `values` and `quality` by quantity id, physical units.

    `time_s` is unix time; `uncertainty_s` None means "at that time or before".
    """

    number: int
    time_s: int
    uncertainty_s: int | None
    interval_s: int
    values: dict[int, Any]
    quality: dict[int, int]
    described: dict[int, Described] = field(default_factory=dict)

    def quantity(self, qid: int) -> Any:
        """Return what is known of a quantity: name, unit, group, kind."""
        return self.described[qid] if qid in self.described else QUANTITIES[qid]


def decode(plain: bytes) -> Batch | Reading:
    """Return what a stored plaintext says; ProtocolError where the disk changed it."""
    message = quick_reader.read(plain)
    if message is None:
        message = messages.decode(plain)
        if not isinstance(message, (Batch, Reading)):
            raise DecodeError("no samples")
        if isinstance(message, Batch):
            quick_reader.learn(message)
    return message


def dated(message: Batch | Reading, received_ms: int) -> tuple[int, int | None]:
    """Return (unix seconds of the newest sample, uncertainty in s or None: nobody knows).

    What a node said in parts is completed by the clock of the gateway, if that knew the time: one
    without a battery starts in 1970.
    """
    newest_s, uncertainty_s = message.newest(received_ms // 1000)
    if received_ms < _EARLIEST_MS and message.clock != UNIX:
        uncertainty_s = None
    return newest_s, uncertainty_s


def to_samples(frame: Frame, message: Batch | Reading) -> list[Sample]:
    """Return the new samples of a row in the order of their numbers."""
    if isinstance(message, Reading):
        return [_of_reading(frame, message)]
    return _of_batch(frame, message)


def _of_batch(frame: Frame, batch: Batch) -> list[Sample]:
    newest_s, uncertainty_s = dated(batch, frame.received_ms)
    oldest_s = newest_s - (batch.span - 1) * batch.interval_s
    columns = _by_quantity(batch)
    return [
        Sample(
            number=frame.first + place,
            time_s=oldest_s + place * batch.interval_s,
            uncertainty_s=uncertainty_s,
            interval_s=batch.interval_s,
            values={qid: values[i] for qid, values in columns.items()},
            quality={
                qid: code for row, qid in enumerate(batch.ids) if (code := batch.quality_of(row, i))
            },
        )
        for i, place in enumerate(batch.places or range(batch.count))
        if frame.fresh >> place & 1
    ]


def _of_reading(frame: Frame, reading: Reading) -> Sample:
    time_s, uncertainty_s = dated(reading, frame.received_ms)
    values, described = {}, {}
    for qid, entry in reading.values.items():
        if qid < DESCRIBED:
            values[qid] = _physical(entry, QUANTITIES[qid].scale)
        else:
            name, unit, decimals, value = entry
            described[qid] = Described(name, unit)
            values[qid] = _physical(value, 10**decimals)
    return Sample(
        number=frame.first,
        time_s=time_s,
        uncertainty_s=uncertainty_s,
        interval_s=0,
        values=values,
        quality={
            qid: code
            for qid, value in values.items()
            if (code := FAULT if value is None else reading.quality.get(qid, VALID))
        },
        described=described,
    )


def _physical(value: Any, scale: int) -> Any:
    return value if value is None or scale == 1 else value / scale


def _by_quantity(batch: Batch) -> dict[int, list]:
    """Return the physical values of each quantity; a histogram's are lists."""
    columns: dict[int, list] = {}
    at = 0
    for qid in batch.ids:
        quantity = QUANTITIES[qid]
        parts = batch.columns[at : at + quantity.width]
        at += quantity.width
        if quantity.width > 1:
            columns[qid] = [None if None in row else list(row) for row in zip(*parts, strict=True)]
        elif quantity.scale == 1:
            columns[qid] = parts[0]
        else:
            scale = quantity.scale
            columns[qid] = [None if v is None else v / scale for v in parts[0]]
    return columns
