"""The newest samples, in windows that may overlap: the lane that nothing delays.

Place: NodeSession asks `is_due` and takes `next_plain`; answers tell `known`.
Guarantee: a live frame ends with samples that were in none before, and holds one frame's worth at
most; what an outage has piled up before them is left to the backfill.
"""

from protocol._compat import const
from protocol.backfill import fitted
from protocol.batch import MAX_SAMPLES

# The gateway completes 16 bits of a number: within this many of what it has, they are enough.
_SHORT_RANGE = const(8192)
_INTRODUCE_EVERY = const(4)


class Live:
    """`journal`, `policy` and `jitter` as in NodeSession."""

    def __init__(self, journal, policy, jitter):
        self._journal = journal
        self._policy = policy
        self._since_intro = 0
        self._begun_at = None  # where the frame in flight began, if it is repeated
        self.sent_to = journal.next_number  # below, every sample was live or is backfill
        # A power cut starts a whole city at one moment: the first frame comes after 1 .. `every`
        # samples, or all nodes would send theirs after the same sample from then on.
        self._ahead = jitter(policy.every) if policy.every > 1 else 0
        self.known = None  # one past the highest number that the gateway told it knows

    def state(self) -> list:
        """Return what has to outlive a sleep."""
        return [self.sent_to, self._ahead, self.known, self._since_intro]

    def restore(self, state: list) -> None:
        """Go on as `state` said; what the journal lost meanwhile was never sent."""
        sent_to, self._ahead, self.known, self._since_intro = state
        self.sent_to = min(sent_to, self._journal.next_number)

    def lacking(self, at_once: bool) -> int:
        """Return how many more samples make a frame due; `at_once`: one does."""
        waiting = self._journal.next_number - self.sent_to
        least = 1 if at_once else max(self._policy.every - self._ahead, 1)
        return max(least - waiting, 0)

    def is_due(self, at_once: bool) -> bool:
        """Say whether enough samples are new."""
        return self.lacking(at_once) == 0

    def next_plain(self, now_ms: int, asks: bool, is_alone: bool) -> bytes | None:
        """Return the newest samples that fit a frame, or None where none can be read.

        `is_alone`: nobody answers. Where no backfill will mend what is lost, each sample travels
        once more.
        """
        journal = self._journal
        policy = self._policy
        target = journal.next_number
        begin = max(self.sent_to, target - MAX_SAMPLES, journal.oldest)
        window = policy.window + (policy.every if is_alone else 0)
        first = max(begin - (window - policy.every), journal.oldest)
        first = max(first, target - MAX_SAMPLES)
        while first < target:
            batch = journal.run(first, target - first, now_ms)
            if batch is None:
                first += 1
            elif first + batch.span <= begin:
                first += batch.span
            else:
                self.introduce(batch, asks)
                plain = fitted(batch, policy.plain_limit, begin)
                if plain is not None:
                    self._sent(batch.first + batch.span)
                    return plain
                begin = first = max(begin, first) + 1  # of a firmware that knew more than this one
        self._sent(target)
        return None

    def _sent(self, end: int) -> None:
        self._begun_at = self.sent_to if self._policy.each_waits else None
        self._ahead = 0
        self.sent_to = end

    def answered(self) -> None:
        """The frame in flight was answered: what it held is not sent again unasked."""
        self._begun_at = None

    def rewind(self) -> None:
        """The frame in flight was not answered: where no other repeats it, it is due again."""
        if self._begun_at is not None:
            self.sent_to = min(self.sent_to, self._begun_at)
            self._begun_at = None

    def introduce(self, batch, asks: bool) -> None:
        """Tell the whole number where 16 bits of it might mislead the gateway."""
        # What the gateway knows lies between what it told us and what we have.
        lowest = min(batch.first, self.known or 0)
        if self.known is not None and self._journal.next_number - lowest < _SHORT_RANGE:
            return
        # Nobody may have heard of us: now and then is enough, as the windows overlap.
        if asks or self.known is not None or self._since_intro == 0:
            batch.older = batch.first - self._journal.oldest
        self._since_intro = (self._since_intro + 1) % _INTRODUCE_EVERY
