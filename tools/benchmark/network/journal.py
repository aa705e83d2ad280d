"""A node's journal without flash: samples that follow from their number, kept until released.

Place: `Station` -> here -> NodeSession. Guarantee: the face of `firmware/node/journal.py`; nothing
is stored, so that thousands of nodes fit into memory.
Not modelled: a journal that is full, flash that loses a sample.
"""

from collections.abc import Callable

from protocol.batch import Batch
from protocol.sampletime import AGE, UNIX

Columns = list[list[int]]


class Journal:
    """Samples of one node: a series, begun at `begin`, that repeats.

    `clock` returns (unix second or None where nobody told the time yet, second of its uptime).
    """

    def __init__(
        self,
        ids: tuple[int, ...],
        columns: Columns,
        begin: int,
        interval_s: int,
        clock: Callable[[], tuple[int | None, int]],
    ):
        self._ids = ids
        self._columns = columns
        self._begin = begin
        self._interval_s = interval_s
        self._clock = clock
        self.oldest = 0
        self.next_number = 0

    @property
    def unsure_from(self) -> int:
        """Return the first number that might have been given before: there is none."""
        return self.next_number

    def append(self) -> None:
        """Take the next sample."""
        self.next_number += 1

    def run(self, first: int, limit: int, now_ms: int) -> Batch | None:
        """Return up to `limit` samples from `first` on, or None where that one is not there."""
        end = min(first + limit, self.next_number)
        if not self.oldest <= first < end:
            return None
        length = len(self._columns[0])
        at = [(self._begin + number) % length for number in range(first, end)]
        columns = [[column[place] for place in at] for column in self._columns]
        unix_s, uptime_s = self._clock()
        age_s = uptime_s - end * self._interval_s  # samples lie on whole multiples
        if unix_s is None:
            return Batch(first, self._ids, columns, self._interval_s, AGE, age_s)
        batch = Batch(first, self._ids, columns, self._interval_s, UNIX, unix_s - age_s)
        batch.sent_s = unix_s
        return batch

    def release(self, number: int) -> None:
        """Forget all below: the gateway has them."""
        self.oldest = max(self.oldest, min(number, self.next_number))

    def renumber(self, number: int) -> None:
        """Refuse: a gateway that asks for that has lost count of nodes that lose nothing."""
        raise ValueError("no number of this node is unsure")
