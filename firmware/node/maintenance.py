"""Somebody is working on the node: what it measures meanwhile is marked, for a time that ends.

Place: commands -> `begin`; the sampler asks `is_on` for each sample.
Guarantee: it survives restarts and deep sleep, and ends by itself. A node that does not know the
time after a restart counts the whole period again until it does: rather marked too long.

    /state/maintenance   end and length, in seconds of unix time; end 0: the time was not known
"""

from node import files
from protocol._compat import const

_PATH = "/state/maintenance"
_MOST_MINUTES = const(65535)  # as a command can say it


class Maintenance:
    """`clock` is the node's."""

    def __init__(self, clock):
        self._clock = clock
        self._from_s = self._uptime_s()
        self._end_s = self._span_s = 0
        try:
            end, span = [int(word) for word in (files.read_bytes(_PATH) or b"0 0").split()]
        except ValueError:
            return  # a damaged file marks nothing
        if end >= 0 and 0 <= span <= 60 * _MOST_MINUTES:
            self._end_s, self._span_s = end, span

    def begin(self, minutes: int) -> None:
        """Mark for so long from now on; 0 ends it. OSError where flash does not keep it."""
        self._from_s = self._uptime_s()
        self._span_s = 60 * minutes
        self._end_s = self._now_s() + self._span_s if self._clock.is_set else 0
        if minutes:
            self._store()
        else:
            files.remove(_PATH)

    def is_on(self) -> bool:
        """Say whether samples are to be marked now."""
        return self.left_s() > 0

    def left_s(self) -> int:
        """Return for how many seconds more."""
        if not self._span_s:
            return 0
        left_s = self._span_s - (self._uptime_s() - self._from_s)
        if self._clock.is_set:
            # The same where the gateway's clock went back: it must not last for years.
            if not self._end_s or self._end_s - self._now_s() > self._span_s:
                self._end_s = self._now_s() + left_s
                try:
                    self._store()
                except OSError:
                    pass  # only a restart would begin to count again
            left_s = self._end_s - self._now_s()
        if left_s <= 0:
            self.begin(0)
        return max(left_s, 0)

    def _store(self) -> None:
        files.write_atomic(_PATH, b"%d %d" % (self._end_s, self._span_s))

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000

    def _uptime_s(self) -> int:
        return self._clock.uptime_ms() // 1000
