"""Rows of the spool -> samples with full numbers, times and physical values.

Place: spool -> here -> outputs/json -> publisher.
Guarantee: the same row gives the same ids, times and values, whenever and however often it is
decoded; only samples that were new when the row was stored are returned.
"""

from dataclasses import dataclass
from typing import Any

from gateway.records import Frame
from protocol import messages, quantities
from protocol.batch import Batch

QUANTITIES = tuple(quantities.by_id(i) for i in range(quantities.COUNT))


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


def decode(frame: Frame) -> list[Sample]:
    """Return the new samples of a row in the order of their numbers."""
    batch = messages.decode(frame.plain)
    newest_s, uncertainty_s = batch.newest(frame.received_ms // 1000)
    oldest_s = newest_s - (batch.count - 1) * batch.interval_s
    columns = _by_quantity(batch)
    return [
        Sample(
            number=frame.first + i,
            time_s=oldest_s + i * batch.interval_s,
            uncertainty_s=uncertainty_s,
            interval_s=batch.interval_s,
            values={qid: values[i] for qid, values in columns.items()},
            quality={
                qid: code for row, qid in enumerate(batch.ids) if (code := batch.quality_of(row, i))
            },
        )
        for i in range(batch.count)
        if frame.fresh >> i & 1
    ]


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
