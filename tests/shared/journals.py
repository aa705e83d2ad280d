"""One life of a node as the journal sees it: a clock, a folder, samples that tell their number."""

import os

from node.clock import Clock
from node.journal import Journal
from tests.shared.expect import TMP

IDS = (0, 1)
STEP_S = 10
NOW_S = 1_800_000_000
ROOT = TMP + "journal"


class Ticks:
    """Milliseconds that a test sets."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now


class Boot:
    """One life of a node: a clock that starts at zero and a journal on what flash holds."""

    def __init__(self, number, segments=10, ids=IDS, root=ROOT):
        self.ticks = Ticks()
        self.clock = Clock(self.ticks)
        self.journal = Journal(root, self.clock, number, ids, STEP_S, segments, 4)

    def set_clock(self, unix_s=NOW_S):
        self.clock.set(unix_s * 1000)
        self.journal.clock_was_set()

    def take(self, count, quality=None):
        """Append samples one step apart, at the clock's time; return their numbers."""
        numbers = []
        for _ in range(count):
            now_s = self.clock.now_ms() // 1000
            number = self.journal.next_number
            values = [number, None if quality else -number]
            numbers.append(self.journal.append(now_s, self.clock.is_set, values, quality))
            self.ticks.now += STEP_S * 1000
        return numbers

    def run(self, limit, now_ms):
        """Return the oldest samples, as a session fetches them."""
        return self.journal.run(self.journal.oldest, limit, now_ms)

    def drain(self):
        """Return (number, first value) of all that waits, as a session would fetch it."""
        return drained(self.journal, self.ticks.now)


def drained(journal, now_ms):
    """Take all that waits; return (number, first value) of each that can be read."""
    rows = []
    while journal.oldest < journal.next_number:
        batch = journal.run(journal.oldest, 3, now_ms)
        if batch is None:
            journal.release(journal.oldest + 1)
            continue
        rows += [(batch.first + i, batch.columns[0][i]) for i in range(batch.count)]
        journal.release(batch.first + batch.count)
    return rows


def fresh(root=ROOT):
    """Empty the folder of a life."""
    try:
        for name in os.listdir(root):
            os.remove(root + "/" + name)
    except OSError:
        pass


def spoil(path, at):
    """Turn all bits of one byte of a file."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    data[at] ^= 0xFF
    with open(path, "wb") as f:
        f.write(data)
