"""What the drivers of sensors on a UART have in common: bytes come in, frames come out.

Place: ports -> UartDriver -> drivers of chips.
Guarantee: never waits; keeps 64 bytes at most. What is no frame is skipped byte by byte, so a good
frame behind garbage is found; a frame that has only begun waits for its end.
"""

from errno import EIO, ETIMEDOUT

from node.drivers.driver import Driver
from protocol._compat import const

_BAUD = const(9600)  # all of them
_MOST = const(64)


class UartDriver(Driver):
    """A chip below says what a frame is, in `_parse`.

    damaged   frames whose checksum did not fit, or lines that are none, since the start
    """

    def __init__(self, ports, uart: int):
        self._uart = ports.uart(uart, _BAUD)
        self._heard = b""
        self._is_noisy = False
        self.damaged = 0

    def _parse(self, heard: bytes) -> tuple:
        """Return (what a frame says or None, bytes that are done with); 0 bytes: wait for more."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Drop what came before now."""
        self._uart.read()
        self._heard = b""
        self._is_noisy = False

    def _listen(self) -> list:
        """Return what the frames that have come say."""
        data = self._uart.read()
        frames = []
        if data:
            self._is_noisy = True
            self._heard += data
            used = 1
            while used:
                frame, used = self._parse(self._heard)
                self._heard = self._heard[used:]
                if frame is not None:
                    frames.append(frame)
            if len(self._heard) > _MOST:
                self.damaged += 1
                self._heard = self._heard[-_MOST:]
        return frames

    def _failure(self) -> OSError:
        """Return what to raise; it tells silence from garbage."""
        name = type(self).__name__
        if self._is_noisy:
            return OSError(EIO, name + " sends garbage: wiring, ground")
        return OSError(ETIMEDOUT, name + " is silent: supply, RX and TX")
