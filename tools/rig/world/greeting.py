"""A connection that has not yet said what it is.

Place: World's socket -> Greeting -> BoardLine or ControlLine, which take the connection over.
Guarantee: nothing behind the first line is read; who says none costs nobody else anything.
"""

import json
import socket
from typing import Any

_MOST_BYTES = 4096


class Greeting:
    """`connection` is the line's; ValueError for a hello that is none."""

    def __init__(self, connection: socket.socket):
        connection.setblocking(False)
        self.connection = connection
        self._line = b""

    def read(self) -> dict[str, Any] | None:
        """Return the hello once all of it is here."""
        try:
            data = self.connection.recv(_MOST_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        head, newline, _ = data.partition(b"\n")
        self._line += self.connection.recv(len(head) + len(newline)) if data else b""
        if newline:
            hello = _decoded(self._line)
            if isinstance(hello, dict):
                return hello
        if newline or not data or len(self._line) > _MOST_BYTES:
            raise ValueError("no hello")
        return None


def _decoded(line: bytes) -> Any:
    try:
        return json.loads(line)
    except RecursionError as e:
        raise ValueError("too deep") from e
