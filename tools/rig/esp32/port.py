"""The one serial port of a board: MicroPython's console while it runs, else the bootloader's.

    run        host <─ PTY ─> Lane, twice <─ socket pair ─> console of VirtualBoard
    download   host <─ PTY ─> `take`

Place: esptool, mpremote <-> UsbPort <-> VirtualEsp32.
Guarantee: the path stays the same, whatever is behind it. In download mode nothing but programs of
the host holds the port open, so the last one that closes it is noticed: the kernel then lets the
supervisor's end fail with EIO, after all that was sent has been read (pty(7)). Where the next one
has opened it by then, `Openings` tells.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

from tools.rig.esp32.openings import Openings
from tools.rig.lane import Lane
from tools.rig.terminal import HostPort

_CHUNK_BYTES = 1 << 16


class Inlet(HostPort):
    """The console's port of a board whose PTY is somebody else's; `near` is the other end."""

    def __init__(self, link: Path):
        super().__init__(link)
        self._ends: tuple[socket.socket, socket.socket] | None = None

    @property
    def is_open(self) -> bool:
        """Say whether a board has it."""
        return self._ends is not None

    @property
    def near(self) -> int | None:
        """Return the descriptor to pass bytes to and from."""
        return self._ends[0].fileno() if self._ends else None

    def open(self) -> int:
        """Return the board's end."""
        self._ends = socket.socketpair()
        for end in self._ends:
            end.setblocking(False)
        return self._ends[1].fileno()

    def close(self) -> None:
        """Close both ends."""
        for end in self._ends or ():
            end.close()
        self._ends = None


class UsbPort:
    """`plug` it; then `run` or `download`, as often as needed; `unplug` it at the end.

    `hear` gets what the host sends in run mode, and returns what of it travels on; `on_left` is
    called when the host has closed the port in download mode.
    """

    def __init__(
        self, link: Path, hear: Callable[[bytes], bytes], on_left: Callable[[], None]
    ) -> None:
        self._port = HostPort(link)
        self._near: int | None = None
        self._hear = hear
        self._on_left = on_left
        self._take: Callable[[bytes], bytes] | None = None
        self._openings: Openings | None = None
        self._kept = b""  # what the next program said before the bootloader had gone
        self._up = Lane(lambda data: data)
        self._down = Lane(hear)
        self._waiting = bytearray()  # answers of the bootloader, which bounds them

    @property
    def link(self) -> Path:
        """Return the path that programs of the host open."""
        return self._port.link

    @property
    def is_plugged(self) -> bool:
        """Say whether there is a port."""
        return self._near is not None

    def plug(self) -> None:
        """Let the port appear, in run mode without a board."""
        self._near = self._port.open()
        self.run(None)

    def unplug(self) -> None:
        """Let it vanish under whoever has it open; does nothing the second time."""
        self._part()
        self._near = None
        self._port.close()

    def run(self, board: int | None) -> None:
        """Pass bytes between host and board; without one they are heard, and lost."""
        if self._near is None or self._port.terminal is None:
            return
        if self._take:
            self._part()
            self._port.terminal.hold()
            self._port.terminal.forget_input()
        self._up.write_to(self._near)
        self._up.read_from(board)
        self._down.write_to(board)
        if board is not None and self._kept:
            self._down.put(self._hear(self._kept))
            self._kept = b""
        self._down.read_from(self._near)

    def say(self, data: bytes) -> None:
        """Tell the host something, in run mode."""
        self._up.drain()
        self._up.put(data)

    def download(self, take: Callable[[bytes], bytes]) -> None:
        """Let `take` have what the host sends, and answer with what it returns."""
        if self._near is None or self._port.terminal is None:
            return
        self._part()
        self._take = take
        self._port.terminal.release()
        self._kept = b""
        self._openings = Openings(self._port.terminal.path)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._openings.descriptor, self._look)
        loop.add_reader(self._near, self._read)

    def answer(self, data: bytes) -> None:
        """Send something in download mode, sooner or later."""
        if self._take and data:
            self._waiting += data
            self._flush()

    def _part(self) -> None:
        """Let nothing move; what waits is lost."""
        self._listen_no_more()
        self._take = None
        self._waiting.clear()
        for lane in (self._up, self._down):
            lane.read_from(None)
            lane.write_to(None)

    def _listen_no_more(self) -> None:
        """End what download mode listens to; does nothing the second time."""
        loop = asyncio.get_running_loop()
        if self._take and self._near is not None:
            loop.remove_reader(self._near)
            loop.remove_writer(self._near)
        if self._openings:
            loop.remove_reader(self._openings.descriptor)
            self._openings.close()
            self._openings = None

    def _look(self) -> bool:
        """Say whether the host has closed the port, and another program opened it already."""
        is_again = self._openings is not None and self._openings.look()
        if is_again:
            self._listen_no_more()
            self._on_left()
        return is_again

    def _read(self) -> None:
        if self._near is None or self._take is None or self._look():
            return
        try:
            data = os.read(self._near, _CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._listen_no_more()
            self._on_left()
            return
        if self._look():  # it happened just now: these bytes are the next program's
            self._kept = data
        else:
            self.answer(self._take(data))

    def _flush(self) -> None:
        if self._near is None or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        try:
            taken = os.write(self._near, self._waiting)
        except BlockingIOError:
            taken = 0
        except OSError:  # the host has just gone, which `_read` is told too
            taken = len(self._waiting)
        del self._waiting[:taken]
        if self._waiting:
            loop.add_writer(self._near, self._flush)
        else:
            loop.remove_writer(self._near)
