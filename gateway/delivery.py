"""Messages on their way to the broker, to be waited for.

Place: publisher <- here <- broker.
Guarantee: `await` returns only after every message was acknowledged without an error; else it
raises what went wrong. A Delivery that nobody waits for costs nothing and complains about nothing.
"""

import asyncio
from collections.abc import Generator


class RefusedError(Exception):
    """The broker acknowledged a message with an error; the text is its reason."""


class Delivery:
    """So many messages. `await` it, as often as you like: RefusedError, or MqttError if cut off."""

    def __init__(self, messages: int):
        self._done = asyncio.get_running_loop().create_future()
        self.left = messages
        self.refused: dict[str, str] = {}  # topics, and why
        self._reason = ""
        self._look()

    @property
    def done(self) -> bool:
        """Say whether nothing more will come."""
        return self._done.done()

    def acknowledge(self) -> None:
        """One message is with the broker."""
        self.left -= 1
        if not self.left:
            self._look()

    def refuse(self, reason: str, topic: str) -> None:
        """One message will not be taken; the others go on."""
        self.left -= 1
        self.refused[topic] = reason
        self._reason = reason
        if not self.left:
            self._look()

    def fail(self, error: Exception) -> None:
        """Nothing more will come: the connection is gone."""
        if not self._done.done():
            self._done.set_exception(error)
            self._done.exception()  # seen: asyncio logs no exception that nobody waited for

    def _look(self) -> None:
        if self.left or self._done.done():
            return
        if self._reason:
            self.fail(RefusedError(self._reason))
        else:
            self._done.set_result(None)

    def __await__(self) -> Generator[object, None, None]:
        """Wait; a waiter that is cancelled takes nothing back."""
        return asyncio.shield(self._done).__await__()
