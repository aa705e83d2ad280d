"""What the gateway misses, and what to send for it: the lane beside the live samples.

Place: answers -> `learn` -> NodeSession asks for `next_plain` when nothing live is due.
Guarantee: it holds at most as many ranges as an Ack has, and one; each answer replaces them.
"""

from protocol import messages
from protocol._compat import ticks_add, ticks_diff
from protocol.batch import MAX_SAMPLES


class Backfill:
    """`journal` as in NodeSession."""

    def __init__(self, journal):
        self._journal = journal
        self._ranges = []  # ascending [first, end) that the gateway misses
        self._not_before = None
        self._pause_ms = 0

    def state(self, now_ms: int) -> list:
        """Return what has to outlive a sleep."""
        return [self._ranges, self.wait_ms(now_ms) or 0, self._pause_ms]

    def restore(self, state: list, now_ms: int) -> None:
        """Go on as `state` said."""
        self._ranges, wait_ms, pause_ms = state
        self.pause(now_ms, wait_ms)
        self._pause_ms = pause_ms

    def learn(self, expected: int, gaps: tuple, sent_to: int) -> int:
        """Take what an Ack says; return one past the highest number that the gateway knows."""
        self._ranges = []
        at = expected
        for i in range(len(gaps)):
            end = min(at + gaps[i], sent_to)  # what was never sent cannot be missing
            if i % 2 == 0 and at < end:
                self._ranges.append([at, end])
            at += gaps[i]
        # What went out before the answer, and did not come, is lost on its way.
        if at < sent_to and len(gaps) < messages.MAX_GAPS:
            self._ranges.append([at, sent_to])
        return at

    def is_done(self) -> bool:
        """Say whether all that is known to be missing was sent: it is time to ask."""
        return not self._ranges

    def wait_ms(self, now_ms: int) -> int | None:
        """Return how long the next frame has to wait, or None where there is none."""
        if not self._ranges:
            return None
        if self._not_before is not None:
            wait_ms = ticks_diff(self._not_before, now_ms)
            if 0 < wait_ms <= self._pause_ms:
                return wait_ms
            self._not_before = None  # over; or so long ago that the ticks have wrapped
        return 0

    def pause(self, now_ms: int, pause_ms: int) -> None:
        """Send nothing for so long."""
        self._not_before = ticks_add(now_ms, pause_ms)
        self._pause_ms = pause_ms

    def next_plain(self, now_ms: int, plain_limit: int, introduce) -> bytes | None:
        """Return the next message, a Batch or Gone; `introduce(batch, asks)` numbers it."""
        if not self._ranges:
            return None
        first, end = self._ranges[0]
        batch = None
        if first >= self._journal.oldest:
            batch = self._journal.run(first, MAX_SAMPLES, now_ms)
        if batch is not None:
            batch.keep(self._missing_of(batch))
            introduce(batch, False)
            plain = fitted(batch, plain_limit, batch.first)
            if plain is not None:
                self._drop_below(batch.first + batch.span)
                return plain
        gone_to = self._end_of_hole(first, end, now_ms)
        self._drop_below(gone_to)
        return messages.encode(messages.Gone(first, gone_to - first))

    def _missing_of(self, batch) -> list:
        missing = []
        for number in batch.numbers():
            for first, end in self._ranges:
                if first <= number < end:
                    missing.append(number)
        return missing

    def _end_of_hole(self, first: int, end: int, now_ms: int) -> int:
        """Return where samples begin again; a look at each is slow, so at a frame's worth."""
        if first < self._journal.oldest:
            return min(end, self._journal.oldest)
        at = first + 1
        while at < min(end, first + MAX_SAMPLES) and self._journal.run(at, 1, now_ms) is None:
            at += 1
        return at

    def _drop_below(self, number: int) -> None:
        while self._ranges and self._ranges[0][1] <= number:
            self._ranges.pop(0)
        if self._ranges:
            self._ranges[0][0] = max(self._ranges[0][0], number)


def fitted(batch, plain_limit: int, begin: int) -> bytes | None:
    """Return the plaintext of as much of a batch as fits; None where even one sample has no form.

    What is cut off first are the samples before `begin`, half of them each time, then the newest.
    """
    while True:
        try:
            plain = messages.encode(batch)
        except (ValueError, KeyError, IndexError):
            plain = None
        if batch.count == 1 or (plain is not None and len(plain) <= plain_limit):
            return plain
        numbers = batch.numbers()
        older = len([number for number in numbers if number < begin])
        kept = numbers[(older + 1) // 2 :] if older else numbers[: len(numbers) // 2]
        first = batch.first
        batch.keep(kept)
        if batch.older is not None:
            batch.older += batch.first - first
