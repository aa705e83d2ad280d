"""Messages from the broker, handed over one at a time.

Place: broker -> here -> `on_message` of commands.
Guarantee: at most `_LONGEST` wait; more are dropped and counted. However fast they come, the loop
has time for frames between them.
"""

import asyncio
from collections import deque
from collections.abc import Callable

_LONGEST = 256

OnMessage = Callable[[str, bytes, bool], None]


class Inbox:
    """Calls `on_message(topic, payload, retained)` in order; None: nobody wants any."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_message: OnMessage | None):
        self._loop = loop
        self._on_message = on_message
        self._waiting: deque[tuple[str, bytes, bool]] = deque()
        self.dropped = 0

    def put(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message."""
        if self._on_message is None or len(self._waiting) >= _LONGEST:
            self.dropped += 1
            return
        if not self._waiting:
            self._loop.call_soon(self._hand_over)
        self._waiting.append((topic, payload, retained))

    def _hand_over(self) -> None:
        assert self._on_message is not None  # noqa: S101 - for the type checker: `put` looked
        # One for each turn of the loop: a command is a sync of the disk.
        self._on_message(*self._waiting.popleft())
        if self._waiting:
            self._loop.call_soon(self._hand_over)
