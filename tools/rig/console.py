"""The board's USB port: the REPL's bytes, as an ESP32's serial driver would pass them.

    host's terminal -> Ctrl-C and mode -> interpreter's terminal      (while the board is up)
    host's terminal <-    line ends    <- interpreter's terminal

Place: person, mpremote <-> Console <-> interpreter.
Guarantee: before the board said that it is ready, no byte of the host reaches the interpreter; what
was typed meanwhile waits, and what was typed to a board without power is lost.
"""

import re
from collections.abc import Callable
from pathlib import Path

from tools.rig.lane import Lane
from tools.rig.process import Process
from tools.rig.terminal import HostPort, Terminal

_CTRL_A = b"\x01"  # raw REPL
_CTRL_B = b"\x02"  # friendly REPL
_CTRL_C = b"\x03"
_REMOTE_COMMAND = 0x18  # begins a binary command of `mpremote mount`


class Console:
    """`open` it first, for a board without power; `on_output` gets what the board writes.

    `is_raw` is the mode of the REPL, which survives a soft reset.
    """

    def __init__(self, port: HostPort, on_output: Callable[[bytes], None]):
        self._on_output = on_output
        self._port = port
        self._host: int | None = None
        self._terminal: Terminal  # from `open` on
        self._process: Process | None = None
        self._up = Lane(self._from_board)
        self._down = Lane(self._from_host)
        self._line_ends = _LineEnds()
        self.is_raw = False

    @property
    def link(self) -> Path:
        """Return the stable path of the host's end."""
        return self._port.link

    @property
    def terminal(self) -> str:
        """Return the path of the interpreter's end."""
        return self._terminal.path

    def open(self) -> None:
        """Make both terminals."""
        self._host = self._port.open()
        self._terminal = Terminal()
        self._up.write_to(self._host)
        self._up.read_from(self._terminal.near)
        self.mute()

    def close(self) -> None:
        """Make the port vanish; does nothing when it is not there."""
        if not self._port.is_open:
            return
        for lane in (self._up, self._down):
            lane.read_from(None)
            lane.write_to(None)
        self._host = None
        self._port.close()
        self._terminal.close()

    def mute(self) -> None:
        """Lose what is typed: the board has no power."""
        self._process = None
        self._down.write_to(None)
        self._down.read_from(self._host)

    def hold(self, is_soft: bool) -> None:
        """Let what is typed wait: the board boots, after a soft reset or another."""
        self._process = None
        self._down.write_to(None)
        self._down.read_from(None)
        if not is_soft:
            self.is_raw = False
            self._terminal.forget_input()

    def attach(self, process: Process) -> None:
        """Pass on what is typed: the board is ready."""
        self._process = process
        self._down.write_to(self._terminal.near)
        if self.is_raw:
            self._down.put(_CTRL_A)
        self._down.read_from(self._host)

    def say(self, text: str) -> None:
        """Write a line as the board's firmware would."""
        self._up.drain()
        line = text.encode() + b"\r\n"
        self._on_output(line)
        self._up.put(line)

    def _from_board(self, data: bytes) -> bytes:
        if not self.is_raw:
            data = self._line_ends.complete(data)
        self._on_output(data)
        return data

    def _from_host(self, data: bytes) -> bytes:
        self._line_ends.is_binary = False
        raw, friendly = data.rfind(_CTRL_A), data.rfind(_CTRL_B)
        if raw != friendly:
            self.is_raw = raw > friendly
        if _CTRL_C in data and self._process and self._process.interrupt():
            return data.replace(_CTRL_C, b"")
        return data


class _LineEnds:
    r"""Makes `\n` the `\r\n` that a device prints.

    Only for people: in the raw REPL and between a command of `mpremote mount` and its answer, bytes
    are data.
    """

    def __init__(self) -> None:
        self.is_binary = False
        self._return = b""

    def complete(self, data: bytes) -> bytes:
        self.is_binary = self.is_binary or _REMOTE_COMMAND in data
        if self.is_binary:
            return data
        before = self._return
        self._return = data[-1:] if data.endswith(b"\r") else b""
        return re.sub(rb"(?<!\r)\n", b"\r\n", before + data)[len(before) :]
