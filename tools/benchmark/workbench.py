"""A workshop with a lab and virtual boards: what flashing is measured and tested with.

Place: bundle -> Workbench -> `tools.flashing.provisioning` on boards of `tools.rig.esp32`.
Guarantee: everything is in one folder, and goes with it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tools.flashing import workshop_making
from tools.flashing.bundle.opening import Bundle, open_bundle
from tools.flashing.errors import FlashError
from tools.flashing.provisioning import provision
from tools.flashing.wish import Result, Wish
from tools.flashing.workshop import Workshop, load
from tools.rig.esp32 import bench
from tools.rig.esp32.running import Running, running

BOARD, PROFILE, LAB = "esp32-wired", "air", "innenstadt"
WISH = Wish(board=BOARD, profile=PROFILE, lab=LAB)


@dataclass
class Watcher:
    """An observer that writes down what it is told, and calls `on_event(number)` with each."""

    on_event: Callable[[int], None] | None = None
    events: list[str] = field(default_factory=list)
    notes: list[FlashError] = field(default_factory=list)

    def step(self, name: str) -> None:
        """A step begins."""
        self._tell(name)

    def progress(self, done: int, total: int) -> None:
        """Some bytes are through."""
        self._tell(f"{done}/{total}")

    def found(self, mac: str) -> None:
        """The board has this MAC."""
        self._tell(mac)

    def note(self, what: FlashError) -> None:
        """Keep a note."""
        self.notes.append(what)

    def _tell(self, event: str) -> None:
        self.events.append(event)
        if self.on_event is not None:
            self.on_event(len(self.events))


@dataclass
class Workbench:
    """`gateway` opens the keys in the records of `workshop`."""

    folder: Path
    workshop: Workshop
    bundle: Bundle
    gateway: X25519PrivateKey

    def set_up(
        self, board: Running, wish: Wish | None = WISH, watcher: Watcher | None = None, **how: Any
    ) -> Result:
        """Provision a board; return what came of it."""
        return provision(board.port, wish, self.workshop, self.bundle, watcher or Watcher(), **how)

    @contextmanager
    def boards(self, count: int = 1, **wish: Any) -> Iterator[list[Running]]:
        """Yield bare boards that run, with what WISH measures."""
        place = self.folder / "rig"
        place.mkdir(exist_ok=True)
        wanted = {"board": BOARD, "profile": PROFILE, **wish}
        with running(place, bench.Wish(count=count, **wanted)) as found:
            yield found


def workbench(
    folder: Path, bundle: Path, public: bytes, settings: dict[str, Any] | None = None
) -> Workbench:
    """Return a bench whose workshop, with one lab, is in a folder."""
    gateway = X25519PrivateKey.generate()
    place = folder / "workshop"
    workshop_making.create(place, by="uli", operator="Stadt Heilbronn", trusted=[public])
    key = gateway.public_key().public_bytes_raw()
    workshop_making.add_lab(place, LAB, gateways=[key], settings=settings)
    return Workbench(folder, load(place), open_bundle(bundle, [public]), gateway)
