"""Registers and the FIFO of an SX127x, over SPI.

Place: Sx127x -> Bus -> SPI, CS and NRESET.
Guarantee: nothing is allocated.
Section numbers: Semtech SX1276/77/78/79 data sheet, revision 7.
"""

from ._port import const, sleep_ms
from .errors import RadioError

_WRITE = const(0x80)


class Bus:
    """`read` and `write` one register each (4.3); `read_fifo`, `write_fifo` a whole frame."""

    def __init__(self, spi, cs, reset):
        self.is_up = False
        self._bytes = bytearray(2)
        self._head = memoryview(self._bytes)[:1]
        self._spi = spi
        self._cs = cs
        self._reset = reset

    def fail(self, text: str) -> None:
        """Raise; the chip stays in reset until the next start, so that it cannot go on sending."""
        self.is_up = False
        self._reset.value(0)
        raise RadioError(text)

    async def reset_chip(self) -> None:
        """Give the chip a reset pulse of at least 100 us, and its 5 ms after it (7.2.2)."""
        self.is_up = False
        self._cs.value(1)
        self._reset.value(0)
        await sleep_ms(2)
        self._reset.value(1)
        await sleep_ms(10)

    def read(self, register: int) -> int:
        """Return a register."""
        self._bytes[0] = register
        self._bytes[1] = 0
        self._cs.value(0)
        self._spi.write_readinto(self._bytes, self._bytes)
        self._cs.value(1)
        return self._bytes[1]

    def write(self, register: int, value: int) -> None:
        """Set a register."""
        self._bytes[0] = register | _WRITE
        self._bytes[1] = value
        self._cs.value(0)
        self._spi.write(self._bytes)
        self._cs.value(1)

    def write_fifo(self, frame) -> None:
        """Put a frame where the FIFO's pointer is."""
        self._bytes[0] = _WRITE  # register 0 is the FIFO
        self._cs.value(0)
        self._spi.write(self._head)
        self._spi.write(frame)
        self._cs.value(1)

    def read_fifo(self, buffer) -> None:
        """Fill `buffer` from where the FIFO's pointer is; the FIFO is a ring of 256 bytes."""
        self._bytes[0] = 0
        self._cs.value(0)
        self._spi.write(self._head)
        self._spi.readinto(buffer)
        self._cs.value(1)
