"""Listens to what a board says by itself, and after a reset where that is allowed.

Place: the serial port -> `hear` -> Heard.
Guarantee: every wait has an end, and a board that never stops talking is cut off. Nothing is sent
but one line end, and that only to a board that said nothing; the reset line is pulsed only where
`may_reset` says so. A port that vanishes meanwhile is told, not raised.

74880 baud is what the ROM's 115200 become where the crystal has 26 MHz instead of 40 (ESP8266:
esptool, "Boot Mode Selection", boot log).
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import serial

from tools.flashing import ports
from tools.flashing.doctor.bootlog import is_garbage, read
from tools.flashing.doctor.facts import Heard

SLOW_BAUD = 74880
_MOST_BYTES = 64 * 1024
_READ_S = 0.05


class Patience(NamedTuple):
    """Seconds: for what comes by itself, first and later, after a reset, after a line end, at the
    other speed.
    """

    alone: float = 2.0
    again: float = 1.2  # a chip with a bad image says so once a second at least
    after_reset: float = 3.5
    after_line: float = 0.6
    slow: float = 1.5


def hear(
    path: str,
    may_reset: bool,
    patience: Patience = Patience(),  # noqa: B008 - it cannot be changed
    clock: Callable[[], float] = time.monotonic,
    open_port: Callable[[str], serial.Serial] = ports.opened,
) -> Heard:
    """Return what was heard; FlashError F101 to F105 where the port cannot be opened."""
    port = open_port(path)
    try:
        listener = _Listener(port, clock)
        began = clock()
        was_reset = False
        data = listener.listen(patience.alone)
        if may_reset and not read(data).resets:
            was_reset = listener.reset()
            data += listener.listen(patience.after_reset if was_reset else 0.0)
        echo = b"" if data else listener.answer(b"\r", patience.after_line)
        slow = b""
        if is_garbage(data) and not Heard(data).is_modem:
            slow = listener.at(SLOW_BAUD, patience.slow, may_reset)
        seconds = clock() - began
    finally:
        ports.let_go(port)
    return Heard(data, echo, slow, seconds, was_reset, listener.is_lost)


class _Listener:
    """Around one open port; `is_lost` when it vanished."""

    def __init__(self, port: serial.Serial, clock: Callable[[], float]):
        self._port = port
        self._clock = clock
        self.is_lost = False
        port.timeout = _READ_S

    def listen(self, seconds: float) -> bytes:
        """Return what comes within a time."""
        data = bytearray()
        until = self._clock() + seconds
        while not self.is_lost and self._clock() < until and len(data) < _MOST_BYTES:
            try:
                data += self._port.read(max(1, self._port.in_waiting))
            except ports.PORT_ERRORS:
                self.is_lost = True
        return bytes(data)

    def answer(self, line: bytes, seconds: float) -> bytes:
        """Return what comes after a line that is sent."""
        if self.is_lost:
            return b""
        try:
            self._port.write(line)
        except ports.PORT_ERRORS:
            self.is_lost = True
        return self.listen(seconds)

    def reset(self) -> bool:
        """Reset the board into its program; False where this port has no line for that."""
        try:
            return ports.pulse_reset(self._port)
        except ports.PORT_ERRORS:
            self.is_lost = True
            return False

    def at(self, baud: int, seconds: float, may_reset: bool) -> bytes:
        """Return what comes at another speed."""
        if self.is_lost:
            return b""
        try:
            self._port.baudrate = baud
        except (OSError, ValueError, NotImplementedError):
            return b""  # this computer cannot do it
        if may_reset:
            self.reset()
        return self.listen(seconds)
