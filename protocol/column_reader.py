"""The way back from `columns`: bits -> one column of integers.

Place: under `batch_reader`.
Guarantee: a column beyond `quantities.LIMIT`, or bits that end early, raise `DecodeError`.
"""

from protocol.bit_reader import unzigzag
from protocol.columns import SAME, SECOND
from protocol.errors import DecodeError
from protocol.quantities import LIMIT


def take_column(reader, count: int, base: int, order: int, codes: list) -> list:
    """Read a column of `count` values back."""
    value = base + unzigzag(reader.take_golomb(order))
    if not -LIMIT <= value <= LIMIT:
        raise DecodeError("value out of range")
    mode = reader.take(4) if count > 1 else SAME
    if mode == SAME:
        return [value] * count
    values = [value] * count
    reader.take_rice(codes, mode if mode < SECOND else mode - SECOND)
    step = 0
    for at in range(count - 1):
        code = codes[at]
        change = -((code + 1) >> 1) if code & 1 else code >> 1
        step = change if mode < SECOND else step + change
        value += step
        if not -LIMIT <= value <= LIMIT:
            raise DecodeError("value out of range")
        values[at + 1] = value
    return values
