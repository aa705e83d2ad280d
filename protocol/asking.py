"""One question at a time: which frame waits for its answer, until when, and when the next may ask.

Place: inside NodeSession, which asks with some of its frames; its link says when they left.
Guarantee: an ask in vain is followed by a pause, spread by a quarter, that doubles up to a limit;
an answer makes it four round trips. Times are ticks in ms.
"""

from protocol._compat import ticks_add, ticks_diff


class Asking:
    """`policy` and `jitter` as in NodeSession."""

    def __init__(self, policy, jitter):
        self._policy = policy
        self._jitter = jitter
        self._pause_ms = policy.retry_ms[0]
        self._sent_at = 0
        self.counter = None  # of the frame in flight
        self.deadline = None  # when it is given up
        self.not_before = None  # after an ask in vain: when the next may be
        self.vain = 0  # asks in vain since the last answer

    def state(self, now_ms: int) -> list:
        """Return what has to outlive a sleep: the pause, what is left of the wait, asks in vain."""
        wait_ms = 0 if self.may(now_ms) else ticks_diff(self.not_before, now_ms)
        return [self._pause_ms, wait_ms, self.vain]

    def restore(self, state: list, now_ms: int) -> None:
        """Go on as `state` said."""
        self._pause_ms, wait_ms, self.vain = state
        self.not_before = ticks_add(now_ms, wait_ms)

    def may(self, now_ms: int) -> bool:
        """Say whether the pause after the last ask is over."""
        if self.not_before is not None and ticks_diff(now_ms, self.not_before) >= 0:
            self.not_before = None
        return self.not_before is None

    def asked(self, counter: int, now_ms: int) -> None:
        """A frame that asks goes to the link."""
        self.counter = counter
        self._sent_at = now_ms
        wait_ms = self._pause_ms + self._jitter(self._pause_ms // 4 + 1)
        self.not_before = ticks_add(now_ms, wait_ms)
        self.deadline = ticks_add(now_ms, min(wait_ms, self._policy.answer_ms))

    def sent(self, now_ms: int) -> None:
        """It left the link only now: all that counts from there begins now."""
        if self.counter is not None:
            late_ms = ticks_diff(now_ms, self._sent_at)
            self._sent_at = now_ms
            self.not_before = ticks_add(self.not_before, late_ms)
            self.deadline = ticks_add(self.deadline, late_ms)

    def answered(self, now_ms: int) -> int:
        """Return how long the answer took."""
        round_trip_ms = ticks_diff(now_ms, self._sent_at)
        self.counter = None
        self.deadline = None
        self.not_before = None
        self.vain = 0
        # The path was just seen to work: four round trips are patient enough for the next frame.
        _, least, most = self._policy.retry_ms
        self._pause_ms = min(max(4 * round_trip_ms, least), most)
        return round_trip_ms

    def rest(self, now_ms: int) -> None:
        """Ask nothing for the longest pause."""
        self.not_before = ticks_add(now_ms, self._policy.retry_ms[2])

    def hurry(self) -> None:
        """Forget the pause after asks in vain; not while a frame is in flight."""
        self._pause_ms = self._policy.retry_ms[0]
        self.not_before = None

    def is_in_vain(self, now_ms: int) -> bool:
        """Give the frame in flight up where its time is over, and say so."""
        if self.deadline is None or ticks_diff(now_ms, self.deadline) < 0:
            return False
        self.counter = None
        self.deadline = None
        self.vain += 1
        self._pause_ms = min(2 * self._pause_ms, self._policy.retry_ms[2])
        return True
