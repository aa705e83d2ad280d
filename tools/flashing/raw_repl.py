"""MicroPython's raw REPL, by mpremote's transport, with an end to every wait.

    Line      bytes of a port: `receive` waits for some, `read` for so many
    RawRepl   `execute` a script -> what it printed

Place: port -> unlocking, prompt.
Guarantee: nothing is printed here. What mpremote or the port raises is a FlashError: F104 where the
cable is out, F135 where the board says no more, F134 with the board's words where the script fails.

mpremote asks a port for one byte after the other and sleeps 10 ms between two looks, which is what
most of a script's time goes to; so it gets a port here that answers from a buffer.
"""

import re
import time
from collections.abc import Callable
from typing import TypeVar

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from tools.flashing import ports
from tools.flashing.errors import FlashError

BANNER = b"raw REPL; CTRL-B to exit\r\n"
_ANSWER_S = 5.0  # of the board to a byte of the protocol
_SOFT_RESET_S = 15.0
_CTRL_A, _CTRL_B, _CTRL_D = b"\x01", b"\x02", b"\x04"
_NO_SPACE = re.compile(r"OSError: (\[Errno )?28\b")  # ENOSPC, with its name or without

_T = TypeVar("_T")


class Line:
    """A serial port with a buffer; `name` is its path."""

    def __init__(self, port: serial.Serial, name: str):
        self._port = port
        self.name = name
        self._buffer = bytearray()

    def receive(self, wait_s: float) -> bytes:
        """Return what there is, at least a byte unless none comes in so many seconds."""
        if not self._buffer:
            self._fill(wait_s)
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def read(self, size: int) -> bytes:
        """Return so many bytes; TransportError where they do not come."""
        until = time.monotonic() + _ANSWER_S
        while len(self._buffer) < size:
            self._fill_until(until)
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def read_past(self, ending: bytes, wait_s: float) -> bytes:
        """Return everything up to the end of `ending`; TransportError where it does not come."""
        until = time.monotonic() + wait_s
        looked = 0
        while (at := self._buffer.find(ending, looked)) < 0:
            looked = max(0, len(self._buffer) - len(ending) + 1)
            self._fill_until(until)
        data = bytes(self._buffer[: at + len(ending)])
        del self._buffer[: len(data)]
        return data

    def inWaiting(self) -> int:  # noqa: N802 - mpremote's name for it
        """Return how many bytes can be read without waiting."""
        self._fill(0)
        return len(self._buffer)

    def write(self, data: bytes) -> None:
        """Write all of it."""
        self._port.write(data)

    def pulse_reset(self) -> bool:
        """Reset the board; say whether the port can."""
        return ports.pulse_reset(self._port)

    def close(self) -> None:
        """Let go of the port, which resets nothing."""
        ports.let_go(self._port)

    def _fill_until(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0 or not self._fill(left):
            raise TransportError("no answer")

    def _fill(self, wait_s: float) -> bool:
        waiting = self._port.in_waiting
        if not waiting and wait_s > 0:
            self._port.timeout = wait_s
            self._buffer += self._port.read(1)
            waiting = self._port.in_waiting
        if waiting:
            self._buffer += self._port.read(waiting)
        return bool(self._buffer)


class RawRepl(SerialTransport):
    """`settle` first, on a line whose board just said BANNER."""

    def __init__(self, line: Line):
        # Not mpremote's, which opens the port by itself.
        self.line = self.serial = line
        self.in_raw_repl = False
        self.use_raw_paste = True
        self.device_name = line.name
        self.mounted = False
        self.is_pty = False

    def settle(self) -> None:
        """Pass over what was typed before, to a fresh prompt; FlashError where there is none."""
        self._spoken(self._settle)

    def execute(self, script: str, wait_s: float) -> str:
        """Return what a script prints; F134 where it fails, F135 where it takes longer."""
        output, error = self._spoken(lambda: self.exec_raw(script, wait_s))
        if error:
            lines = error.decode(errors="replace").strip().splitlines() or ["?"]
            if _NO_SPACE.match(lines[-1]):
                raise FlashError("F137", port=self.line.name)
            raise FlashError("F134", port=self.line.name, why=lines[-1])
        text: str = output.decode(errors="replace")
        return text

    def begin(self, script: str) -> None:
        """Send a script whose end nobody waits for, as one that resets the board."""
        self._spoken(lambda: self.exec_raw_no_follow(script))
        self.in_raw_repl = False

    def soft_reset(self) -> None:
        """Start MicroPython anew, without main.py."""
        self._spoken(self._soft_reset)

    def quit(self) -> None:
        """Give back the friendly prompt."""
        if self.in_raw_repl:
            self._spoken(self._quit)

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float = _ANSWER_S,
        data_consumer: Callable[[bytes], None] | None = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """Read up to `ending`, in so many seconds altogether; TransportError where they are over.

        mpremote's own lets each byte take so long, and returns what it has.
        """
        return self.line.read_past(ending, timeout)

    def _settle(self) -> None:
        until = time.monotonic() + _ANSWER_S
        while self.line.receive(0.06) and time.monotonic() < until:
            pass
        self.line.write(_CTRL_A)
        self.line.read_past(BANNER, _ANSWER_S)
        self.in_raw_repl = True

    def _soft_reset(self) -> None:
        self.line.read_past(b">", _ANSWER_S)
        self.line.write(_CTRL_D)
        self.line.read_past(b"soft reboot\r\n", _SOFT_RESET_S)
        self.line.read_past(BANNER, _SOFT_RESET_S)

    def _quit(self) -> None:
        self.in_raw_repl = False
        self.line.write(b"\r" + _CTRL_B)
        self.line.read_past(b">>> ", _ANSWER_S)

    def _spoken(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except TransportError as e:
            self.in_raw_repl = False
            raise FlashError("F135", port=self.line.name) from e
        except ports.PORT_ERRORS as e:
            self.in_raw_repl = False
            raise ports.pulled(self.line.name, e) from e
