"""The socket under paho: acknowledgements are taken out before paho reads them one by one.

Place: TCP or TLS -> here -> paho (everything else) and broker (acknowledgements).
Guarantee: paho sees a stream of whole packets without any PUBACK, in order; `error` keeps why the
connection ended, which paho forgets.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

from gateway.mqtt.packets import Splitter

_CHUNK = 65536
_PING_BYTES = 2
_RECORDS = 32  # of TLS, that are read at once
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)  # Linux


class Wire:
    """What paho calls a SocketLike. `on_acks([(packet identifier, reason code)])`."""

    def __init__(self, connected: socket.socket, on_acks: Callable[[list[tuple[int, int]]], None]):
        self._socket = connected
        self._on_acks = on_acks
        self._splitter = Splitter()
        self.error: str | None = None
        self.sent = 0  # bytes that left for the kernel, pings aside
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes for paho; b"" at the end; BlockingIOError: nothing now."""
        splitter = self._splitter
        if not splitter.rest:
            data = self._checked(self._receive, _CHUNK)
            if not data:
                self.error = self.error or "the broker closed it"
                return b""
            self._ask_for_more()
            self._checked(splitter.feed, data)
            if splitter.acks:
                acks, splitter.acks = splitter.acks, []
                self._on_acks(acks)
            if not splitter.rest:
                raise BlockingIOError
        data = bytes(splitter.rest[:size])
        del splitter.rest[:size]
        return data

    def _receive(self, size: int) -> bytes:
        """Return what is there. TLS hands out one record at a time, and each PUBACK is one."""
        data = self._socket.recv(size)
        if isinstance(self._socket, ssl.SSLSocket):
            with contextlib.suppress(ssl.SSLWantReadError):
                for _ in range(_RECORDS):
                    if len(data) >= size:  # more than that nobody takes at once
                        break
                    data += self._socket.recv(size)
        return data

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Write what the kernel takes; return how many bytes."""
        count: int = self._checked(self._socket.send, data)
        if count > _PING_BYTES:
            self.sent += count
        return count

    def _ask_for_more(self) -> None:
        """Acknowledge in TCP now what was read.

        A broker without TCP_NODELAY (mosquitto, unless it is configured) holds its second PUBACK
        until our kernel has acknowledged the first, which it delays by 40 ms: with mosquitto's
        window of 20 messages that is 450 messages a second. tcp(7): the flag is not permanent.
        """
        if _QUICKACK is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _checked(self, call: Callable[[Any], Any], argument: object) -> Any:
        try:
            return call(argument)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError as e:
            self.error = self.error or e.strerror or str(e)
            raise

    def pending(self) -> int:
        """Return how many bytes can be read though the socket may not be readable.

        TLS keeps none: we always ask for more than a record has (16 KiB; RFC 8446, 5.1).
        """
        return len(self._splitter.rest)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the file descriptor; -1: closed."""
        return self._socket.fileno()

    def setblocking(self, flag: bool) -> None:
        """Set whether calls wait."""
        self._socket.setblocking(flag)
