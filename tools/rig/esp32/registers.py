"""The registers that esptool reads and writes, with the flash behind its controller.

Place: bootloader (READ_REG, WRITE_REG) -> here -> answers of eFuses, and of the flash's own
commands, which esptool sends through the SPI controller where no stub does it.
Guarantee: a register that is not modelled holds what was written to it, 0 before that.

Not modelled: commands of the flash but for its identification, its status and its SFDP tables,
which it does not have.
"""

from tools.rig.esp32.chips import MAGIC_AT, Kind

_GIGADEVICE_GD25Q = 0x40C8  # JEDEC: maker, kind of memory; the capacity is the third byte
_READ_ID = 0x9F
_READ_SFDP = 0x5A
_RUN = 1 << 18  # SPI_CMD: a command of the user


class Registers:
    """Those of one chip with its flash, after a reset."""

    def __init__(self, kind: Kind, mac: bytes, flash_bytes: int):
        self._spi = kind.spi
        self._flash_id = _GIGADEVICE_GD25Q | (flash_bytes.bit_length() - 1) << 16
        self._values = {MAGIC_AT: kind.magic, **kind.fuses(mac)}

    def read(self, address: int) -> int:
        """Return what a register holds."""
        return self._values.get(address, 0)

    def write(self, address: int, value: int, mask: int) -> None:
        """Change the bits of `mask`."""
        self._values[address] = self.read(address) & ~mask | value & mask
        if address == self._spi.command and value & mask & _RUN:
            self._ask_flash(self.read(self._spi.opcode) & 0xFF)
            self._values[address] = 0

    def _ask_flash(self, opcode: int) -> None:
        answers = {_READ_ID: self._flash_id, _READ_SFDP: 0xFFFFFFFF}
        self._values[self._spi.data] = answers.get(opcode, 0)
