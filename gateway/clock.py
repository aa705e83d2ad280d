"""The gateway's clocks behind two names, so that tests can own them.

Place: passed to everything that needs the time.
"""

import time


class Clock:
    """Wall time for stamps, monotonic time for intervals."""

    def unix_ms(self) -> int:
        """Return milliseconds since 1970 (UTC)."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()
