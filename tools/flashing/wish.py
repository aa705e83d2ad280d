"""What is wanted of a board, who watches while it is done, and what came of it.

Place: command line, batch bench -> Wish, Observer -> provisioning -> Result -> display, runs.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tools.flashing.errors import FlashError

# In the order in which they are done; a name of this list is what `only` takes.
STEPS = ("look", "image", "files", "test", "key", "start", "record", "label")


@dataclass(frozen=True)
class Wish:
    """What a board is to become.

    `board` and `profile` are names in the bundle; `settings` go into /config.json over those of the
    lab; `point` is where it will hang, `replaces` the address of what hung there; `erase` sets up
    anew a board that is finished, or somebody else's.
    """

    board: str
    profile: str | None
    lab: str
    role: str = "node"
    point: str | None = None
    replaces: int | None = None
    place: dict[str, Any] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    address: int | None = None
    erase: bool = False


def wish_of(record: dict[str, Any]) -> Wish:
    """Return what made a board what its record says."""
    names = ("lab", "board", "profile", "point", "replaces", "place")
    given: dict[str, Any] = {name: record.get(name) for name in names}
    return Wish(**given)


class Observer(Protocol):
    """Is told, in the thread that works on the board, what happens to it.

    Each may raise a FlashError, and the board is left as it is.
    """

    def step(self, name: str) -> None:
        """One of STEPS begins."""

    def progress(self, done: int, total: int) -> None:
        """So many bytes of this step are through."""

    def found(self, mac: str) -> None:
        """This is the board at the port."""

    def note(self, what: FlashError) -> None:
        """Somebody may want to know this; it ends nothing."""


class Step(NamedTuple):
    """`outcome` is done, skipped (it was right already), failed, or wanted (of a dry run)."""

    name: str
    seconds: float
    outcome: str


@dataclass
class Result:
    """What came of a board; `error` is None where all went well.

    `skipped`: everything was right already. `label` are the files of its label.
    """

    port: str
    mac: str = ""
    address: int | None = None
    epoch: int | None = None
    record: Path | None = None
    label: Collection[Path] = ()
    skipped: bool = False
    steps: list[Step] = field(default_factory=list)
    error: FlashError | None = None
