"""What both radio chips have in common: supply, reset, SPI select, output pins, timers, faults.

Place: a board's SPI bus and pins -> chip model (a `Part`) -> `Antenna`.
Guarantee: no byte, no level and no order of calls makes it raise, and a reset always brings it
back. A model has no time of its own: it acts in calls from outside and in events of the timeline.

- A chip is made without supply: `power(True)` starts it. NRESET is pulled up, NSS is high.
- Without supply its diodes hold MISO low (0x00). In reset, and while it is not selected, MISO
  floats and the host's pull-up wins (0xFF). No output is driven without supply (level 0).
- Bytes over SPI take no time. Whoever owns the run lets time pass in between.
- `hold`, `miso` and `lost_irqs` are faults for a test bench; they outlive resets.
"""

from collections import Counter
from collections.abc import Callable

from tools.rig.air.antenna import Antenna
from tools.rig.air.timeline import Event, Timeline

FLOATING = 0xFF
UNPOWERED = 0x00


class Part:
    """The base of a chip. `counts` says what a driver did wrong or a fault did, by kind.

    `miso`: what the host reads instead of the answers, or None. `lost_irqs`: flags of the chip's
    interrupt register that never come.
    """

    pins: tuple[str, ...] = ()

    def __init__(self, timeline: Timeline, antenna: Antenna, drive: Callable[[str, int], None]):
        self.timeline = timeline
        self.antenna = antenna
        self.counts: Counter[str] = Counter()
        self.miso: int | None = None
        self.lost_irqs = 0
        self._drive = drive
        self._wanted = dict.fromkeys(self.pins, 0)
        self._held: dict[str, int] = {}
        self._shown = dict.fromkeys(self.pins, 0)
        self._supply = False
        self._reset = 1
        self._selected = False
        self._life = 0  # counted up by whatever ends all that is under way

    @property
    def supplied(self) -> bool:
        """Return whether it has supply."""
        return self._supply

    @property
    def running(self) -> bool:
        """Return whether it has supply and is not held in reset."""
        return self._supply and self._reset == 1

    def power(self, on: bool) -> None:
        """Connect or cut the supply; connecting it is a power-on reset."""
        if on == self._supply:
            return
        self._supply = on
        self._die()
        if on and self._reset:
            self.start(cold=True)

    def reset(self, level: int) -> None:
        """Set NRESET: 0 stops everything at once, 1 starts the chip again."""
        level = 1 if level else 0
        if level == self._reset:
            return
        self._reset = level
        self._die()
        if self._supply and level:
            self.start(cold=False)

    def select(self, level: int) -> None:
        """Set NSS: 0 begins a transaction, 1 ends it."""
        selected = not level
        if selected == self._selected:
            return
        self._selected = selected
        if self.running:
            if selected:
                self.begin()
            else:
                self.end()

    def exchange(self, data: bytes) -> bytes:
        """Return what MISO says while these bytes are clocked in."""
        if not self._supply:
            answer = bytes([UNPOWERED]) * len(data)
        elif not (self._reset and self._selected):
            answer = bytes([FLOATING]) * len(data)
        else:
            answer = bytes(self.clock(byte) for byte in data)
        return answer if self.miso is None else bytes([self.miso & 0xFF]) * len(data)

    def hold(self, pin: str, level: int | None) -> None:
        """Short an output to a level, whatever the chip wants; None takes the short away."""
        if level is None:
            self._held.pop(pin, None)
        else:
            self._held[pin] = level
        self._show(pin)

    def level(self, pin: str) -> int:
        """Return what is to be measured at an output."""
        return self._shown[pin]

    # What a model calls.

    def output(self, pin: str, level: int) -> None:
        """Drive an output."""
        self._wanted[pin] = level
        self._show(pin)

    def after(self, delay_us: int, action: Callable[[], None]) -> Event:
        """Run this later, unless supply or reset come in between."""
        life = self._life

        def act() -> None:
            if self._life == life:
                action()

        return self.timeline.at(self.timeline.now_us + max(delay_us, 0), act)

    def _show(self, pin: str) -> None:
        level = self._held.get(pin, self._wanted[pin])
        if level != self._shown[pin]:
            self._shown[pin] = level
            self._drive(pin, level)

    def _die(self) -> None:
        self._life += 1
        self.antenna.stop()
        self.halt()

    # What a model is.

    def start(self, cold: bool) -> None:
        """Come out of reset; `cold` says that the supply was away."""
        raise NotImplementedError

    def halt(self) -> None:
        """Supply or reset went, or came: end everything, and drive the pins as they are then."""
        raise NotImplementedError

    def begin(self) -> None:
        """NSS fell."""
        raise NotImplementedError

    def end(self) -> None:
        """NSS rose."""
        raise NotImplementedError

    def clock(self, byte: int) -> int:
        """Take one byte of MOSI and return that of MISO."""
        raise NotImplementedError
