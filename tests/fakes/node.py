"""A node on CPython: the protocol's real session over a journal in RAM.

Does not model: MicroPython, flash, power cuts, a UART. The virtual board does all that; this one is
for tests and loads that need many nodes, or one that does exactly what it is told.
"""

from protocol.batch import Batch
from protocol.ccm import Ccm
from protocol.counter import Counter
from protocol.envelope import TAG_WIRE, Envelope
from protocol.node_session import NodeSession
from protocol.sampletime import UNIX
from protocol.session import wired

IDS = (0, 1, 2, 3)
INTERVAL_S = 10
START_S = 1_800_000_000


class RamJournal:
    """Samples of temperature, humidity, pressure and battery, kept until they are released."""

    def __init__(self, count=0):
        self.rows = {}
        self.oldest = 0
        self.next_number = 0
        self._unsure = 0  # numbers from here were not confirmed by a gateway yet
        for _ in range(count):
            self.append()

    def append(self):
        """Take one sample whose values follow from its number."""
        self.rows[self.next_number] = values_of(self.next_number)
        self.next_number += 1

    def run(self, first, limit, now_ms):
        """Return samples from number `first` on as a batch."""
        count = min(limit, self.next_number - first)
        if count <= 0 or first not in self.rows:
            return None
        numbers = range(first, first + count)
        columns = [list(column) for column in zip(*(self.rows[n] for n in numbers), strict=True)]
        newest_s = START_S + (first + count - 1) * INTERVAL_S
        return Batch(first, IDS, columns, INTERVAL_S, UNIX, newest_s)

    @property
    def unsure_from(self):
        """Return the first number that may name a sample the gateway has."""
        return self.next_number if self._unsure is None else self._unsure

    def release(self, number):
        """Forget everything below."""
        self._unsure = None
        for gone in range(self.oldest, min(number, self.next_number)):
            del self.rows[gone]
        self.oldest = max(self.oldest, min(number, self.next_number))

    def drop_below(self, number):
        """Lose the oldest samples, as a full flash does."""
        self.release(number)

    def renumber(self, number):
        """Move everything past what the gateway has."""
        shift = number - self.unsure_from
        self.rows = {n + shift: row for n, row in self.rows.items()}
        self.oldest += shift
        self.next_number += shift


def values_of(number):
    """Return the scaled values of a sample."""
    return [200 + number % 7, 50 + number % 3, 10130 + number % 11, 90]


class FakeNode:
    """`frame(now_ms)` gives what it would send, `take(frame, now_ms)` feeds an answer."""

    def __init__(self, node=17, key=bytes(range(16)), epoch=1, samples=0, counter=0, boot=1):
        self.node = node
        self.epoch = epoch
        self.key = key
        self.stored_limit = counter
        self.journal = RamJournal(samples)
        self.reboot(boot)

    def reboot(self, boot=2):
        """Power was cut: the journal and the stored counter limit are what is left."""
        counter = Counter(self.stored_limit, self._store_limit)
        envelope = Envelope(Ccm(self.key), self.node, self.epoch, TAG_WIRE)
        self.session = NodeSession(
            envelope, counter, self.journal, (boot, "fake"), lambda span: 0, wired(2000)
        )

    def _store_limit(self, limit):
        self.stored_limit = limit

    def frame(self, now_ms):
        """Return the next frame, or None."""
        self.session.handle_timeout(now_ms)
        return self.session.data_to_send(now_ms)

    def take(self, frame, now_ms):
        """Take a frame of the gateway."""
        self.session.receive(frame, now_ms)
