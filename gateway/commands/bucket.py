"""A bound on how often something may happen: so many at once, and so many a second after that.

Place: under `commands`, for messages that anybody may send who may publish.
Guarantee: a pause gives no more than the burst.
"""

from gateway.clock import Clock


class Bucket:
    """`take` says whether one more may."""

    def __init__(self, clock: Clock, burst: int, per_s: float):
        self._clock = clock
        self._burst = burst
        self._per_s = per_s
        self._tokens = float(burst)
        self._filled_s = clock.monotonic_s()

    def take(self) -> bool:
        """Take one, if there is one."""
        now_s = self._clock.monotonic_s()
        self._tokens = min(self._tokens + (now_s - self._filled_s) * self._per_s, self._burst)
        self._filled_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
