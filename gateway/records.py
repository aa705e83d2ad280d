"""What goes into the spool and comes out of it: plain values, no behaviour.

Place: between `ingest`, `spool` and `publisher`.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class NodeState(NamedTuple):
    """All that must survive a restart about one node in one key epoch.

    `replay_*` and `hello` as in `protocol.window.ReplayWindow`; `expected`, `runs`, `top` and
    `adrift` as in SampleWindow (`expected` is None before the node said where its numbers begin);
    `received` and `duplicates` count samples.
    """

    node: int
    epoch: int
    replay_top: int
    replay_mask: int
    expected: int | None
    runs: tuple[tuple[int, int], ...]
    top: int
    received: int
    duplicates: int
    hello: int = -1
    adrift: bool = False


class Frame(NamedTuple):
    """A Batch or a numbered Reading as it came, and which of its samples were new.

    `fresh` is a mask over its places; bit 0 is sample number `first`.
    """

    node: int
    epoch: int
    first: int
    fresh: int
    received_ms: int
    plain: bytes


class Segment(NamedTuple):
    """The frames that one commit made durable, under a number that is never given twice.

    `message`s of the frames, decoded, where they are still in memory; else None.
    """

    seq: int
    frames: list[Frame]
    messages: list | None = None

    @property
    def samples(self) -> int:
        """Return how many samples were new."""
        return sum([frame.fresh.bit_count() for frame in self.frames])


@dataclass(frozen=True)
class Loss:
    """Samples `first` .. `last` of a node will never be published, and why."""

    node: int
    epoch: int
    first: int
    last: int
    reason: str
    at_ms: int


UNKNOWN_BEFORE = "before this gateway knew the node"
NODE_DROPPED = "dropped by the node"
SPOOL_SIZE = "spool full"
SPOOL_AGE = "too old for the spool"


@dataclass(slots=True)
class Day:
    """What a commit adds to the ledger of one node's samples that were taken on one day (UTC).

    `day` counts from 1970; `low` and `end`: the lowest number, and one past the highest;
    `recovered` came when newer ones were known; `late` were older than `late_after_s`.
    """

    node: int
    epoch: int
    day: int
    low: int
    end: int
    received: int = 0
    recovered: int = 0
    late: int = 0


class Evidence(NamedTuple):
    """A frame of a revoked node, as it came."""

    node: int
    at_ms: int
    link: str
    frame: bytes


@dataclass
class Group:
    """What one transaction makes durable. `days` by (node, epoch, day)."""

    states: list[NodeState] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    days: dict[tuple[int, int, int], Day] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
