"""The node's time: an uptime that never wraps, and the gateway's time once it was told.

Place: everybody on the node asks here; `uplink` sets it from acks.
Guarantee: `uptime_ms` only grows, across the wrap of `ticks_ms` after 12.4 days, as long as it is
asked at least every six days. Before the first `set` there is no unix time, and none is guessed.
"""

from protocol._compat import const, ticks_diff

_DRIFT = const(10000)  # one part in so many, 100 ppm: twice what a crystal is sold for


def accuracy_s(span_s: int) -> int:
    """Return how far off a time may be that was counted over `span_s` seconds."""
    return 1 + abs(span_s) // _DRIFT


class Clock:
    """`ticks_ms` is the runtime's wrapping millisecond counter."""

    def __init__(self, ticks_ms):
        self._ticks_ms = ticks_ms
        self._last = ticks_ms()
        self._uptime_ms = 0
        self._offset_ms = None
        self._set_at_ms = 0

    def ticks(self) -> int:
        """Return the wrapping ticks, for deadlines."""
        return self._ticks_ms()

    def uptime_ms(self) -> int:
        """Return milliseconds since this object was made."""
        now = self._ticks_ms()
        self._uptime_ms += ticks_diff(now, self._last)
        self._last = now
        return self._uptime_ms

    @property
    def is_set(self) -> bool:
        """Say whether the gateway told the time since power-up."""
        return self._offset_ms is not None

    def set(self, unix_ms: int) -> None:
        """Take over the gateway's time."""
        self._set_at_ms = self.uptime_ms()
        self._offset_ms = unix_ms - self._set_at_ms

    @property
    def set_at_s(self) -> int:
        """Return the uptime at which the clock was set last."""
        return self._set_at_ms // 1000

    def accuracy_s(self) -> int:
        """Return how far off the unix time may be by now."""
        return accuracy_s(self.uptime_ms() // 1000 - self.set_at_s)

    def now_ms(self) -> int:
        """Return unix time in ms once set, uptime before."""
        return self.uptime_ms() + (self._offset_ms or 0)

    def boot_s(self) -> int:
        """Return the unix second of power-up; only once set."""
        return (self._offset_ms + 500) // 1000
