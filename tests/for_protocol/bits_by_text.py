"""A second reader of batches, written from the texts of `protocol` and without its code.

Slow and without checks: it reads what is right, so that the golden vectors have another witness
than the code that wrote them. Only the registry is shared.
"""

from protocol import quantities

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 360, 600, 900, 1800, 3600)
ACCURACIES = (1, 2, 5, 15, 60, 300, 1800, None)
QUALITIES = ("valid", "warm_up", "out_of_range", "frozen", "fault", "maintenance")
CLOCKS = ("slot", "unix", "age", "at_least")


def signed(code: int) -> int:
    """Undo zigzag."""
    return code // 2 if code % 2 == 0 else -(code + 1) // 2


class Bits:
    """A string of bits; `modes` collects the modes of all columns."""

    def __init__(self, data: bytes):
        self.left = "".join(f"{byte:08b}" for byte in data)
        self.modes = []

    def take(self, width: int) -> int:
        bits, self.left = self.left[:width], self.left[width:]
        return int(bits, 2) if width else 0

    def run(self, bit: str) -> int:
        count = len(self.left) - len(self.left.lstrip(bit))
        self.left = self.left[count:]
        return count

    def golomb(self, order: int) -> int:
        zeros = self.run("0")
        return ((self.take(zeros + 1) - 1) << order) + self.take(order)

    def rice(self, order: int) -> int:
        if self.left.startswith("1" * 12):
            self.take(12)
            return self.take(22)
        ones = self.run("1")
        self.take(1)
        return (ones << order) + self.take(order)

    def column(self, count: int, base: int, order: int) -> list:
        values = [base + signed(self.golomb(order))]
        if count == 1:
            return values
        mode = self.take(4)
        self.modes.append(mode)
        if mode == 15:
            return values * count
        slope = 0
        for _ in range(count - 1):
            change = signed(self.rice(mode if mode < 10 else mode - 10))
            slope = change if mode < 10 else slope + change
            values.append(values[-1] + slope)
        return values

    def codes(self, count: int) -> list | None:
        if self.take(1):
            return None
        if self.take(1):
            return [QUALITIES[self.take(3)]] * count
        return [QUALITIES[self.take(3)] for _ in range(count)]


def read_batch(data: bytes) -> tuple:
    """Return (form of the batch, modes of its columns)."""
    bits = Bits(data)
    older = None
    if bits.take(1):
        first, older = bits.take(32), bits.golomb(6)
    else:
        first = bits.take(16)
    span = bits.golomb(3) + 1
    places = None if bits.take(1) else [place for place in range(span) if bits.take(1)]
    count = len(places) if places else span
    gaps = bits.golomb(1)
    ids = [bits.golomb(2)]
    for _ in range(gaps):
        ids.append(ids[-1] + 1 + bits.golomb(0))
    code = bits.take(4)
    interval_s = STEPS[code] if code < 15 else bits.take(20)
    clock = CLOCKS[bits.take(2)]
    seconds = {"slot": lambda: bits.take(6), "unix": lambda: bits.take(32)}.get(
        clock, lambda: bits.golomb(5)
    )()
    accuracy_s = None if clock == "at_least" else ACCURACIES[bits.take(3)]
    quality = None if bits.take(1) else [bits.codes(count) for _ in ids]
    columns = []
    for row, qid in enumerate(ids):
        quantity = quantities.by_id(qid)
        holes = quality[row] if quality and quality[row] else [""] * count
        for _ in range(quantity.width):
            values = bits.column(count, quantity.base, quantity.order)
            told = zip(values, holes, strict=True)
            columns.append([None if hole == "fault" else value for value, hole in told])
    assert len(bits.left) < 8
    assert "1" not in bits.left
    form = {"kind": "batch", "first": first, "older": older, "places": places, "ids": ids}
    form |= {"columns": columns, "interval_s": interval_s, "clock": clock, "seconds": seconds}
    return form | {"accuracy_s": accuracy_s, "quality": quality}, bits.modes
