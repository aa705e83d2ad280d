"""A clock that stands still until a test moves it."""


class FakeClock:
    """Wall and monotonic time move together with `advance`, or apart with `jump`."""

    def __init__(self, unix_ms=1_800_000_500_000):
        self._unix_ms = unix_ms
        self._monotonic_s = 1000.0

    def unix_ms(self):
        """Return the wall clock."""
        return self._unix_ms

    def monotonic_s(self):
        """Return seconds that only grow."""
        return self._monotonic_s

    def advance(self, seconds):
        """Let time pass."""
        self._unix_ms += int(seconds * 1000)
        self._monotonic_s += seconds

    def jump(self, seconds):
        """Set the wall clock, as NTP does."""
        self._unix_ms += int(seconds * 1000)
