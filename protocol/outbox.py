"""Messages that a node says of itself, beside its samples: once, or until they are answered.

Place: inside NodeSession; health, commands and crash digests put messages here.
Guarantee: at most QUEUE_LIMIT wait; a full outbox drops its oldest and counts. A command is handed
on once; where its Result did not arrive, that is said again.
"""

from binascii import hexlify, unhexlify

from protocol import messages
from protocol._compat import const
from protocol.fields import RESULT
from protocol.session import QUEUE_LIMIT

_ASLEEP_BYTES = const(200)  # of plaintext that a state may hold: a node has little memory asleep


class Outbox:
    """`take` what goes out, then `answered` or `rewind`."""

    def __init__(self):
        self._queue = []  # (kind or None, plain, is it repeated until it is answered)
        self._in_flight = None  # the item that waits for its answer
        self._command = None  # number of the last command, and what came of it
        self._result = None
        self.asks = False  # the next message asks, though it is said only once
        self.dropped = 0

    def put(self, message) -> None:
        """Queue a message, or raise ValueError where it cannot be sent."""
        kind = messages.kind_of(message)
        item = (kind, messages.encode(message), messages.is_repeated(message))
        if kind == RESULT and message.number == self._command:
            self._result = message
        if len(self._queue) >= QUEUE_LIMIT:
            self._queue.pop(0)
            self.dropped += 1
        self._queue.append(item)

    def is_due(self, may_ask: bool) -> bool:
        """Say whether the oldest may go out; what is repeated has to ask."""
        return bool(self._queue) and (may_ask or not self._queue[0][2])

    def take(self) -> tuple:
        """Return (plaintext, does it ask) of the oldest, which goes out now."""
        item = self._queue.pop(0)
        self._in_flight = item if item[2] else None
        asks = item[2] or self.asks
        self.asks = False
        return item[1], asks

    def answered(self) -> None:
        """The frame in flight was answered."""
        self._in_flight = None

    def rewind(self) -> None:
        """The frame in flight was not answered: it is due again."""
        if self._in_flight is not None:
            self._queue.insert(0, self._in_flight)
            self._in_flight = None

    def holds(self, kind: int) -> bool:
        """Say whether a message of a kind waits to go out, or for its answer."""
        items = self._queue + ([self._in_flight] if self._in_flight else [])
        return any(item[0] == kind for item in items)

    def is_new(self, command) -> bool:
        """Take note of a command; False where it was handed on before."""
        if command.number == self._command:
            if self._result is not None:
                self.put(self._result)
            return False
        self.resume(command.number, None)
        return True

    def resume(self, number: int, result) -> None:
        """Take this as the last command, with its Result where there is one."""
        self._command = number
        self._result = result

    def state(self) -> list:
        """Return what has to outlive a sleep: numbers and text."""
        self.rewind()
        kept = []
        room = _ASLEEP_BYTES
        for kind, plain, repeated in self._queue:
            room -= len(plain)
            if room >= 0:
                kept.append([kind, hexlify(plain).decode(), repeated])
        self.dropped += len(self._queue) - len(kept)
        return [kept, self.dropped]

    def restore(self, state: list) -> None:
        """Go on as `state` said."""
        self._queue = [(kind, unhexlify(plain), repeated) for kind, plain, repeated in state[0]]
        self.dropped = state[1]
