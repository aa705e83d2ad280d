"""Topics that the broker refuses: they are left out for a while, so that only they wait.

Place: broker -> here -> publisher.
Guarantee: bounded. What a refused topic was to get stays on disk, and is offered again.
"""

from gateway.clock import Clock
from gateway.ratelimit import RateLimit

PAUSE_S = 30.0  # some brokers end the connection with each refusal: not more often than that
_MOST = 10_000
_ENDS = 3


class Refusals:
    """`topic in refusals` says whether a topic is left out now."""

    def __init__(self, clock: Clock, limit: RateLimit):
        self._clock = clock
        self._limit = limit
        self._until_s: dict[str, float] = {}
        self._suspect: str | None = None
        self._ends = 0

    def note(self, refused: dict[str, str]) -> None:
        """Leave these topics out from now on; the values say why the broker refused them."""
        now_s = self._clock.monotonic_s()
        if len(self._until_s) > _MOST:
            self._until_s.clear()
        for topic, reason in refused.items():
            self._until_s[topic] = now_s + PAUSE_S
            text = "the broker refuses %s: what it is to get waits on disk"
            self._limit.warning("refused", text, reason or topic)

    def learn(self, refused: dict[str, str], oldest: str | None) -> None:
        """A connection has ended that refused these topics; `oldest` was not acknowledged.

        mosquitto 2.0 may end a connection with a refusal so that its word for it is lost: whoever
        was the first without an acknowledgement at three ends in a row is left out as well.
        """
        if refused or oldest is None or oldest != self._suspect:
            self._suspect, self._ends = oldest, 0
        self._ends += 1
        if self._ends >= _ENDS and oldest is not None:
            refused = {oldest: f"{oldest} by ending the connection"}
        self.note(refused)

    def __contains__(self, topic: object) -> bool:
        until_s = self._until_s.get(str(topic))
        if until_s is None:
            return False
        if self._clock.monotonic_s() < until_s:
            return True
        del self._until_s[str(topic)]
        return False

    def allowed(self, messages: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        """Return the messages without those of refused topics."""
        if not self._until_s:
            return messages
        return [message for message in messages if message[0] not in self]

    @property
    def count(self) -> int:
        """Return how many topics are left out, or are to be tried again."""
        return len(self._until_s)

    def wait_s(self) -> float:
        """Return how long until the next topic may be tried again; 0: one may be now."""
        if not self._until_s:
            return 0.0
        return max(min(self._until_s.values()) - self._clock.monotonic_s(), 0.0)
