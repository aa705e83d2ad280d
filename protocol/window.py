"""Which numbers were seen: of frames, against replay, and of samples, to know what is missing.

Place: `ReplayWindow` guards `Envelope.open_up`; `SampleWindow` is the gateway's ledger of one node.
Guarantee: both are plain integers, so that they can be stored with the data they speak of and
are exact again after a restart.
"""

from protocol._compat import const

REPLAY_SPAN = const(64)
SAMPLE_SPAN = const(4096)


class ReplayWindow:
    """The highest frame counter seen and the 63 below it (RFC 4303, 3.4.3).

    `top` is -1 before the first frame; bit i of `mask` stands for counter `top - i`.
    """

    def __init__(self, top: int = -1, mask: int = 0):
        self.top = top
        self.mask = mask

    def complete(self, low: int) -> int:
        """Return the one 32-bit counter with these 16 low bits that may still come."""
        floor = max(self.top - REPLAY_SPAN + 1, 0)
        return floor + (low - floor) % 0x10000

    def is_fresh(self, counter: int) -> bool:
        """Say whether `counter` was never accepted."""
        if counter > self.top:
            return True
        behind = self.top - counter
        return behind < REPLAY_SPAN and not self.mask >> behind & 1

    def accept(self, counter: int) -> None:
        """Remember `counter`, which is fresh."""
        ahead = counter - self.top
        if ahead <= 0:
            self.mask |= 1 << -ahead
            return
        # Never shifted by more than the span: a jump of 65000 would need an integer of 8 kB.
        kept = self.mask << ahead if ahead < REPLAY_SPAN else 0
        self.mask = (kept | 1) & ((1 << REPLAY_SPAN) - 1)
        self.top = counter


class SampleWindow:
    """Which samples of a node were received: all below `expected`, and the bits of `above`.

    Bit i of `above` stands for sample `expected + i`; bit 0 is therefore never set. `top` is one
    past the highest number known to exist: what lies between and was not received is missing.
    """

    def __init__(self, expected: int, above: int = 0, top: int = 0):
        self.expected = expected
        self.above = above
        self.top = max(top, expected)

    def fresh(self, first: int, count: int) -> list:
        """Return those of `count` numbers from `first` that were not received and have room."""
        return [number for number in range(first, first + count) if self._is_fresh(number)]

    def _is_fresh(self, number: int) -> bool:
        ahead = number - self.expected
        return 0 <= ahead < SAMPLE_SPAN and not self.above >> ahead & 1

    def reaches(self, number: int) -> bool:
        """Say whether `number` is not too far ahead to be remembered."""
        return number - self.expected < SAMPLE_SPAN

    def accept(self, numbers: list) -> None:
        """Remember numbers that `fresh` returned."""
        for number in numbers:
            self.above |= 1 << (number - self.expected)
            self.top = max(self.top, number + 1)
        self._advance()

    def give_up_below(self, oldest: int) -> list:
        """The node has nothing below `oldest`: return what is lost as [first, last] ranges."""
        lost: list = []
        for number in range(self.expected, min(oldest, self.expected + SAMPLE_SPAN)):
            if not self.above >> (number - self.expected) & 1:
                _extend_ranges(lost, number, number)
        if oldest > self.expected + SAMPLE_SPAN:
            _extend_ranges(lost, self.expected + SAMPLE_SPAN, oldest - 1)
        if oldest > self.expected:
            self.above >>= oldest - self.expected
            self.expected = oldest
            self.top = max(self.top, oldest)
            self._advance()
        return lost

    def missing(self) -> int:
        """Count what exists below `top` and has not been received yet."""
        received = 0
        above = self.above
        while above:
            received += above & 1
            above >>= 1
        return self.top - self.expected - received

    def _advance(self) -> None:
        while self.above & 1:
            self.above >>= 1
            self.expected += 1


def _extend_ranges(ranges: list, first: int, last: int) -> None:
    if ranges and ranges[-1][1] + 1 == first:
        ranges[-1][1] = last
    else:
        ranges.append([first, last])
