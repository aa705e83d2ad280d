"""Which numbers were seen: of frames, against replay, and of samples, to know what is missing.

Place: `ReplayWindow` guards `Envelope.open_up`; `SampleWindow` is the gateway's ledger of one node.
Guarantee: both are plain integers, so that they can be stored with the data they speak of and
are exact again after a restart. Both are bounded.
"""

from protocol._compat import const

REPLAY_SPAN = const(64)
MAX_RUNS = const(2048)  # no journal of up to 4096 samples can need more


class ReplayWindow:
    """The highest frame counter seen and the 63 below it (RFC 4303, 3.4.3).

    `top` is -1 before the first frame; bit i of `mask` stands for counter `top - i`. `hello` is the
    counter of the newest Hello: samples that were sealed before it may have other numbers now.
    """

    def __init__(self, top: int = -1, mask: int = 0, hello: int = -1):
        self.top = top
        self.mask = mask
        self.hello = hello

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
    """Which samples of a node are settled, received or lost: all below `expected`, and `runs`.

    `runs` are ascending [first, end) ranges above `expected`, apart from it and from each other.
    `top` is one past the highest number known to exist: what lies between and is in no run is
    missing. `adrift`: so many frames were missed that 16 bits of a number may mislead.
    """

    def __init__(self, expected: int, runs: list | None = None, top: int = 0, adrift: bool = False):
        self.expected = expected
        self.adrift = adrift
        self.runs = runs or []
        self.top = max(top, expected, self.runs[-1][1] if self.runs else 0)

    def fresh(self, numbers) -> list:
        """Return those of these ascending numbers that are not settled and have room."""
        found: list = []
        runs = self.runs
        room = len(runs) < MAX_RUNS
        at = 0
        for number in numbers:
            while at < len(runs) and runs[at][1] < number:
                at += 1
            inside = at < len(runs) and runs[at][0] <= number < runs[at][1]
            if number < self.expected or inside:
                continue
            touches = number == self.expected or (at < len(runs) and runs[at][1] == number)
            if room or touches or (found and found[-1] == number - 1):
                found.append(number)
        return found

    def extend(self, first: int, end: int) -> bool:
        """Settle [first, end) if it is just what is due, with nothing settled above; say whether.

        It is what `fresh` and `accept` would do, for what comes all day.
        """
        if first != self.expected or self.runs:
            return False
        self.expected = end
        self.top = max(self.top, end)
        return True

    def settle(self, first: int, end: int) -> list:
        """Settle [first, end); return those ranges of it that were not settled before."""
        new: list = []
        if first >= end:
            return new
        at = max(first, self.expected)
        merged = [at, end]
        kept = []
        for run in self.runs:
            if run[1] < at or run[0] > end:
                kept.append(run)
                continue
            if at < run[0]:
                new.append([at, run[0]])
            at = max(at, run[1])
            merged = [min(merged[0], run[0]), max(merged[1], run[1])]
        if at < end:
            new.append([at, end])
        if merged[0] < merged[1]:
            kept.append(merged)
            kept.sort()
        if kept and kept[0][0] <= self.expected:
            self.expected = max(self.expected, kept.pop(0)[1])
        self.runs = kept
        self.top = max(self.top, end)
        return new

    def has_room(self, first: int, end: int) -> bool:
        """Say whether settling [first, end) adds no run to a full ledger."""
        if len(self.runs) < MAX_RUNS or first <= self.expected:
            return True
        return any(run[0] <= end and first <= run[1] for run in self.runs)

    def accept(self, numbers: list) -> None:
        """Settle numbers that `fresh` returned."""
        at = 0
        while at < len(numbers):
            end = at + 1
            while end < len(numbers) and numbers[end] == numbers[end - 1] + 1:
                end += 1
            self.settle(numbers[at], numbers[end - 1] + 1)
            at = end

    def missing(self) -> int:
        """Count what exists below `top` and is not settled yet."""
        return self.top - self.expected - sum(end - first for first, end in self.runs)

    def gaps(self, limit: int) -> list:
        """Return the lengths of ranges from `expected` on, missing and settled by turns.

        They end at `top`, or after `limit` of them.
        """
        lengths: list = []
        at = self.expected
        for first, end in self.runs:
            lengths.append(first - at)
            lengths.append(end - first)
            at = end
        if at < self.top:
            lengths.append(self.top - at)
        return lengths[:limit]
