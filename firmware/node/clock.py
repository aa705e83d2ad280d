"""The node's time: an uptime that never wraps, and the gateway's time once it was told.

Place: everybody on the node asks here; `uplink` sets it from acks.
Guarantee: `uptime_ms` only grows, across the wrap of `ticks_ms` after 12.4 days, as long as it is
asked at least every six days, and over deep sleeps (`asleep`, `awake`). Before the first `set`
there is no unix time, and none is guessed.

In deep sleep the chip counts with an RC oscillator of 150 kHz, which is some percent off and moves
with the temperature (ESP32 data sheet 4.1.3 has no figure; 1 to 5 % are measured by others). How
far off it is shows whenever the gateway tells the time: half of that is taken over.
"""

from protocol._compat import const, ticks_diff

_DRIFT = const(10000)  # one part in so many, 100 ppm: twice what a crystal is sold for
_RC_DRIFT = const(25)  # 4 %: an RC oscillator of which nobody knows how fast it is
_LEARNED_DRIFT = const(250)  # 0.4 %: one that was held against the gateway's time, in the sun
_MOST_RATE = const(60000)  # millionths: beyond that it is not the oscillator
_LEAST_SLEPT_MS = const(600000)  # of a shorter sleep the rate cannot be told
_MOST_SLEEP_MS = const(90000000)  # 25 hours: nobody sleeps longer, so the counter was lost
_LEAST_SHARE = const(16)  # of a sleep 15/16 have passed for certain


def accuracy_s(span_s: int) -> int:
    """Return how far off a time may be that was counted over `span_s` seconds by a crystal."""
    return 1 + abs(span_s) // _DRIFT


class Clock:
    """`ticks_ms` is the runtime's wrapping millisecond counter."""

    def __init__(self, ticks_ms):
        self._ticks_ms = ticks_ms
        self._last = ticks_ms()
        self._uptime_ms = 0
        self._offset_ms = None
        self._set_at_ms = 0
        self._slept_ms = 0  # in all
        self._slept_at_set_ms = 0
        self._rate = 0  # millionths that a sleep lasts longer than the oscillator says
        self._is_learned = False

    def ticks(self) -> int:
        """Return the wrapping ticks, for deadlines."""
        return self._ticks_ms()

    def uptime_ms(self) -> int:
        """Return milliseconds since this object was made, or the first of those that slept."""
        now = self._ticks_ms()
        self._uptime_ms += ticks_diff(now, self._last)
        self._last = now
        return self._uptime_ms

    def least_s(self) -> int:
        """Return seconds that never run fast, for the duty cycle: of a sleep the least."""
        return (self.uptime_ms() - self._slept_ms // _LEAST_SHARE) // 1000

    @property
    def is_set(self) -> bool:
        """Say whether the gateway told the time since power-up."""
        return self._offset_ms is not None

    def set(self, unix_ms: int) -> None:
        """Take over the gateway's time."""
        uptime_ms = self.uptime_ms()
        slept_ms = self._slept_ms - self._slept_at_set_ms
        if self.is_set and slept_ms >= _LEAST_SLEPT_MS:
            self._learn((unix_ms - uptime_ms - self._offset_ms) * 1000 // (slept_ms // 1000))
        self._set_at_ms = uptime_ms
        self._offset_ms = unix_ms - uptime_ms
        self._slept_at_set_ms = self._slept_ms

    def _learn(self, missed: int) -> None:
        rate = self._rate + missed // (2 if self._is_learned else 1)
        if -_MOST_RATE <= rate <= _MOST_RATE:  # else the gateway's clock was set meanwhile
            self._rate = rate
            self._is_learned = True

    @property
    def set_at_s(self) -> int:
        """Return the uptime at which the clock was set last."""
        return self._set_at_ms // 1000

    def accuracy_s(self) -> int:
        """Return how far off the unix time may be by now."""
        span_s = self.uptime_ms() // 1000 - self.set_at_s
        return self._accuracy_s(span_s, (self._slept_ms - self._slept_at_set_ms) // 1000)

    def accuracy_over_s(self, span_s: int) -> int:
        """Return how far off a time may be that this clock has counted over `span_s`."""
        return self._accuracy_s(span_s, min(abs(span_s), self._slept_ms // 1000))

    def _accuracy_s(self, span_s: int, slept_s: int) -> int:
        drift = _LEARNED_DRIFT if self._is_learned else _RC_DRIFT
        return accuracy_s(span_s) + slept_s // drift

    def now_ms(self) -> int:
        """Return unix time in ms once set, uptime before."""
        return self.uptime_ms() + (self._offset_ms or 0)

    def boot_s(self) -> int:
        """Return the unix second of power-up; only once set."""
        return (self._offset_ms + 500) // 1000

    # ------------------------------------------------------------------ over a deep sleep

    def asleep(self, counter_ms: int) -> list:
        """Return what has to outlive a sleep; `counter_ms` goes on while the chip sleeps."""
        return [
            counter_ms,
            self.uptime_ms(),
            self._offset_ms,
            self._set_at_ms,
            self._slept_ms,
            self._slept_at_set_ms,
            self._rate,
            self._is_learned,
        ]

    def awake(self, state: list, counter_ms: int) -> int | None:
        """Go on as `asleep` said; return the ms of the sleep, or None: nobody knows.

        Where the counter was lost no time has passed, and there is no unix time any more.
        """
        fell_asleep_ms, self._uptime_ms, self._offset_ms, self._set_at_ms = state[:4]
        self._slept_ms, self._slept_at_set_ms, self._rate, self._is_learned = state[4:]
        counted_ms = counter_ms - fell_asleep_ms
        if not 0 <= counted_ms <= _MOST_SLEEP_MS:
            self._offset_ms = None
            return None
        slept_ms = counted_ms + counted_ms * self._rate // 1000000
        self._uptime_ms += slept_ms
        self._slept_ms += slept_ms
        return slept_ms

    def counted_ms(self, ms: int) -> int:
        """Return what the oscillator counts while so many ms of sleep pass."""
        return ms * 1000000 // (1000000 + self._rate)
