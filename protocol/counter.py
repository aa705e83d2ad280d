"""Numbers that are never used twice, not even after a power cut: reserved ahead, then handed out.

Place: `NodeSession` takes the numbers of its frames here; the owner makes the reservation durable.
Guarantee: `take` only returns numbers below the last limit that `store` returned from, so after a
restart from the stored limit nothing repeats; at most `block` numbers are skipped.
"""


class Counter:
    """`limit` is what was stored last; `store(limit)` returns when the new limit is durable."""

    def __init__(self, limit: int, store, block: int = 256):
        self._next = limit
        self._limit = limit
        self._store = store
        self._block = block

    def take(self) -> int:
        """Return the next number; reserves a new block first when the last one is used up."""
        if self._next >= self._limit:
            limit = self._next + self._block
            self._store(limit)
            self._limit = limit
        number = self._next
        self._next += 1
        return number
