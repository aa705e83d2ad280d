"""Commands, registers and the data buffer of an SX126x, over SPI.

Place: Sx126x -> Bus -> SPI, CS, BUSY and NRESET.
Guarantee: no command before BUSY is low, and BUSY is not waited for longer than 0.1 s. Nothing is
allocated. An answer stands in `answer` until the next call.
Section numbers: Semtech DS.SX1261-2.W.APP, revision 2.1.
"""

from ._port import const, sleep_ms, sleep_us, ticks_diff, ticks_us
from .errors import RadioError

_READ_REGISTER = const(0x1D)
_WRITE_REGISTER = const(0x0D)
_READ_BUFFER = const(0x1E)
_WRITE_BUFFER = const(0x0E)

# A full calibration takes 3.5 ms (9.2), and the clock of a board up to some 10 ms before that.
_BUSY_US = const(100000)


class Bus:
    """`command` for what has no answer, `ask` for what has one."""

    def __init__(self, spi, cs, busy, reset):
        self.is_up = False
        self.answer = bytearray(8)
        memory = memoryview(self.answer)
        self._views = tuple([memory[:count] for count in range(9)])
        self._spi = spi
        self._cs = cs
        self._busy = busy
        self._reset = reset

    def fail(self, text: str) -> None:
        """Raise; the chip stays in reset until the next start, so that it cannot go on sending."""
        self.is_up = False
        self._reset.value(0)
        raise RadioError(text)

    async def reset_chip(self) -> None:
        """Give the chip a reset pulse of at least 100 us (8.1), and time to come out of it."""
        self.is_up = False
        self._cs.value(1)
        self._reset.value(0)
        await sleep_ms(2)
        self._reset.value(1)
        await sleep_ms(10)
        self.wait()

    def wait(self) -> None:
        """Wait until the chip takes a command (8.3.1)."""
        if not self._busy.value():
            return
        started_us = ticks_us()
        while self._busy.value():
            if ticks_diff(ticks_us(), started_us) > _BUSY_US:
                self.fail("BUSY stays high: check BUSY wire, reset wire and supply of the radio")
            sleep_us(20)

    def is_busy(self) -> bool:
        """Return whether the chip is at work."""
        return bool(self._busy.value())

    def command(self, data) -> None:
        """Send a whole command."""
        self.wait()
        self._cs.value(0)
        self._spi.write(data)
        self._cs.value(1)

    def ask(self, opcode: int, count: int) -> bytearray:
        """Exchange `count` bytes, `opcode` first; 1 is the status, from 2 on is the answer."""
        answer = self.answer
        answer[0] = opcode
        for i in range(1, count):
            answer[i] = 0
        self._exchange(count)
        return answer

    def wake(self) -> None:
        """End a sleep: NSS falls, and BUSY says when the chip is there (9.3)."""
        self._cs.value(0)
        self._spi.write(b"\xc0\x00")  # GetStatus
        self._cs.value(1)
        self.wait()

    def read_register(self, address: int) -> int:
        """Return a register (13.2.2)."""
        answer = self.answer
        answer[0] = _READ_REGISTER
        answer[1] = address >> 8
        answer[2] = address & 0xFF
        answer[3] = answer[4] = 0
        self._exchange(5)
        return answer[4]

    def write_register(self, address: int, value: int) -> None:
        """Set a register (13.2.1)."""
        answer = self.answer
        answer[0] = _WRITE_REGISTER
        answer[1] = address >> 8
        answer[2] = address & 0xFF
        answer[3] = value
        self.command(self._views[4])

    def change_register(self, address: int, mask: int, is_set: bool) -> None:
        """Set or clear some bits of a register."""
        value = self.read_register(address)
        self.write_register(address, value | mask if is_set else value & ~mask)

    def write_buffer(self, frame) -> None:
        """Put a frame at the start of the data buffer (13.2.3)."""
        self.answer[0] = _WRITE_BUFFER
        self.answer[1] = 0
        self.wait()
        self._cs.value(0)
        self._spi.write(self._views[2])
        self._spi.write(frame)
        self._cs.value(1)

    def read_buffer(self, offset: int, buffer) -> None:
        """Fill `buffer` from the data buffer, which is a ring of 256 bytes (13.2.4)."""
        self.answer[0] = _READ_BUFFER
        self.answer[1] = offset
        self.answer[2] = 0
        self.wait()
        self._cs.value(0)
        self._spi.write(self._views[3])
        self._spi.readinto(buffer)
        self._cs.value(1)

    def _exchange(self, count: int) -> None:
        view = self._views[count]
        self.wait()
        self._cs.value(0)
        self._spi.write_readinto(view, view)
        self._cs.value(1)
