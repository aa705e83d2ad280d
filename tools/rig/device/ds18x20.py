"""`ds18x20` of the virtual board, with the names of MicroPython's own module.

The ESP32 port has the original frozen in, the unix port lacks it: this one stands in for it, with
the same bytes on the wire in the same order, and the same errors.

Place: driver -> DS18X20 -> onewire -> the device on the bus.
Guarantee: a scratchpad whose checksum does not fit is never returned: it raises Exception, as the
original's does.

Not modelled: the DS1820 and DS18S20, whose scratchpad is another.
"""

_FAMILIES = (0x22, 0x28)
_CONVERT = 0x44  # DS18B20 data sheet, "Function Commands"
_READ_SCRATCHPAD = 0xBE
_WRITE_SCRATCHPAD = 0x4E
_SCRATCHPAD_BYTES = 9


class DS18X20:
    """`onewire` is the bus."""

    def __init__(self, onewire):
        self.ow = onewire
        self.buf = bytearray(_SCRATCHPAD_BYTES)

    def scan(self) -> list:
        """Return the codes of all thermometers that this module reads."""
        return [rom for rom in self.ow.scan() if rom[0] in _FAMILIES]

    def convert_temp(self) -> None:
        """Let all thermometers measure."""
        self.ow.reset(True)
        self.ow.writebyte(self.ow.SKIP_ROM)
        self.ow.writebyte(_CONVERT)

    def read_scratch(self, rom):
        """Return the nine bytes of a thermometer's memory, in a buffer that is used again."""
        self._ask(rom, _READ_SCRATCHPAD)
        self.ow.readinto(self.buf)
        if self.ow.crc8(self.buf):
            raise Exception("CRC error")
        return self.buf

    def write_scratch(self, rom, buf) -> None:
        """Set alarm limits and configuration, three bytes."""
        self._ask(rom, _WRITE_SCRATCHPAD)
        self.ow.write(buf)

    def read_temp(self, rom) -> float:
        """Return degrees Celsius."""
        scratch = self.read_scratch(rom)
        raw = scratch[1] << 8 | scratch[0]
        return (raw - 65536 if raw & 0x8000 else raw) / 16

    def _ask(self, rom, command: int) -> None:
        self.ow.reset(True)
        self.ow.select_rom(rom)
        self.ow.writebyte(command)
