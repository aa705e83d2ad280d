"""`onewire` of the virtual board, with the names of MicroPython's own module.

The ESP32 port has the original frozen in; the unix port lacks it, and its pins have no timing that
could carry a 1-Wire bus. So this one stands in for it, byte by byte: what a driver sends and gets
is what it sends and gets there.

Place: driver, ds18x20 -> OneWire -> rig_parts -> the device on the bus.
Guarantee: in a warped world a reset and a byte take the time they take on the wire.

Not modelled: single bits, the search among several devices: `scan` reads the code of the one that
is there (READ ROM, DS18B20 data sheet, "ROM Commands"), which parts have to answer.
"""

from rig_parts import ask, passes, small

_RESET_US = 960  # data sheet, "Initialization": two spans of 480 us at least
_BYTE_US = 560  # eight time slots of 60 us at least, with their recovery
_READ_ROM = 0x33


class OneWireError(Exception):
    """Nobody answered a reset."""


class OneWire:
    """`pin` is a Pin, and may be any."""

    SEARCH_ROM = 0xF0
    MATCH_ROM = 0x55
    SKIP_ROM = 0xCC

    def __init__(self, pin):
        self.pin = pin

    def reset(self, required: bool = False) -> bool:
        """Send a reset; say whether somebody is there. OneWireError where that is required."""
        ask("E", 0, 0, b"", small)
        passes(_RESET_US)
        is_there = bool(small[0])
        if required and not is_there:
            raise OneWireError
        return is_there

    def readbyte(self) -> int:
        """Read a byte."""
        ask("r", 0, 0, b"", small)
        value = small[0]
        passes(_BYTE_US)
        return value

    def readinto(self, buf) -> None:
        """Read as many bytes as fit."""
        for i in range(len(buf)):
            buf[i] = self.readbyte()

    def writebyte(self, value: int) -> None:
        """Write a byte."""
        ask("w", 0, value)
        passes(_BYTE_US)

    def write(self, buf) -> None:
        """Write bytes."""
        for value in buf:
            self.writebyte(value)

    def select_rom(self, rom) -> None:
        """Address one device."""
        self.reset()
        self.writebyte(self.MATCH_ROM)
        self.write(rom)

    def scan(self) -> list:
        """Return the code of the device on the bus in a list, empty where none answers well."""
        if not self.reset():
            return []
        self.writebyte(_READ_ROM)
        rom = bytearray(8)
        self.readinto(rom)
        return [] if self.crc8(rom) or not rom[0] else [rom]

    def crc8(self, data) -> int:
        """Return the checksum of bytes, x^8 + x^5 + x^4 + 1; 0 over data with their checksum."""
        crc = 0
        for value in data:
            crc ^= value
            for _ in range(8):
                crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
        return crc
