"""The buffer of a board's UART, between a sensor that talks and a program that reads now and then.

Place: UartPart -> Receiver -> `wiring.Parts` -> the board.
Guarantee: holds what came first. ESP-IDF (components/driver/uart.c, `uart_rx_intr_handler_default`)
stops to empty the chip's FIFO while its ring buffer is full, and resets the FIFO when that
overflows: what comes later is lost, and a program that did not read for long finds old bytes. Bytes
that come before the UART is set up are lost too.

Not modelled: the 128 bytes of the FIFO behind the ring buffer, the baud rate.
"""

from tools.rig.parts.part import Part, UartPart


class Receiver:
    """`lost` counts the bytes that found no room since the board has the part."""

    def __init__(self, part: UartPart):
        self.part = part
        self.lost = 0
        self._waiting = b""
        self._size: int | None = None

    def close(self) -> None:
        """Forget everything: the program that read here has ended."""
        self._waiting = b""
        self._size = None

    def open(self, size: int, now_us: int) -> None:
        """Hold up to `size` bytes from now on."""
        if self._size is None:
            self._heard(now_us)
        self._size = size

    def count(self, now_us: int) -> int:
        """Return how many bytes wait."""
        came = self._waiting + self._heard(now_us)
        self._waiting = came[: self._size or 0]
        self.lost += len(came) - len(self._waiting)
        return len(self._waiting)

    def take(self, count: int, now_us: int) -> bytes:
        """Return up to `count` bytes, the oldest first."""
        self.count(now_us)
        data, self._waiting = self._waiting[:count], self._waiting[count:]
        return data

    def _heard(self, now_us: int) -> bytes:
        return self.part.read(now_us) if is_alive(self.part) else b""


def is_alive(part: Part) -> bool:
    """Say whether a part answers at all."""
    return part.is_powered and not part.faults.missing
