"""`machine.Pin`, `SPI` and `SoftSPI`: the wires between the board and what is around it.

Place: firmware -> Pin, SPI -> rig_world -> the radio chip of this board in tools.rig.world; the
pin of a supply and those with pulses -> rig_parts, rig_pulses -> sensors.
Guarantee: a wire that leads nowhere reads what was last written, or where its pull takes it, and a
bus without a world answers 0xFF, as a line that is pulled up does.

Not modelled: drive strength, waking by a pin, the bus' clock and mode, DMA.
"""

import os

import rig_parts
import rig_pulses
from umachine import PinBase

_world = None
if os.getenv("NECKAR_RIG_WORLD"):
    import rig_world as _world

_NO_PIN = 255
_GPIOS = 49  # of an ESP32-S3; an ESP32 has 40
_DEFAULT_PINS = {1: (14, 13, 12), 2: (18, 23, 19)}  # sck, mosi, miso of an ESP32
_bus = None  # the pins of the SPI that used the line to the world last
_levels = bytearray(_GPIOS)  # what was written last


class Pin(PinBase):
    """`id` is the number of a GPIO."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, id: int, mode: int = -1, pull: int = -1, *, value=None, hold=None):
        if not 0 <= id < _GPIOS:
            raise ValueError("invalid pin")
        self.number = id
        self.init(mode, pull, value=value)

    def init(self, mode: int = -1, pull: int = -1, *, value=None) -> None:
        """Set the level, which a pull does as well; the mode changes nothing else here."""
        if value is not None:
            self._set(value)
        elif mode == self.IN and pull in (self.PULL_DOWN, self.PULL_UP):
            _levels[self.number] = pull == self.PULL_UP

    def value(self, level=None):
        """Return the level, or set it."""
        if level is not None:
            return self._set(level)
        if self.number in rig_parts.pulse_pins:
            return rig_pulses.level(self.number)
        wired = _world.level(self.number) if _world else None
        return _levels[self.number] if wired is None else wired

    __call__ = value

    def _set(self, level) -> None:
        level = 1 if level else 0
        _levels[self.number] = level
        if self.number == rig_parts.supply_pin:
            rig_parts.ask("L", self.number, level)
        if _world:
            _world.drive(self.number, level)

    def on(self) -> None:
        """Set the level to 1."""
        self._set(1)

    def off(self) -> None:
        """Set the level to 0."""
        self._set(0)

    def irq(self, handler=None, trigger: int = 3, wake=None) -> None:
        """Call `handler(pin)` when the level changes, soon after it; see rig_pulses for pulses."""
        called = (handler, trigger, self) if handler else None
        if self.number in rig_parts.pulse_pins:
            rig_pulses.handle(self.number, called)
        elif _world:
            _world.handle(self.number, called)


class SPI:
    """`id` is 1 or 2; without pins it takes the ESP32's own for it."""

    MSB = 0
    LSB = 1
    CONTROLLER = 0

    def __init__(self, id: int, baudrate: int = 500000, **settings):
        if id not in _DEFAULT_PINS:
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._pins = _DEFAULT_PINS[id]
        self.init(baudrate, **settings)

    def init(self, baudrate=None, *, sck=None, mosi=None, miso=None, **settings) -> None:
        """Move the bus to other pins; speed and mode change nothing here."""
        given = [None if pin is None else _number_of(pin) for pin in (sck, mosi, miso)]
        self._pins = tuple([self._pins[i] if given[i] is None else given[i] for i in range(3)])

    def deinit(self) -> None:
        """Give the bus back."""

    def write(self, data) -> None:
        """Send bytes."""
        self._transfer(data)

    def write_readinto(self, data, answer) -> None:
        """Send bytes, and take what comes back meanwhile."""
        if len(data) != len(answer):
            raise ValueError("buffers must be the same length")
        self._transfer(data, answer)

    def readinto(self, answer, write: int = 0) -> None:
        """Take as many bytes as fit while `write` is sent."""
        for i in range(len(answer)):
            answer[i] = write
        self._transfer(answer, answer)

    def read(self, count: int, write: int = 0) -> bytes:
        """Return so many bytes."""
        answer = bytearray(count)
        self.readinto(answer, write)
        return bytes(answer)

    def _transfer(self, data, answer=None) -> None:
        global _bus
        if not _world:
            for i in range(len(answer or b"")):
                answer[i] = 0xFF
            return
        if _bus != self._pins:
            _bus = self._pins
            _world.connect_bus(*_bus)
        _world.transfer(data, answer)


class SoftSPI(SPI):
    """A bus that is driven by software, on any pins."""

    def __init__(self, baudrate: int = 500000, *, sck, mosi, miso, **settings):
        self._pins = (_NO_PIN, _NO_PIN, _NO_PIN)
        self.init(baudrate, sck=sck, mosi=mosi, miso=miso)


def _number_of(pin) -> int:
    return pin if isinstance(pin, int) else pin.number
