"""Topics that the broker refuses: they are left out for a while, so that only they wait.

Place: broker -> here -> publisher, telling.
Guarantee: bounded. What a refused topic was to get stays on disk, and is offered again.
"""

from gateway.clock import Clock
from gateway.ratelimit import RateLimit
from gateway.records import Segment

PAUSE_S = 30.0  # some brokers end the connection with each refusal: not more often than that
_MOST = 10_000
_ENDS = 3
_SHARE = 10  # what was tried in vain comes again after ten times what it took, or later


class Refusals:
    """`left_out` says of which topics nothing is sent now."""

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
            self._limit.warning("refused", text, reason)

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

    def left_out(self) -> set[str]:
        """Return the topics that are left out at this moment."""
        now_s = self._clock.monotonic_s()
        self._until_s = {t: until_s for t, until_s in self._until_s.items() if now_s < until_s}
        return set(self._until_s)

    @property
    def count(self) -> int:
        """Return how many topics were left out when it was last looked."""
        return len(self._until_s)


class Aside:
    """Segments that stay on disk because the broker refused some of them, and when to try again."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self.newest = 0
        self._begun_s: float | None = None
        self._again_s: float | None = None

    def put(self, segments: list[Segment]) -> None:
        """Some of these were refused, or left out."""
        if segments:
            self.newest = max(self.newest, segments[-1].seq)

    def pause(self) -> None:
        """All that was to be tried has been: what is aside waits."""
        if self._again_s is None:
            now_s = self._clock.monotonic_s()
            took_s = 0.0 if self._begun_s is None else now_s - self._begun_s
            self._again_s = now_s + max(PAUSE_S, _SHARE * took_s)

    def take_due(self) -> int:
        """Return up to which segment all that is still there is to be tried now, or 0."""
        now_s = self._clock.monotonic_s()
        if self._again_s is None or now_s < self._again_s:
            return 0
        due = self.newest
        self.newest, self._begun_s, self._again_s = 0, now_s, None
        return due

    def clear(self) -> None:
        """Everything is tried again, as where a connection begins."""
        self.newest, self._begun_s, self._again_s = 0, None, None
