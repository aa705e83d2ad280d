"""How much may be under way to the broker: so many messages, so many bytes of a backlog. Pure.

Place: under `broker`; asks for each message before it is written, hears of each acknowledgement.
Guarantee: something may always go when nothing is under way; live messages find a quarter of the
window free of the backlog, and a line that the backlog has not filled.

A window of 1000 messages of 3 kB takes 24 s on a backhaul of 1 Mbit/s: whatever is live would
wait behind it. So the bytes of a backlog under way grow while acknowledgements come as fast as the
fastest, and shrink when they take `_QUEUE_S` longer (the idea of LEDBAT, RFC 6817, 2.4.2).
"""

import math

_QUEUE_S = 0.2  # what a backlog may add to the way of everybody
_FIRST_BYTES = 64 * 1024
_LEAST_BYTES = 4 * 1024
_MOST_BYTES = 1024 * 1024  # of a backlog, and of what is live
_STEP_BYTES = 4 * 1024


class Flow:
    """Counts what is under way; `window` is the number of messages that may be."""

    def __init__(self, window: int):
        self.window = window
        self.messages = 0
        self.bytes = 0
        self.backlog_messages = 0
        self.backlog_bytes = 0
        self.backlog_limit = _FIRST_BYTES
        self._fastest_s = math.inf
        self._was_full = False
        self._cut_at_s = 0.0

    def has_room(self, backlog: bool) -> bool:
        """Say whether one more message may go."""
        if self.messages >= self.window:
            return False
        if not backlog:
            return self.bytes - self.backlog_bytes < _MOST_BYTES
        if not self.backlog_messages:
            return True
        reserve = max(self.window // 4, 1)
        return (
            self.backlog_messages < self.window - reserve
            and self.backlog_bytes < self.backlog_limit
        )

    def is_worth_writing(self) -> bool:
        """Say whether enough was acknowledged for a write of its own to pay."""
        return self.messages <= self.window // 2

    def sent(self, size: int, backlog: bool) -> None:
        """Count a message of so many bytes."""
        self.messages += 1
        self.bytes += size
        if backlog:
            self.backlog_messages += 1
            self.backlog_bytes += size

    def acknowledged(self, size: int, backlog: bool, sent_s: float, now_s: float) -> None:
        """Count it as arrived; how long it took says how full the line is."""
        self.messages -= 1
        self.bytes -= size
        if not backlog:
            return
        self.backlog_messages -= 1
        self.backlog_bytes -= size
        self._adapt(size, sent_s, now_s)

    def _adapt(self, size: int, sent_s: float, now_s: float) -> None:
        """Grow fast until the line was full once, then by one step each time all has arrived."""
        took_s = now_s - sent_s
        if took_s < self._fastest_s:
            self._fastest_s = took_s
        if took_s <= self._fastest_s + _QUEUE_S:
            more = size * _STEP_BYTES // self.backlog_limit if self._was_full else size
            self.backlog_limit = min(self.backlog_limit + more, _MOST_BYTES)
            return
        if sent_s < self._cut_at_s:  # one cut for all that was under way together
            return
        self._was_full = True
        self._cut_at_s = now_s
        if self.backlog_limit == _LEAST_BYTES:  # nothing to queue behind: the way has become longer
            self._fastest_s = took_s
        self.backlog_limit = max(self.backlog_limit * 3 // 5, _LEAST_BYTES)
