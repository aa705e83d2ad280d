"""What has to be told: results on disk until the broker has them, refusals in memory.

Place: store -> `waiting` -> publisher -> `delivered`.
Guarantee: bounded. Refusals are not worth a sync of the disk each, so that a flood of nonsense
costs none: at most REFUSALS wait, and a restart forgets them.
"""

from collections import deque
from typing import NamedTuple

from gateway.commands.store import Store

AT_ONCE = 100
REFUSALS = 100
MESSAGES = 20_000


class Outgoing(NamedTuple):
    """A message for the broker; `id` is for `delivered`."""

    id: int
    topic: str
    payload: bytes
    retained: bool


class Outbox:
    """Ids below zero are those of refusals."""

    def __init__(self, store: Store):
        self._store = store
        self._refusals: deque[Outgoing] = deque()
        self._next = -1
        self._may_wait = True  # look at the disk only where something may be
        self.dropped = 0

    def news(self) -> None:
        """Something was stored."""
        self._may_wait = True

    def refuse(self, topic: str, payload: bytes) -> None:
        """Tell something without keeping it."""
        if len(self._refusals) >= REFUSALS:
            self.dropped += 1
            return
        self._refusals.append(Outgoing(self._next, topic, payload, False))
        self._next -= 1

    def waiting(self) -> list[Outgoing]:
        """Return the oldest messages; they stay until they are delivered."""
        found = list(self._refusals)
        if self._may_wait:
            stored = self._store.untold(AT_ONCE)
            self._may_wait = bool(stored)
            found += [Outgoing(*row) for row in stored]
        return found

    def delivered(self, ids: list[int]) -> None:
        """Forget what the broker has."""
        gone = set(ids)
        self._refusals = deque(m for m in self._refusals if m.id not in gone)
        if stored := [id_ for id_ in ids if id_ > 0]:
            self._store.told(stored)

    def trim(self) -> None:
        """Drop the oldest beyond the bound; counted."""
        if self._may_wait and self._store.untold_count() > MESSAGES:
            self.dropped += self._store.drop_oldest_messages(MESSAGES)
