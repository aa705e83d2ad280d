"""One connection to the world, whose other end is never waited for.

Place: under BoardLine and ControlLine.
Guarantee: what the other end does not take yet waits here and goes out later (`flush`), in its
order. Who lets more wait than _MOST_BYTES has stopped reading: its line is closed.
"""

import socket

_CHUNK_BYTES = 65536
_MOST_BYTES = 1 << 22  # a report, and what the attacker heard


class Line:
    """`is_open` until either end has closed it, or the other one takes nothing."""

    def __init__(self, connection: socket.socket):
        connection.setblocking(False)
        self._connection = connection
        self._out = bytearray()
        self.is_open = True

    @property
    def has_unsent(self) -> bool:
        """Say whether `flush` has something to do."""
        return self.is_open and bool(self._out)

    def receive(self) -> bytes:
        """Return what has come; at the end of the line, close it."""
        if not self.is_open:
            return b""
        try:
            data = self._connection.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.close()
        return data

    def flush(self) -> None:
        """Write what the other end takes now."""
        if not self.has_unsent:
            return
        try:
            sent = self._connection.send(self._out)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        del self._out[:sent]
        if len(self._out) > _MOST_BYTES:
            self.close()

    def close(self) -> None:
        """Hang up."""
        if self.is_open:
            self.is_open = False
            self._connection.close()
