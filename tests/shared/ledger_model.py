"""The ledger of a node's samples as a plain set: what `SampleWindow` must agree with."""


class LedgerModel:
    """Which numbers are settled, one by one."""

    def __init__(self, expected: int):
        self.done = set(range(expected))
        self.top = expected

    @property
    def expected(self) -> int:
        number = 0
        while number in self.done:
            number += 1
        return number

    def new_of(self, numbers) -> list:
        """Return those of `numbers` that are not settled."""
        return [number for number in numbers if number not in self.done]

    def settle(self, numbers) -> None:
        """Settle numbers; what is settled is known to exist."""
        for number in numbers:
            self.done.add(number)
            self.top = max(self.top, number + 1)

    def runs(self) -> list:
        """Return the settled ranges above `expected`."""
        out: list = []
        for number in range(self.expected, self.top):
            if number not in self.done:
                continue
            if out and out[-1][1] == number:
                out[-1][1] = number + 1
            else:
                out.append([number, number + 1])
        return out

    def gaps(self, limit: int) -> list:
        """Return the lengths of what is missing and settled by turns, up to `top`."""
        lengths: list = []
        was_settled = True
        for number in range(self.expected, self.top):
            is_settled = number in self.done
            if is_settled == was_settled:
                lengths[-1] += 1
            else:
                lengths.append(1)
            was_settled = is_settled
        return lengths[:limit]


def numbers_of(ranges) -> list:
    """Return the numbers of [first, end) ranges, one by one."""
    return [number for first, end in ranges for number in range(first, end)]


def agrees(window, model) -> None:
    """Compare a window with the set, and hold it to its form."""
    expected = model.expected
    assert window.expected == expected
    assert window.top == model.top
    assert [list(run) for run in window.runs] == model.runs()
    below = expected
    for first, end in window.runs:  # disjoint, apart, ascending, above `expected`
        assert below < first < end
        below = end
    assert window.missing() == len(model.new_of(range(expected, model.top)))
    for limit in (0, 1, 2, 5, 1000):
        assert window.gaps(limit) == model.gaps(limit)
