"""Reads samples back from the journal, a run at a time, as the batches that travel.

Place: segments of the journal -> `RunReader` -> rows -> `to_batch` -> session.
Guarantee: a run holds neighbours only: same segment, same clock, evenly spaced, and no more of them
than the heap bears. A damaged sample ends it, and never shifts the others.
"""

from node.segment import SegmentReader
from protocol._compat import const
from protocol.batch import Batch

# A frame on the air has no room for more, and the heap of a node that has started, in pieces of
# some hundred bytes, none for their rows: 64 samples of five values took 18 KB of the 41 there are.
_MOST_VALUES = const(160)


class RunReader:
    """Remembers where it stopped, so that draining a long journal does not read its way again."""

    def __init__(self):
        self._known = ("", 0, 0)  # path, index and position of the sample after the last run

    def read(self, path: str, index: int, limit: int) -> tuple:
        """Return (ids, interval_s, rows) of at most `limit` samples from `index` of a segment."""
        reader = SegmentReader(path)
        if self._known[:2] == (path, index):
            reader.seek(index, self._known[2])
        else:
            reader.skip(index)
        rows = self._rows(reader, index, limit)
        if not rows and reader.find(index) == index:
            rows = self._rows(reader, index, limit)
        reader.close()
        return reader.ids, reader.interval_s, rows

    def _rows(self, reader, index: int, limit: int) -> list:
        rows = []
        position = reader.position
        while reader.index == index + len(rows) and len(rows) < limit:
            row = reader.next()
            if row is None or (rows and not _follows(rows[-1], row, reader.interval_s)):
                break
            rows.append(row)
            position = reader.position
            if (len(rows) + 1) * len(row[2]) > _MOST_VALUES:
                break
        self._known = (reader.path, index + len(rows), position)
        return rows


def _follows(last: list, row: list, interval_s: int) -> bool:
    return row[0] == last[0] and row[1] - last[1] == interval_s


def to_batch(first: int, ids: tuple, interval_s: int, rows: list, time: tuple):
    """Return the Batch of these rows; `time` is (clock form, seconds, accuracy) of the newest."""
    columns = [[row[2][i] for row in rows] for i in range(len(rows[0][2]))]
    quality = None
    if any(row[3] for row in rows):
        quality = [[row[3][i] if row[3] else 0 for row in rows] for i in range(len(ids))]
    return Batch(first, ids, columns, interval_s, time[0], time[1], quality, time[2])
