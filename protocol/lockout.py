"""What many bad tags for one address lead to: weak tags are not tried any more, for a while.

Place: `GatewaySession` asks before it opens a frame with a tag of 4 bytes.
Guarantee: at most `ALLOWED` bad tags and one more every `REFILL_MS` are tried against a tag of 4
bytes: a forger succeeds with less than 3 in 10,000 in a year of trying. Nobody can lock out the
real node: it asks in vain, puts a tag of 8 bytes on what it asks, and that is always tried. The
answer says that tags should be strong, and so they are until an answer says otherwise. When the
forger stops, weak tags are tried again at once as far as tries have come back.
"""

from protocol._compat import const

ALLOWED = const(100)
REFILL_MS = const(36000)  # 100 an hour


class Lockout:
    """Tokens of one node: a bad tag costs one, time brings them back."""

    def __init__(self):
        self._tokens = ALLOWED
        self._since_ms = 0

    def is_locked(self, now_ms: int) -> bool:
        """Say whether only tags of 8 bytes are tried at `now_ms`, in any unit that only grows."""
        if self._tokens == ALLOWED:
            return False
        # A clock that was set back must not stop the refill for years.
        elapsed = now_ms - self._since_ms
        if elapsed < 0:
            self._since_ms = now_ms
        elif elapsed >= REFILL_MS:
            self._tokens = min(self._tokens + elapsed // REFILL_MS, ALLOWED)
            self._since_ms = now_ms - elapsed % REFILL_MS
        return self._tokens == 0

    def is_strained(self, now_ms: int) -> bool:
        """Say whether so few tries are left that the node had better use strong tags."""
        return self.is_locked(now_ms) or self._tokens < ALLOWED // 2

    def spend(self, now_ms: int) -> None:
        """A tag was bad."""
        if self._tokens == ALLOWED:
            self._since_ms = now_ms
        self._tokens = max(self._tokens - 1, 0)
