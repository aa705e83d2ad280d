"""What a command, the settings of a node and a command to a whole lab are, as they are kept.

Place: between `intake`, `store`, `settings`, `groups` and `commands`; plain values, no behaviour.

    queued ──> sent ──> acknowledged | failed
      └──────────┴────> expired, failed (cancelled)
"""

from dataclasses import dataclass, field
from typing import Any

from gateway.errors import GatewayError, shown

QUEUED = "queued"
SENT = "sent"  # the answer that carries it left: the node may have it
ACKNOWLEDGED = "acknowledged"
FAILED = "failed"
EXPIRED = "expired"
OPEN = (QUEUED, SENT)

# Who caused it.
TOPIC = "topic"
CLI = "cli"
GROUP = "group"
CONFIG = "config"  # a step towards settings that somebody wants

CANCELLED = "cancelled"
RUNNING = "running"  # a group
DONE = "done"


class CommandsError(GatewayError):
    """The file of commands cannot be opened, read or written."""


class RefusedError(GatewayError):
    """Somebody asked for what makes no sense: names field, value and what would be right.

    `kind` is under what it is counted.
    """

    exit_code = 2

    def __init__(self, field: str, value: object, wanted: str, kind: str = "malformed"):
        super().__init__(f"{field} is {shown(value)}, should be {wanted}")
        self.field = field
        self.value = value
        self.wanted = wanted
        self.kind = kind


@dataclass(slots=True)
class Order:
    """One command to one node.

    id            never given twice; 0 before it was stored
    op            a name of `operations`
    key           the id that who asked gave it, or None
    number        16 bits, what the node knows it by; None for `config`, which consists of steps
    group         of which it is a member, or None
    released      a member waits for its turn; what is not of a group is released at once
    attempts      how often a busy node was asked; of `config`: 1, it has begun
    result        what is told with the state, or empty
    """

    address: int
    point: str
    lab: str
    op: str
    arguments: dict[str, Any]
    created_ms: int
    expires_ms: int
    who: str
    origin: str
    key: str | None = None
    id: int = 0
    state: str = QUEUED
    number: int | None = None
    group: int | None = None
    released: bool = True
    attempts: int = 0
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Say whether anything may still become of it."""
        return self.state in OPEN


@dataclass
class Group:
    """One command to every node of a lab; its members are Orders."""

    lab: str
    op: str
    arguments: dict[str, Any]
    created_ms: int
    expires_ms: int
    who: str
    origin: str
    key: str | None = None
    id: int = 0
    state: str = RUNNING
    total: int = 0


@dataclass
class NodeConfig:
    """The settings of one node: what is wanted, and what it says that it has.

    desired      field -> value, of all that was ever wanted; None: the default again
    wanted       what the command wants that is, or was last, carried out
    tried        the part of that which is, or was last, on trial
    state        desired, trying, confirmed, reported, differs or reverted
    hash         32 bits that the node's settings should have, or None: not known
    status_hash  32 bits that it last said they have
    reported     its settings, or None: never read
    text         the pages of them that came so far
    reason       why it differs
    """

    address: int
    point: str
    lab: str
    desired: dict[str, Any] = field(default_factory=dict)
    wanted: dict[str, Any] = field(default_factory=dict)
    tried: dict[str, Any] = field(default_factory=dict)
    state: str = "desired"
    hash: int | None = None
    status_hash: int | None = None
    reported: dict[str, Any] | None = None
    text: str = ""
    reason: str = ""
