"""What the gateway tells a node: at most one answer to a frame that asked, and what waits for it.

Place: inside GatewaySession.
Guarantee: an answer is sealed with the key and the counter of the frame that it answers. What
waits for a node is bounded.
"""

from protocol import commands, messages
from protocol import session as kinds
from protocol._compat import const

_TIME_EVERY_MS = const(3600000)
_AHEAD_S = const(5)
_EARLIEST_MS = 1704067200000  # 2024: a gateway whose clock is before that does not know the time
_POSTED = const(8)


class Answers:
    """`post` what a node is to fetch, `acknowledge` its frames, and take the frames with `next`."""

    def __init__(self):
        self._time_given_ms: int | None = None
        self._posted: list = []
        self._out: list = []

    def acknowledge(self, event: tuple, promise: tuple, unix_ms: int, link, strong: bool) -> None:
        """Queue the answer to the frame of `event`, which asked; `strong` is as in an Ack."""
        kind, uplink, content, _ = event
        if kind in (kinds.POLL, kinds.WANT) and self._posted:
            self._out.append((uplink, self._posted[0], len(self._posted) > 1))
            if not isinstance(self._posted[0], commands.Command):
                self._posted.pop(0)
            return
        expected, gaps = promise
        ack = messages.Ack(expected, None, gaps)
        ack.link = link
        ack.unreadable = kind == kinds.UNREADABLE
        ack.strong = strong
        if kind == kinds.STRANGER:
            ack.expected, ack.gaps = None, ()
        elif kind == kinds.HELLO:
            ack.seen = content[1]
        if self._is_time_due(kind, content, unix_ms):
            ack.unix_ms = self._time_given_ms = unix_ms
        self._out.append((uplink, ack, len(self._posted) > 0))

    def _is_time_due(self, kind, content, unix_ms: int) -> bool:
        """A crystal is good for an hour; who just started, or is ahead of us, needs it now."""
        if unix_ms < _EARLIEST_MS:
            return False
        if kind in (kinds.HELLO, kinds.STATUS) or self._time_given_ms is None:
            return True
        now_s = unix_ms // 1000
        if kind == kinds.SAMPLES and content[0].newest(now_s)[0] > now_s + _AHEAD_S:
            return True
        return not 0 <= unix_ms - self._time_given_ms < _TIME_EVERY_MS

    def post(self, message) -> None:
        """Queue a message; ValueError where it has no form, or too many wait."""
        messages.encode(message)
        if len(self._posted) >= _POSTED:
            raise ValueError("8 messages wait for the node already")
        self._posted.append(message)

    def withdraw(self, message) -> None:
        """Take a message back."""
        self._posted = [other for other in self._posted if other is not message]

    def result(self, result) -> None:
        """A Result came: its command need not be repeated."""
        self._posted = [posted for posted in self._posted if not _is_answered(posted, result)]

    def next(self) -> tuple | None:
        """Return (message, frame) of the next answer, or None."""
        if not self._out:
            return None
        uplink, message, more = self._out.pop(0)
        plain = messages.encode(message)
        return message, uplink.key.envelope.seal_answer(uplink.counter, plain, more)


def _is_answered(posted, result) -> bool:
    return isinstance(posted, commands.Command) and posted.number == result.number
