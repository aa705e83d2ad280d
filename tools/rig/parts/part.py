"""The faces of virtual sensors: what a bus can ask of them, and how they fail.

Place: board's bus -> `wiring.Parts` -> a part; in tests of drivers, `tests/fakes/buses.py` -> it.
Guarantee: time is a parameter, in microseconds that only grow: a part does what the time since the
last question allows, and the same questions at the same times get the same answers.
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass

# What is measured, as numbers by name, at a time in seconds. Each part says which it reads.
World = Callable[[float], dict[str, float]]

NACK = OSError(errno.ENODEV, "ENODEV")  # nobody acknowledged the address
TIMEOUT = OSError(errno.ETIMEDOUT, "ETIMEDOUT")  # somebody holds the bus


@dataclass
class Faults:
    """What is wrong with a part at the moment; a test or a bench sets it.

    missing  it does not answer at all
    hang     it holds the bus: everything on the bus times out
    garbage  what it says is damaged: checksums do not fit
    stuck    it repeats its last measurement
    """

    missing: bool = False
    hang: bool = False
    garbage: bool = False
    stuck: bool = False


class Part:
    """`world` tells what there is to measure; `faults` may be changed at any time."""

    def __init__(self, world: World):
        self.world = world
        self.faults = Faults()
        self.is_powered = True

    def power(self, on: bool, now_us: int) -> None:
        """Take or lose the supply; with it all state is lost."""
        self.is_powered = on


class I2cPart(Part):
    """A chip on I2C at `address`. OSError (`NACK`) for what it does not acknowledge."""

    address = 0

    def write(self, data: bytes, now_us: int) -> None:
        """Take the bytes of a write transfer; none: is somebody there?"""
        raise NotImplementedError

    def read(self, count: int, now_us: int) -> bytes:
        """Return the bytes of a read transfer."""
        raise NotImplementedError


class UartPart(Part):
    """A sensor on a UART, which may also talk unasked."""

    def write(self, data: bytes, now_us: int) -> None:
        """Take bytes from the board."""

    def read(self, now_us: int) -> bytes:
        """Return all that it has sent since the last call."""
        raise NotImplementedError


class OneWirePart(Part):
    """A device on a 1-Wire bus with one device: what `onewire.OneWire` does on the wire."""

    def reset(self, now_us: int) -> bool:
        """Take a reset pulse; say whether a presence pulse answers."""
        raise NotImplementedError

    def write_byte(self, value: int, now_us: int) -> None:
        """Take a byte."""
        raise NotImplementedError

    def read_byte(self, now_us: int) -> int:
        """Return a byte; 0xFF where nobody pulls the line."""
        raise NotImplementedError


class AnalogPart(Part):
    """A voltage at a pin."""

    def microvolts(self, now_us: int) -> int:
        """Return what the ADC sees at its pin."""
        raise NotImplementedError


class SoundPart(Part):
    """A microphone on I2S: 32-bit little-endian mono frames."""

    def frames(self, count: int, rate_hz: int, now_us: int) -> bytes:
        """Return the next `count` frames; they end at `now_us`."""
        raise NotImplementedError


class PulsePart(Part):
    """A switch that closes to ground."""

    def edges(self, now_us: int) -> int:
        """Return how many falling edges there were since the last call."""
        raise NotImplementedError
