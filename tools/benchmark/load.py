"""Many nodes' worth of frames, sealed before any clock starts.

Place: series -> here -> sending -> port.
Guarantee: a node's counters and sample numbers go up by one and never repeat, whatever is sealed in
which order; keys follow from addresses, so that the process that plays the nodes and the one that
registers them agree without a word.
"""

import hashlib
import time
from dataclasses import dataclass

from protocol import quantities
from protocol.batch import Batch
from protocol.envelope import TAG_WIRE
from protocol.messages import Hello, Poll
from protocol.sampletime import UNIX
from protocol.stream import to_record
from tools.benchmark.sealing import Sealer
from tools.benchmark.series import generate

QUANTITIES = ("temperature", "humidity", "pressure", "battery_pct")
QUANTITY_IDS = tuple(quantities.by_name(name).qid for name in QUANTITIES)
GROUPS = 2  # climate and power: each sample comes in two messages
NODES = 200
FIRST_ID = 100
MOST_IN_FLIGHT = 64

_SERIES = 4096  # samples; the nodes begin at different places of it


def key_of(node: int) -> bytes:
    """Return a node's key."""
    return hashlib.sha256(f"benchmark {node}".encode()).digest()[:16]


@dataclass
class Train:
    """Frames of one node in a row, as they go on the wire, of `samples` each.

    Frame i has the counter `counter` + i; once it is safe, the gateway expects `number` +
    (i + 1) * `samples` or more.
    """

    counter: int
    number: int
    samples: int
    records: list[bytes]

    def safe(self, expected: int) -> int:
        """Return how many frames are safe by an ack of all below `expected`."""
        return min(max((expected - self.number) // self.samples, 0), len(self.records))


class LoadNode:
    """One node; `number` is the next sample's, `counter` the next frame's."""

    def __init__(self, index: int, columns: list[list[int]]):
        self.id = FIRST_ID + index
        self.sealer = Sealer(self.id, key_of(self.id), TAG_WIRE)
        self._columns = columns
        self._begin = index * 37
        self.counter = 0
        self.number = 0

    def hello(self) -> bytes:
        """Return the record of a Hello."""
        return self._seal(Hello(1, self.number, self.number, "benchmark"), whole=True)

    def poll(self) -> bytes:
        """Return the record of a question for what is safe."""
        return self._seal(Poll())

    def train(self, frames: int, samples: int, interval_s: int = 1, end_s: int = 0) -> Train:
        """Return the next frames; the last sample was taken at `end_s`, or now."""
        begin_s = (end_s or int(time.time())) - frames * samples * interval_s
        train = Train(self.counter, self.number, samples, [])
        for i in range(1, frames + 1):
            newest_s = begin_s + i * samples * interval_s
            train.records.append(self._seal(self._batch(samples, interval_s, newest_s)))
        return train

    def _batch(self, samples: int, interval_s: int, newest_s: int) -> Batch:
        start = (self._begin + self.number) % (_SERIES - samples)
        values = [column[start : start + samples] for column in self._columns]
        batch = Batch(self.number, QUANTITY_IDS, values, interval_s, UNIX, newest_s)
        self.number += samples
        return batch

    def _seal(self, message: object, whole: bool = False) -> bytes:
        """Return a record as a wired node writes it: a zero ends whatever noise came first."""
        frame = self.sealer.seal(self.counter, message, asks=True, whole=whole)
        self.counter += 1
        return b"\x00" + to_record(frame)


def make_nodes(count: int) -> list[LoadNode]:
    """Return so many nodes."""
    columns = generate(QUANTITIES, _SERIES, interval_s=60, seed=1)
    return [LoadNode(index, columns) for index in range(count)]
