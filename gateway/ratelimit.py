"""Logs a kind of event at most once a minute, with how often it happened since.

Place: wherever bytes from the air or a wire can cause a line of log.
"""

import logging

from gateway.clock import Clock

_EVERY_S = 60.0


class RateLimit:
    """One per logger; `kind` separates the budgets. Kinds are ours, never from a frame."""

    def __init__(self, log: logging.Logger, clock: Clock):
        self._log = log
        self._clock = clock
        self._next: dict[str, float] = {}
        self._muted: dict[str, int] = {}

    def warning(self, kind: str, text: str, *arguments: object) -> None:
        """Log a warning of this kind unless one was logged within the last minute."""
        now = self._clock.monotonic_s()
        if now < self._next.get(kind, 0.0):
            self._muted[kind] = self._muted.get(kind, 0) + 1
            return
        self._next[kind] = now + _EVERY_S
        muted = self._muted.pop(kind, 0)
        self._log.warning(text + (f" ({muted} more before)" if muted else ""), *arguments)
