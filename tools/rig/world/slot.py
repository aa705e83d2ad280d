"""The place beside a board where its radio chip sits, with the wires between them.

Place: BoardLine -> Slot -> chip; levels of the chip's outputs -> BoardLine.
Guarantee: the chip keeps its state when the board resets or sleeps, and loses it with the power. A
bus on other pins than those of the wiring reaches no chip, and reads 0xFF. Pins of a board without
a program float, and are pulled up: the chip is not selected and not in reset.

Not modelled: the switch between antenna and chip where pins of the board turn it, and supplies that
the board switches.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from tools.rig.air.antenna import Antenna
from tools.rig.air.timeline import Timeline
from tools.rig.chips.sx1262 import Sx1262
from tools.rig.chips.sx1276 import Sx1276

OUTPUTS = ("busy", "dio0", "dio1", "dio2", "dio3", "dio4", "dio5")
_BUS = ("sck", "mosi", "miso")
_CHIPS = ("sx1262", "sx1276")


class Board(Protocol):
    """Who is told of levels."""

    idle_until_us: int | None
    is_called: bool

    def tell_level(self, pin: int, level: int) -> None:
        """Take the new level of an input of the board."""

    def wake(self) -> None:
        """Go on working."""

    def finish(self) -> None:
        """End: somebody else takes the place."""


class Slot:
    """`wiring` is the `radio` of a board file: chip, and the board's pin for each of its lines.

    `is_on`: the board has power; its program may be gone for a moment, as in a reset.
    """

    def __init__(self, name: str, wiring: Mapping[str, Any], timeline: Timeline, antenna: Antenna):
        self.name = name
        self.wiring = wiring
        self.antenna = antenna
        self.board: Board | None = None
        self.is_on = False
        self.born_us = 0  # when the power came
        self._timeline = timeline
        self._pins = {line: wiring[line] for line in OUTPUTS if wiring.get(line) is not None}
        self._select = wiring["cs"]
        self._reset = wiring.get("reset")
        self._bus = tuple(wiring[line] for line in _BUS)
        self._on_bus: tuple[int, ...] = ()
        self._levels = dict.fromkeys(self._pins.values(), 0)
        self.chip = self._new_chip(timeline)

    def _new_chip(self, timeline: Timeline) -> Sx1262 | Sx1276:
        wiring = self.wiring
        if wiring["chip"] == "sx1276":
            fitted = {name: bool(wiring.get(name)) for name in ("pa_boost", "tcxo")}
            return Sx1276(timeline, self.antenna, self._drive, **fitted)
        return Sx1262(
            timeline,
            self.antenna,
            self._drive,
            tcxo=wiring.get("tcxo_mv") is not None,
            tcxo_mv=wiring.get("tcxo_mv") or 0,
            dio2_switch=bool(wiring.get("dio2_switch")),
        )

    def plug(self, board: Board, is_cold: bool) -> None:
        """Connect a board that starts; `is_cold`: its power has just come."""
        if is_cold:
            self.chip.power(False)
            self.chip.power(True)
            self.born_us = self._timeline.now_us
        self.is_on = True
        self.board = board
        for pin, level in self.levels():
            board.tell_level(pin, level)

    def unplug(self, board: Board) -> None:
        """The board's program ended; the chip goes on."""
        if self.board is board:
            self.board = None
            self._on_bus = ()
            self.chip.select(1)
            self.chip.reset(1)

    def cut_power(self) -> None:
        """Take the supply away from board and chip."""
        self.is_on = False
        self.chip.power(False)

    def levels(self) -> Iterable[tuple[int, int]]:
        """Return (pin, level) of the board's inputs."""
        return self._levels.items()

    def level(self, pin: int) -> int:
        """Return the level of one of the board's inputs."""
        return self._levels.get(pin, 0)

    def set_pin(self, pin: int, level: int) -> None:
        """Take the level of one of the board's outputs."""
        if pin == self._select:
            self.chip.select(level)
        elif pin == self._reset:
            self.chip.reset(level)

    def set_bus(self, *pins: int) -> None:
        """Take where the board has its bus."""
        self._on_bus = pins

    def exchange(self, data: bytes) -> bytes:
        """Return what the chip answers to bytes on the bus."""
        return self.chip.exchange(data) if self._on_bus == self._bus else b"\xff" * len(data)

    def _drive(self, line: str, level: int) -> None:
        pin = self._pins.get(line)
        if pin is not None and self._levels[pin] != level:
            self._levels[pin] = level
            if self.board:
                self.board.tell_level(pin, level)


def check(wiring: Mapping[str, Any]) -> None:
    """Raise ValueError for a wiring that is none, before anything is built of it."""
    if not isinstance(wiring, Mapping) or wiring.get("chip") not in _CHIPS:
        raise ValueError(f"a radio chip is one of {', '.join(_CHIPS)}")
    lines = ("cs", *_BUS, *OUTPUTS, "reset")
    wired = [wiring[line] for line in lines if wiring.get(line) is not None]
    if any(wiring.get(line) is None for line in ("cs", *_BUS)):
        raise ValueError("cs, sck, mosi and miso are needed")
    if not all(isinstance(pin, int) and 0 <= pin < 255 for pin in wired):
        raise ValueError("pins are numbers")
    if len(set(wired)) < len(wired):
        raise ValueError("a pin has two uses")
