"""A DS18B20 on a 1-Wire bus of its own, at the level of its bytes.

Place: bus -> Ds18b20 -> world: "temperature" (degrees C), or another name that it is told.
Guarantee: as part.py. Data sheet: Maxim, DS18B20, 19-7487: ROM and function commands, the memory
map (figure 8: +85 degrees after power-up), 750 ms of conversion at 12 bits (table 2).
Does not model: the search, alarms, resolutions but 12 bits, EEPROM, parasite power, single bits.
"""

from tools.rig.parts.part import OneWirePart, World

CONVERSION_US = 750_000
_POWER_ON = 0x0550
_READ_ROM, _MATCH_ROM, _SKIP_ROM = 0x33, 0x55, 0xCC
_CONVERT, _READ, _WRITE = 0x44, 0xBE, 0x4E
_SCRATCHPAD_WRITES = 3


def crc8(data: bytes) -> int:
    """Return the checksum of figure 11: x^8 + x^5 + x^4 + 1, least significant bit first."""
    crc = 0
    for i in range(8 * len(data)):
        bit = data[i // 8] >> i % 8 & 1
        crc = (crc >> 1) ^ 0x8C if (crc ^ bit) & 1 else crc >> 1
    return crc


class Ds18b20(OneWirePart):
    """`quantity` is the name of what it measures in the world."""

    def __init__(self, world: World, quantity: str = "temperature", serial: int = 0x0316_4F17):
        super().__init__(world)
        self._quantity = quantity
        code = b"\x28" + serial.to_bytes(6, "little")
        self.rom = code + bytes((crc8(code),))
        self._lose()

    def _lose(self) -> None:
        self._register = _POWER_ON
        self._alarms = bytearray(b"\x4b\x46\x7f")
        self._ready_us: int | None = None
        self._begin()

    def _begin(self) -> None:
        self._said = b""
        self._heard = b""
        self._is_addressed = False

    def power(self, on: bool, now_us: int) -> None:
        """Take or lose the supply, and with it the last conversion."""
        super().power(on, now_us)
        self._lose()

    def reset(self, now_us: int) -> bool:
        """Take a reset pulse. A line that somebody holds low looks like a presence pulse."""
        self._begin()
        return self.faults.hang or (self.is_powered and not self.faults.missing)

    def write_byte(self, value: int, now_us: int) -> None:
        """Take a byte: a ROM command first, then a function command, then its data."""
        self._heard += bytes((value,))
        if not self._is_addressed:
            self._address()
        elif len(self._heard) == 1 and value == _CONVERT:
            self._ready_us = now_us + CONVERSION_US
        elif len(self._heard) == 1 and value == _READ:
            self._said = self._scratchpad(now_us)
        elif self._heard[0] == _WRITE and len(self._heard) == 1 + _SCRATCHPAD_WRITES:
            self._alarms[:] = self._heard[1:]

    def _address(self) -> None:
        command = self._heard[0]
        if command == _READ_ROM:
            self._said = self.rom
            self._is_addressed, self._heard = True, b""
        elif command == _SKIP_ROM or self._heard == bytes((_MATCH_ROM,)) + self.rom:
            self._is_addressed, self._heard = True, b""

    def read_byte(self, now_us: int) -> int:
        """Return a byte; the line is high where it has nothing to say."""
        if self.faults.hang:
            return 0x00
        if self.faults.missing or not self.is_powered or not self._said:
            return 0xFF
        value, self._said = self._said[0], self._said[1:]
        return value ^ 0x04 if self.faults.garbage else value

    def _scratchpad(self, now_us: int) -> bytes:
        if self._ready_us is not None and now_us >= self._ready_us:
            if not self.faults.stuck:
                warmth = self.world(self._ready_us / 1e6)[self._quantity]
                self._register = round(min(max(warmth, -55), 125) * 16) & 0xFFFF
            self._ready_us = None
        data = self._register.to_bytes(2, "little") + self._alarms + b"\xff\x0c\x10"
        return data + bytes((crc8(data),))
