"""A file of records on its way into the registry: what it has brought so far, what is refused.

Place: merge -> here -> mounting.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from gateway.registry.database import Change
from gateway.registry.gateway_key import GatewayKey
from gateway.registry.mounts import Mount
from gateway.registry.records import Record


@dataclass
class Summary:
    """What a file brought."""

    nodes: int = 0
    keys: int = 0
    mounts: int = 0
    retired: int = 0
    repaired: int = 0
    known: int = 0


@dataclass(frozen=True)
class Choices:
    """What an operator decides for a file.

    create  labs that are not there are made
    keep    where a point lies elsewhere than a record says, the registry is right
    back    revoked addresses that a newer key brings into service
    """

    create: bool = False
    keep: bool = False
    back: Collection[int] = ()


@dataclass
class Import:
    """A file under way; `touched`, `points` and `mounted` are what has to fit once all is in."""

    change: Change
    key: GatewayKey
    choices: Choices
    summary: Summary = field(default_factory=Summary)
    refused: list[str] = field(default_factory=list)
    touched: dict[int, Record | Mount] = field(default_factory=dict)
    points: dict[str, Record | Mount] = field(default_factory=dict)
    mounted: dict[int, dict[int, Mount]] = field(default_factory=dict)  # by address and moment

    def refuse(self, record: Record | Mount, words: str) -> None:
        """Note what is wrong with a record; the file is not taken."""
        self.refused.append(f"{record.source}: {words}")
