"""One cable between the board and the host: two PTYs, joined here, that can be pulled and disturbed.

Place: MicroPython on the slave of one PTY, a person, mpremote or the gateway on the slave of the
other, at a path that stays the same.
Guarantee: the board never blocks on a cable that nobody reads: what does not fit is dropped and
counted in `dropped`. What passed is counted in `bytes_up` and `bytes_down`.
"""

import asyncio
import contextlib
import os
import pty
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Noise(Protocol):
    """What `disturb` takes; see `tools.rig.noise`."""

    def up(self, data: bytes) -> bytes:
        """Return what arrives of bytes from the board."""

    def down(self, data: bytes) -> bytes:
        """Return what arrives of bytes to the board."""


class Wire:
    """`path` is the host's end; `board_fd` is the end that the interpreter inherits.

    `on_up` and `on_down` are told of bytes as they pass, for those who watch.
    """

    def __init__(self, path: Path, on_up: Callable[[bytes], None] | None = None):
        self.path = path
        self.noise: Noise | None = None
        self.bytes_up = 0
        self.bytes_down = 0
        self.dropped = 0
        self.on_up = on_up
        self.on_down: Callable[[bytes], None] | None = None
        self._board_master, self.board_fd = _open_pty()
        self._host: tuple[int, int] | None = None
        asyncio.get_running_loop().add_reader(self._board_master, self._from_board)
        self.plug()

    def plug(self) -> None:
        """Put the plug in: a new port at the same path."""
        if self._host is not None:
            return
        # We keep the slave open too, so that a reader who closes it causes no hangup.
        self._host = _open_pty()
        asyncio.get_running_loop().add_reader(self._host[0], self._from_host)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._host[1]))

    def unplug(self) -> None:
        """Pull the plug: the path is gone, and whoever has it open gets an error."""
        if self._host is None:
            return
        asyncio.get_running_loop().remove_reader(self._host[0])
        self.path.unlink(missing_ok=True)
        for fd in self._host:
            os.close(fd)
        self._host = None

    def close(self) -> None:
        """Take the cable away for good."""
        self.unplug()
        asyncio.get_running_loop().remove_reader(self._board_master)
        os.close(self._board_master)
        os.close(self.board_fd)

    def power_lost(self) -> None:
        """Forget what the board had not read and what it had half written."""
        termios.tcflush(self.board_fd, termios.TCIOFLUSH)

    def write_to_board(self, data: bytes) -> None:
        """Type something into the board, past noise and counters."""
        self._write(self._board_master, data)

    def write_to_host(self, data: bytes) -> None:
        """Print something to the host, past noise and counters."""
        if self._host is not None:
            self._write(self._host[0], data)

    def _from_board(self) -> None:
        data = _read(self._board_master)
        self.bytes_up += len(data)
        if self.noise is not None:
            data = self.noise.up(data)
        if self.on_up is not None:
            self.on_up(data)
        self.write_to_host(data)

    def _from_host(self) -> None:
        if self._host is None:
            return
        data = _read(self._host[0])
        self.bytes_down += len(data)
        if self.noise is not None:
            data = self.noise.down(data)
        if self.on_down is not None:
            self.on_down(data)
        self.write_to_board(data)

    def _write(self, fd: int, data: bytes) -> None:
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < len(data):
                sent += os.write(fd, data[sent:])
        self.dropped += len(data) - sent


def _open_pty() -> tuple[int, int]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 4096)
    except OSError:
        return b""
