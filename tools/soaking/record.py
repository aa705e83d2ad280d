"""What one node sent, in which order, and what it was promised: the judge's evidence.

Place: `nodes` writes, `judge` reads.
Guarantee: places in the order count samples as they went out, from 1 on and never again: a sample
that was sent three times has three places.
"""

from array import array
from collections.abc import Iterable


class Record:
    """Evidence of one node; `knows_time`: its samples carry their time."""

    def __init__(self, node: int, knows_time: bool):
        self.node = node
        self.knows_time = knows_time
        self._first = array("q")  # by number: the first place; 0: it was never sent
        self._again: dict[int, list[int]] = {}
        self._place = 0
        self.promised_to = 0
        self._beyond: set[int] = set()

    def sent(self, numbers: Iterable[int]) -> None:
        """These samples went out, one after the other."""
        for number in numbers:
            self._place += 1
            while len(self._first) <= number:
                self._first.append(0)
            if self._first[number]:
                self._again.setdefault(number, []).append(self._place)
            else:
                self._first[number] = self._place

    def promised(self, expected: int, gaps: Iterable[int]) -> None:
        """The gateway has all below `expected`, and by turns lacks and has what `gaps` measure."""
        self.promised_to = max(self.promised_to, expected)
        at, is_safe = expected, False
        for length in gaps:
            if is_safe:
                self._beyond.update(range(at, at + length))
            at += length
            is_safe = not is_safe

    @property
    def acknowledged(self) -> int:
        """Return how many samples were promised."""
        return self.promised_to + sum(number >= self.promised_to for number in self._beyond)

    def is_promised(self, number: int) -> bool:
        """Say whether the gateway promised to have this one."""
        return number < self.promised_to or number in self._beyond

    def numbers(self) -> range:
        """Return all numbers that may have been sent."""
        return range(len(self._first))

    def place_from(self, number: int, place: int) -> int | None:
        """Return the first place of a sample that is not before `place`, or None."""
        if not 0 <= number < len(self._first) or not self._first[number]:
            return None
        if self._first[number] >= place:
            return self._first[number]
        return next((again for again in self._again.get(number, ()) if again >= place), None)
