"""Reads samples back from the journal, a run at a time, as the batches that travel.

Place: segments of the journal -> `RunReader` -> rows -> `to_batch` -> session.
Guarantee: a run holds neighbours only: same segment, same clock, evenly spaced. A damaged sample
ends it, and never shifts the others.
"""

from node.segment import SegmentReader
from protocol.batch import Batch


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
