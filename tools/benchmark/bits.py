"""Bits a reading, quantity by quantity: the bound of a model beside our frames of 16 samples.

    bound_bits   what the model of `bound` needs for the whole series, with no frames at all
    coded_bits   what a frame grows by when it holds this quantity as well
    frame_bits   the same with its part of everything else: envelope, tag, numbers, time

Place: Dataset -> here -> beside the rows of `sizes`.
Guarantee: nothing is assumed of how a batch is laid out. Growth is counted in whole bytes, beside a
random quantity that shifts where bytes end; over many windows, and over several such quantities
where windows are few, that comes to bits.
"""

import random
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from protocol import messages, quantities
from protocol.batch import Batch
from tools.benchmark.bound import code_length
from tools.benchmark.datasets import Dataset

WINDOW = 16
_TRIALS = 128  # enough to know the growth to some hundredths of a bit a reading
_ALL = "all"


def measure(datasets: Iterable[Dataset], frame_bytes: dict[str, int]) -> list[dict[str, Any]]:
    """Return rows of each set: one for each quantity, and one for all of them.

    `frame_bytes` is what the frames of all windows of 16 take together, by the name of the set.
    """
    return [
        row
        for dataset in datasets
        if dataset.name in frame_bytes
        for row in _rows_of(dataset, 8 * frame_bytes[dataset.name])
    ]


def _rows_of(dataset: Dataset, frame_bits: int) -> list[dict[str, Any]]:
    windows = list(dataset.windows(WINDOW))
    parts = [_Part(dataset, windows, at) for at in range(len(dataset.ids))]
    rest = frame_bits - sum(part.coded for part in parts)
    rows = [part.row(dataset.name, rest / len(parts)) for part in parts if part.sent]
    total = _row(
        dataset.name,
        _ALL,
        (sum(part.bound for part in parts), sum(part.heard for part in parts)),
        (sum(part.coded for part in parts), rest, sum(part.sent for part in parts)),
    )
    return [*rows, total]


class _Part:
    """One quantity of a set: bits and readings, of the series and of its windows."""

    def __init__(self, dataset: Dataset, windows: list[Batch], at: int):
        self.quantity = quantities.by_id(dataset.ids[at])
        columns = _columns_of(dataset.ids, at)
        values = [[row[1][i] for row in dataset.rows] for i in columns]
        present = [[value for value in column if value is not None] for column in values]
        self.heard = len(present[0])
        self.bound = sum(code_length(column, self.quantity.base) for column in present)
        self.sent = sum(WINDOW - batch.columns[columns[0]].count(None) for batch in windows)
        self.coded = 8 * _growth(windows, at)

    def row(self, name: str, rest: float) -> dict[str, Any]:
        """Return the row of this quantity, whose part of everything else is `rest` bits."""
        bound, coded = (self.bound, self.heard), (self.coded, rest, self.sent)
        return _row(name, self.quantity.name, bound, coded)


def _row(
    name: str, quantity: str, bound: tuple[float, int], coded: tuple[float, float, int]
) -> dict[str, Any]:
    bits, rest, sent = coded
    return {
        "set": name,
        "quantity": quantity,
        "readings": sent,
        "bound_bits": round(bound[0] / bound[1], 2),
        "coded_bits": round(bits / sent, 2),
        "frame_bits": round((bits + rest) / sent, 2),
    }


def _growth(windows: list[Batch], at: int) -> float:
    """Return by how many bytes all windows together grow because of their quantity `at`."""
    chance = random.Random(at)  # noqa: S311 - repeatable on purpose
    ids = windows[0].ids
    free = [qid for qid in range(quantities.COUNT) if qid not in ids]
    beside = min(free, key=lambda qid: abs(qid - ids[at]))  # neighbours' ids cost least
    times = -(-_TRIALS // len(windows))
    grown = 0
    for batch in windows:
        for _ in range(times):
            column = list(accumulate(chance.choices(range(-3, 4), k=WINDOW)))
            grown += len(_with(batch, None, beside, column))
            grown -= len(_with(batch, at, beside, column))
    return grown / times


def _with(batch: Batch, without: int | None, beside: int, column: list[int]) -> bytes:
    """Return a batch with one more quantity, and maybe without one of its own."""
    kept = [at for at in range(len(batch.ids)) if at != without]
    quality = batch.quality or [None] * len(batch.ids)
    rows = [
        (batch.ids[at], [batch.columns[i] for i in _columns_of(batch.ids, at)], quality[at])
        for at in kept
    ]
    rows.append((beside, [column] * quantities.by_id(beside).width, None))
    rows.sort()
    changed = Batch(
        batch.first,
        tuple(row[0] for row in rows),
        [values for row in rows for values in row[1]],
        batch.interval_s,
        batch.clock,
        batch.seconds,
        [row[2] for row in rows] if batch.quality else None,
    )
    changed.sent_s = batch.sent_s
    return messages.encode(changed)


def _columns_of(ids: tuple[int, ...], at: int) -> range:
    """Return which columns belong to the quantity `at` of these."""
    begin = sum(quantities.by_id(qid).width for qid in ids[:at])
    return range(begin, begin + quantities.by_id(ids[at]).width)
