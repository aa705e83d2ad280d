"""What goes into the spool and comes out of it: plain values, no behaviour.

Place: between `ingest`, `spool` and `publisher`.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NodeState:
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


@dataclass(frozen=True)
class Frame:
    """A Batch or a numbered Reading as it came, and which of its samples were new.

    `fresh` is a mask over its places; bit 0 is sample number `first`.
    """

    node: int
    epoch: int
    first: int
    fresh: int
    received_ms: int
    plain: bytes
    seq: int = 0


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


@dataclass
class Group:
    """What one transaction makes durable."""

    states: list[NodeState] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
