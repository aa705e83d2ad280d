"""Columns: what was put comes back, in every mode and at every limit."""

from protocol.bit_reader import BitReader
from protocol.bits import BitWriter, zigzag
from protocol.column_reader import take_column
from protocol.columns import put_column
from protocol.errors import DecodeError
from protocol.quantities import LIMIT
from tests.shared.expect import Chance, refuses


def scratch(count: int) -> list:
    """Return the list that all columns of a batch share, as the column before left it."""
    return [4194303] * (count - 1)


def encoded(values: list, base: int = 0, order: int = 4) -> bytes:
    writer = BitWriter()
    put_column(writer, values, base, order, scratch(len(values)))
    return writer.to_bytes()


def back(data: bytes, count: int, base: int = 0, order: int = 4) -> list:
    reader = BitReader(data)
    values = take_column(reader, count, base, order, scratch(count))
    reader.finish()
    return values


def mode_of(data: bytes, order: int = 4) -> int:
    reader = BitReader(data)
    reader.take_golomb(order)
    return reader.take(4)


def test_a_single_value_has_no_mode():
    assert encoded([0], 0, 0) == b"\x80"
    for value in (0, 1, -1, 150, LIMIT, -LIMIT):
        for base in (0, 150, 10130, -5):
            for order in (0, 4, 9):
                assert back(encoded([value], base, order), 1, base, order) == [value]


def test_equal_values_cost_four_bits():
    for count in (2, 3, 64):
        for value in (0, LIMIT, -LIMIT):
            data = encoded([value] * count)
            assert mode_of(data) == 15
            assert len(data) == len(encoded([value, value]))
            assert back(data, count) == [value] * count


def test_columns_come_back_and_every_mode_is_used():
    chance = Chance(1)
    seen = set()
    for i in range(600):
        count = chance.between(2, 64)
        swing = 1 << chance.below(12)
        value = chance.between(-1000, 1000)
        slope = chance.between(-swing, swing)
        values = []
        for _ in range(count):
            values.append(value)
            if i % 3 == 0:  # smooth: the slope changes little
                slope += chance.between(-1 - swing // 128, 1 + swing // 128)
                value += slope
            else:
                value += chance.between(-swing, swing)
        values = [max(-LIMIT, min(LIMIT, value)) for value in values]
        data = encoded(values, 150, 6)
        assert back(data, count, 150, 6) == values
        seen.add(mode_of(data, 6))
    seen.add(mode_of(encoded([5, 5])))
    assert seen == set(range(16)), sorted(set(range(16)) - seen)


def test_the_largest_jumps_pass_through_the_escape():
    for count in (2, 3, 4, 5, 63, 64):
        zigzags = [LIMIT if i % 2 else -LIMIT for i in range(count)]
        stairs = [-LIMIT if i < count // 2 else LIMIT for i in range(count)]
        spike = [LIMIT if i == count // 2 else 0 for i in range(count)]
        for values in (zigzags, stairs, spike):
            assert back(encoded(values, 10130, 9), count, 10130, 9) == values


def test_a_ramp_costs_nearly_nothing():
    values = list(range(0, 6400, 100))
    data = encoded(values)
    assert mode_of(data) == 10
    assert len(data) < 16
    assert back(data, 64) == values


def test_a_spike_does_not_spoil_the_column():
    values = [0] * 30 + [200000] + [0] * 33
    assert len(encoded(values)) <= 19
    assert back(encoded(values), 64) == values


def test_values_beyond_the_limit_are_refused_by_the_writer():
    for value in (LIMIT + 1, -LIMIT - 1, 1 << 22, 1 << 40, -(1 << 40)):
        for values in ([value], [0, value], [value, 0], [value] * 64):
            refuses(ValueError, encoded, values)


def test_values_beyond_the_limit_are_refused_by_the_reader():
    for first in (LIMIT + 1, -LIMIT - 1):
        writer = BitWriter()
        writer.put_golomb(zigzag(first), 4)
        refuses(DecodeError, back, writer.to_bytes(), 1)
        writer.put(15, 4)
        refuses(DecodeError, back, writer.to_bytes(), 2)
        writer = BitWriter()
        writer.put_golomb(zigzag(first), 4)
        writer.put(0, 4)
        writer.put_rice([zigzag(-first)], 0)  # the second is in range: the first still is not
        refuses(DecodeError, back, writer.to_bytes(), 2)


def test_a_slope_that_runs_away_is_refused():
    writer = BitWriter()
    writer.put_golomb(0, 4)
    writer.put(10, 4)
    writer.put_rice([zigzag(2097151)] * 63, 0)
    refuses(DecodeError, back, writer.to_bytes(), 64)


def test_every_prefix_is_refused():
    for values in ([1, 2, 3, 5, 8, 13], [LIMIT, -LIMIT, 0], list(range(0, 900, 30)), [7]):
        data = encoded(values)
        for end in range(len(data)):
            refuses(DecodeError, back, data[:end], len(values))


def test_noise_is_a_column_within_the_limits_or_refused():
    chance = Chance(31)
    taken = 0
    for _ in range(800):
        data = chance.bytes(chance.below(50))
        count = chance.between(1, 64)
        try:
            values = take_column(BitReader(data), count, 10130, chance.below(10), scratch(count))
        except DecodeError:
            continue
        taken += 1
        assert len(values) == count
        assert min(values) >= -LIMIT and max(values) <= LIMIT
    assert taken > 100
