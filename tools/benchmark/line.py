"""The node's end of a serial cable: a PTY, written and read without waiting.

Place: sending -> Line -> gateway's port, acks back.
Guarantee: bytes leave in order; what the port does not take yet waits here.
"""

import os
import pty
import select
import time
import tty
from pathlib import Path

from protocol.stream import RecordReader

_CHUNK = 65536


class Line:
    """A PTY whose other end is the port behind `link`."""

    def __init__(self, link: Path):
        # The port's own descriptor stays open, so that no reader causes a hangup by going.
        self.fd, self._port_fd = pty.openpty()
        tty.setraw(self._port_fd)
        os.set_blocking(self.fd, False)
        link.symlink_to(os.ttyname(self._port_fd))
        self.out = bytearray()
        self._reader = RecordReader()

    def read(self) -> list[bytes]:
        """Return the frames that came; select said that there are bytes."""
        return self._reader.feed(os.read(self.fd, _CHUNK))

    def write(self) -> None:
        """Write as much as the port takes."""
        try:
            sent = os.write(self.fd, bytes(self.out[:_CHUNK]))
        except BlockingIOError:
            return
        del self.out[:sent]

    def close(self) -> None:
        """Let both ends go."""
        os.close(self.fd)
        os.close(self._port_fd)

    def flush(self) -> int:
        """Write everything; return the time of the last byte in ns."""
        while self.out:
            select.select([], [self.fd], [])
            self.write()
        return time.monotonic_ns()


def exchange(lines: list[Line], timeout_s: float) -> list[bytes]:
    """Move bytes both ways as soon as either is possible; return the frames that came."""
    wanted = [line for line in lines if line.out]
    fds = {line.fd: line for line in lines}
    readable, writable, _ = select.select(fds, [line.fd for line in wanted], [], timeout_s)
    for fd in writable:
        fds[fd].write()
    return [frame for fd in readable for frame in fds[fd].read()]
