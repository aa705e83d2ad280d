"""Logs a kind of event at most once a minute, with how often it happened since.

Place: wherever bytes from the air or a wire can cause a line of log.
Guarantee: remembers at most `KINDS` kinds, whatever they are named after: beyond that all new ones
share one budget, until old ones have been quiet for a minute.
"""

import logging

from gateway.clock import Clock

KINDS = 256
EVERY_S = 60.0

_REST = "(more kinds than are told apart)"


class RateLimit:
    """One per logger; `kind` separates the budgets."""

    def __init__(self, log: logging.Logger, clock: Clock):
        self._log = log
        self._clock = clock
        self._next: dict[str, float] = {}
        self._muted: dict[str, int] = {}

    def warning(self, kind: str, text: str, *arguments: object) -> None:
        """Log a warning of this kind unless one was logged within the last minute."""
        now = self._clock.monotonic_s()
        if kind not in self._next and len(self._next) >= KINDS:
            self._forget(now)
            if len(self._next) >= KINDS:
                kind = _REST
        if now < self._next.get(kind, 0.0):
            self._muted[kind] = self._muted.get(kind, 0) + 1
            return
        self._next[kind] = now + EVERY_S
        muted = self._muted.pop(kind, 0)
        self._log.warning(text + (f" ({muted} more before)" if muted else ""), *arguments)

    def _forget(self, now: float) -> None:
        """Make room: what may be logged again at once needs no memory, but for what it muted."""
        for kind, until in list(self._next.items()):
            if until <= now and kind != _REST:
                del self._next[kind]
                self._muted.pop(kind, None)
