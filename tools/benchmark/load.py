"""Many nodes' worth of frames, sealed before any clock starts.

Place: series -> here -> source -> port.
Guarantee: everything follows from the arguments, so that the process that plays the nodes and the
one that holds the gateway's configuration agree without a word: keys, numbers and sample ids.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from protocol import quantities
from protocol.batch import Batch
from protocol.envelope import TAG_WIRE
from protocol.messages import Hello
from protocol.sampletime import UNIX
from protocol.stream import to_record
from tools.benchmark.sealing import EPOCH, Sealer
from tools.benchmark.series import generate

QUANTITIES = ("temperature", "humidity", "pressure", "battery_pct")
NODES = 200
FIRST_ID = 100
# All acks that can be due at once, of 26 bytes each, stay below what the gateway queues for a port.
MOST_IN_FLIGHT = 8

_IDS = tuple(quantities.by_name(name).qid for name in QUANTITIES)
_SERIES = 4096  # samples; the nodes begin at different places of it


@dataclass(frozen=True)
class Shape:
    """What is sent: `frames` of `samples` each by NODES nodes, and `probes` one by one before.

    `in_flight` is how many frames of one node may be on their way at once.
    """

    frames: int
    samples: int
    probes: int
    in_flight: int = MOST_IN_FLIGHT

    def frames_of(self, index: int) -> tuple[int, int]:
        """Return how many probes and how many other frames the node of this index sends."""
        probes = self.probes // NODES + (index < self.probes % NODES)
        return probes, self.frames // NODES + (index < self.frames % NODES)

    def sample_ids(self) -> Iterator[str]:
        """Return the ids of all samples, as the gateway names them."""
        for index in range(NODES):
            for number in range(sum(self.frames_of(index)) * self.samples):
                yield f"{FIRST_ID + index}/{EPOCH}/{number}"


@dataclass(frozen=True)
class SealedFrame:
    """One frame as it goes on the wire; an ack is right when it expects `safe_from` or more."""

    node: int
    counter: int
    safe_from: int
    record: bytes


@dataclass
class LoadNode:
    """One node's frames, in the order in which it sends them."""

    id: int
    sealer: Sealer
    hello: SealedFrame
    probes: list[SealedFrame] = field(default_factory=list)
    frames: list[SealedFrame] = field(default_factory=list)


def key_of(node: int) -> bytes:
    """Return a node's key."""
    return hashlib.sha256(f"benchmark {node}".encode()).digest()[:16]


def seal_all(shape: Shape) -> list[LoadNode]:
    """Return all nodes with all their frames."""
    columns = generate(QUANTITIES, _SERIES, interval_s=60, seed=1)
    return [_node(shape, index, columns) for index in range(NODES)]


def _node(shape: Shape, index: int, columns: list[list[int]]) -> LoadNode:
    node = FIRST_ID + index
    sealer = Sealer(node, key_of(node), TAG_WIRE)
    hello = sealer.seal(0, Hello(1, 0, 0, "benchmark"), asks=True, whole=True)
    made = LoadNode(node, sealer, SealedFrame(node, 0, 0, _on_wire(hello)))
    probes, frames = shape.frames_of(index)
    newest_s = int(time.time()) - (probes + frames) * shape.samples
    for i in range(probes + frames):
        first = i * shape.samples
        start = (index * 37 + first) % (_SERIES - shape.samples)
        values = [column[start : start + shape.samples] for column in columns]
        batch = Batch(first, _IDS, values, 1, UNIX, newest_s + first + shape.samples)
        record = _on_wire(sealer.seal(i + 1, batch, asks=True))
        frame = SealedFrame(node, i + 1, first + shape.samples, record)
        (made.probes if i < probes else made.frames).append(frame)
    return made


def _on_wire(frame: bytes) -> bytes:
    """Return what a wired node writes: a zero ends whatever noise came first."""
    return b"\x00" + to_record(frame)
