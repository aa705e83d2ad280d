"""A sensor that says something over and over on its UART, and what becomes of it on a bad line.

Place: world -> Stream -> `receiver` or a test's bus.
Guarantee: a message is computed for the time at which it is sent, however late it is read. More
than any buffer has room for is not computed: the newest of a long silence are left out.
"""

from collections.abc import Iterator

from tools.rig.parts.part import UartPart, World

_MOST = 128  # messages since the last read


class Stream(UartPart):
    """`_message(seconds)` says what is sent at a time; the first is due one period after power."""

    period_us = 1_000_000

    def __init__(self, world: World):
        super().__init__(world)
        self._begin_us = 0
        self._sent = 0
        self._answers = b""
        self._last = b""

    def power(self, on: bool, now_us: int) -> None:
        """Take or lose the supply."""
        super().power(on, now_us)
        self._begin(now_us)

    def _begin(self, now_us: int) -> None:
        """Count periods from now."""
        self._begin_us = now_us
        self._sent = 0
        self._answers = b""

    def read(self, now_us: int) -> bytes:
        """Return all that it has sent since the last call; a line that is held says nothing."""
        data, self._answers = self._answers, b""
        for at_us in self._due(now_us):
            message = self._message(at_us / 1e6)
            if self.faults.stuck and self._last:
                message = self._last
            self._last = message
            data += message
        if self.faults.hang:
            return b""
        return damaged(data) if self.faults.garbage else data

    def _due(self, now_us: int) -> Iterator[int]:
        due = max((now_us - self._begin_us) // self.period_us, 0)
        first, self._sent = self._sent + 1, due
        for number in range(first, min(due, first + _MOST) + 1):
            yield self._begin_us + number * self.period_us

    def _message(self, seconds: float) -> bytes:
        raise NotImplementedError


def damaged(data: bytes) -> bytes:
    """Return bytes as a bad ground delivers them: in each a bit that is wrong."""
    return bytes(byte ^ (1 << (3 * i + byte) % 7) for i, byte in enumerate(data))
