"""Tells systemd how the gateway is: ready, ending, in words, and alive.

Place: app -> datagrams -> the socket that $NOTIFY_SOCKET names (sd_notify(3)).
Guarantee: never raises and never blocks; silent where nobody listens. There is no timer: `alive` is
called where the pipeline moved, so a pipeline that stands still lets the watchdog bite.
"""

import socket
from collections.abc import Mapping

from gateway.clock import Clock


class Notifier:
    """Made once from the process's environment; then `ready`, `alive` often, and `stopping`."""

    def __init__(self, environ: Mapping[str, str], clock: Clock):
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._clock = clock
        self._every_s = _watchdog_s(environ) / 4
        self._next_s = 0.0

    @property
    def is_watched(self) -> bool:
        """Whether systemd waits for signs of life."""
        return self._address is not None and self._every_s > 0

    def ready(self) -> None:
        """Say that frames are taken and stored from now on."""
        self._send(b"READY=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send(b"STOPPING=1")

    def status(self, text: str) -> None:
        """Show one line in `systemctl status`."""
        self._send(b"STATUS=" + " ".join(text.split()).encode())

    def alive(self) -> None:
        """Say that the pipeline moved; sent at most each quarter of the watchdog's time."""
        now_s = self._clock.monotonic_s()
        if self.is_watched and now_s >= self._next_s:
            self._next_s = now_s + self._every_s
            self._send(b"WATCHDOG=1")

    def _send(self, message: bytes) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto(message, self._address)
        except OSError:  # nobody listens any more, or too slowly: the next one may be heard
            return


def _address(named: str) -> str | None:
    """Return what to send to; `@` at the front means Linux's abstract names."""
    if named.startswith("/"):
        return named
    return "\0" + named[1:] if named.startswith("@") and len(named) > 1 else None


def _watchdog_s(environ: Mapping[str, str]) -> float:
    """Return the time in which systemd wants a sign of life, in seconds; 0.0 for none."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1_000_000 if microseconds.isdecimal() else 0.0
