"""One column of integers as bits: a first value, then differences in the cheapest Rice code.

Place: under `batch`; one call per quantity (a histogram quantity has `width` columns).
Guarantee: what `put_column` writes, `take_column` reads back, for any integers within
`quantities.LIMIT`; a column decoded beyond that limit raises `DecodeError`.

    first value   zigzag(v0 - base), Exp-Golomb of the quantity's order
    mode (4 bit)  0 .. 9    first differences, Rice parameter = mode
                  10 .. 14  second differences (smooth series), Rice parameter = mode - 10
                  15        all the same
    n - 1 codes   zigzag(difference)
"""

from protocol._compat import const
from protocol.bits import RAW_WIDTH, RICE_ESCAPE, unzigzag, zigzag
from protocol.errors import DecodeError
from protocol.quantities import LIMIT

_SECOND = const(10)
_SAME = const(15)
_MAX_FIRST_ORDER = const(9)
_MAX_SECOND_ORDER = const(4)


def put_column(writer, values: list, base: int, order: int) -> None:
    """Write `values` (1 .. 64 integers within LIMIT, else ValueError) as the registry has them."""
    if max(values) > LIMIT or min(values) < -LIMIT:
        raise ValueError("value out of range")
    writer.put_golomb(zigzag(values[0] - base), order)
    if len(values) == 1:
        return
    codes = _differences(values, 1)
    if not any(codes):
        writer.put(_SAME, 4)
        return
    rice, cost = _cheapest(codes, _MAX_FIRST_ORDER)
    mode = rice
    if len(values) > 3:
        smooth = _differences(values, 2)
        smooth_rice, smooth_cost = _cheapest(smooth, _MAX_SECOND_ORDER)
        if smooth_cost < cost:
            codes = smooth
            rice = smooth_rice
            mode = _SECOND + rice
    writer.put(mode, 4)
    for code in codes:
        writer.put_rice(code, rice)


def take_column(reader, count: int, base: int, order: int) -> list:
    """Read a column of `count` values back."""
    value = base + unzigzag(reader.take_golomb(order))
    values = [value]
    mode = reader.take(4) if count > 1 else _SAME
    slope = 0
    for _ in range(count - 1):
        if mode == _SAME:
            pass
        elif mode < _SECOND:
            value += unzigzag(reader.take_rice(mode))
        else:
            slope += unzigzag(reader.take_rice(mode - _SECOND))
            value += slope
        if not -LIMIT <= value <= LIMIT:
            raise DecodeError("value out of range")
        values.append(value)
    if not -LIMIT <= values[0] <= LIMIT:
        raise DecodeError("value out of range")
    return values


def _differences(values: list, degree: int) -> list:
    """Return zigzag codes of first or second differences; the first slope counts from 0."""
    codes = []
    last = values[0]
    slope = 0
    for i in range(1, len(values)):
        step = values[i] - last
        last = values[i]
        codes.append(zigzag(step - slope))
        if degree == 2:
            slope = step
    return codes


def _cheapest(codes: list, max_order: int) -> tuple:
    """Return (Rice parameter, bits): from log2 of the mean on, while a step makes it cheaper.

    One step is the rule; a column with one spike, whose mean says little, needs more.
    """
    mean = sum(codes) // len(codes)
    best = 0
    while best < max_order and (2 << best) <= mean + 1:
        best += 1
    best_cost = _cost(codes, best)
    for step in (-1, 1):
        order = best + step
        while 0 <= order <= max_order:
            cost = _cost(codes, order)
            if cost >= best_cost:
                break
            best = order
            best_cost = cost
            order += step
    return best, best_cost


def _cost(codes: list, order: int) -> int:
    bits = 0
    for code in codes:
        quotient = code >> order
        bits += quotient + 1 + order if quotient < RICE_ESCAPE else RICE_ESCAPE + RAW_WIDTH
    return bits
