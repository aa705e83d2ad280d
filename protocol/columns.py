"""One column of integers as bits: a first value, then differences in the cheapest Rice code.

Place: under `batch`; one call per quantity (a histogram quantity has `width` columns).
Guarantee: what `put_column` writes, `column_reader.take_column` reads back, for any integers within
`quantities.LIMIT`. `codes` is the caller's scratch list, one place shorter than the column: one
list serves all columns of a batch.

    first value   zigzag(v0 - base), Exp-Golomb of the quantity's order
    mode (4 bit)  0 .. 9    first differences, Rice parameter = mode
                  10 .. 14  second differences (smooth series), Rice parameter = mode - 10
                  15        all the same
    n - 1 codes   zigzag(difference)
"""

from protocol._compat import const
from protocol.bits import RAW_WIDTH, RICE_ESCAPE, zigzag
from protocol.quantities import LIMIT

SECOND = const(10)
SAME = const(15)
_SPIKE = const(6)  # a quotient of six ones
_MAX_FIRST_ORDER = const(9)
_MAX_SECOND_ORDER = const(4)


def put_column(writer, values: list, base: int, order: int, codes: list) -> None:
    """Write `values` (1 .. 64 integers within LIMIT, else ValueError) as the registry has them."""
    most = max(values)
    least = min(values)
    if most > LIMIT or least < -LIMIT:
        raise ValueError("value out of range")
    writer.put_golomb(zigzag(values[0] - base), order)
    if len(values) == 1:
        return
    if most == least:
        writer.put(SAME, 4)
        return
    total, total_second = _first_differences(values, codes)
    mode = 0
    limit = _MAX_FIRST_ORDER
    if total_second < total and len(values) > 3:
        total = _second_differences(values, codes)
        mode = SECOND
        limit = _MAX_SECOND_ORDER
    rice = _cheapest(codes, total, limit)
    writer.put(mode + rice, 4)
    writer.put_rice(codes, rice)


def _first_differences(values: list, codes: list) -> tuple:
    """Fill `codes`; return the sums of the codes of first and of second differences."""
    last = values[0]
    slope = 0
    at = -1
    total = 0
    total_second = 0
    for value in values:
        step = value - last
        last = value
        code = step << 1 if step >= 0 else ~(step << 1)
        total += code
        if at >= 0:
            codes[at] = code
        at += 1
        slope = step - slope
        total_second += slope << 1 if slope >= 0 else ~(slope << 1)
        slope = step
    return total, total_second


def _second_differences(values: list, codes: list) -> int:
    """Fill `codes`; return their sum. The first slope counts from 0."""
    last = values[0]
    slope = 0
    total = 0
    for i in range(1, len(values)):
        step = values[i] - last
        last = values[i]
        change = step - slope
        slope = step
        codes[i - 1] = code = change << 1 if change >= 0 else ~(change << 1)
        total += code
    return total


def _cheapest(codes: list, total: int, limit: int) -> int:
    """Return the Rice parameter: log2 of the mean, which is within 0.2 % of the best one.

    A column with one spike, whose mean says little of the rest, is weighed bit by bit.
    """
    count = len(codes)
    best = 0
    while best < limit and count << (best + 1) <= total + count // 3:
        best += 1
    if max(codes) < _SPIKE << best:
        return best
    best_cost = _cost(codes, best)
    for order in range(limit + 1):
        cost = _cost(codes, order)
        if cost < best_cost:
            best = order
            best_cost = cost
    return best


def _cost(codes: list, order: int) -> int:
    bits = 0
    for code in codes:
        quotient = code >> order
        bits += quotient + 1 + order if quotient < RICE_ESCAPE else RICE_ESCAPE + RAW_WIDTH
    return bits
