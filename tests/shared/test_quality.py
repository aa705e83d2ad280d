"""Quality codes: each form in its bits, and the shortest of them only."""

from protocol import quality
from protocol.bit_reader import BitReader
from protocol.bits import BitWriter
from protocol.errors import DecodeError
from protocol.quality import FAULT, MAINTENANCE, QUALITY_NAMES, filled, put_quality
from protocol.quality_reader import blank, take_quality
from tests.shared.expect import Chance, refuses
from tests.shared.handmade import bits, packed


def written(codes) -> bytes:
    writer = BitWriter()
    put_quality(writer, codes)
    return writer.to_bytes()


def read(data: bytes, rows: int, count: int):
    reader = BitReader(data)
    codes = take_quality(reader, rows, count)
    reader.finish()
    return codes


def test_all_valid_costs_one_bit_whatever_it_is_called():
    for codes in (None, [], [None], [None, None], [[0]], [[0, 0], None], [[0] * 64, [0] * 64]):
        assert written(codes) == b"\x80"
    assert read(b"\x80", 2, 64) is None


def test_all_of_one_code_costs_five_bits():
    for code in range(1, MAINTENANCE + 1):
        for count in (1, 2, 64):
            data = written([[code] * count, None])
            assert data == packed("0" + "01" + bits(code, 3) + "1")
            assert read(data, 2, count) == [[code] * count, None]


def test_mixed_codes_cost_three_bits_each():
    data = written([None, [0, 4, 5]])
    assert data == packed("0" + "1" + "00" + "000" + "100" + "101")
    assert read(data, 2, 3) == [None, [0, 4, 5]]


def test_random_codes_come_back_without_the_rows_that_say_nothing():
    chance = Chance(41)
    for _ in range(200):
        rows, count = chance.between(1, 6), chance.between(1, 64)
        codes = [[chance.below(6) * chance.below(2) for _ in range(count)] for _ in range(rows)]
        told = [row if any(row) else None for row in codes]
        assert read(written(codes), rows, count) == (told if any(told) else None)


def test_an_unknown_code_is_refused_on_both_sides():
    for code in (6, 7):
        refuses(DecodeError, read, packed("001" + bits(code, 3)), 1, 1)
        refuses(DecodeError, read, packed("000" + bits(1, 3) + bits(code, 3)), 1, 2)
    for code in (-1, 6, 7, 8, 255):
        refuses(ValueError, written, [[code]])
        refuses(ValueError, written, [[1, code]])
    assert QUALITY_NAMES[MAINTENANCE] == "maintenance" and len(QUALITY_NAMES) == MAINTENANCE + 1


def test_only_the_shortest_form_is_taken():
    for rows in (1, 2, 5):
        refuses(DecodeError, read, packed("0" + "1" * rows), rows, 3)  # it differs, and does not
    refuses(DecodeError, read, packed("0" + "01" + "000"), 1, 3)  # all of one code: valid
    refuses(DecodeError, read, packed("0" + "00" + "000" * 3), 1, 3)
    for code in range(1, 6):
        refuses(DecodeError, read, packed("0" + "00" + bits(code, 3) * 3), 1, 3)
        refuses(DecodeError, read, packed("0" + "00" + bits(code, 3)), 1, 1)


def test_every_prefix_is_refused():
    data = written([[1] * 9, [0, 1, 2, 3, 4, 5, 0, 0, 1], None])
    for end in range(len(data)):
        refuses(DecodeError, read, data[:end], 3, 9)


def test_a_hole_is_filled_with_the_value_before_it():
    codes = [0, FAULT, FAULT, 0]
    assert filled([5, None, None, 7], codes, 100) == [5, 5, 5, 7]
    assert filled([None, 6, None], [FAULT, 0, FAULT], 100) == [100, 6, 6]
    assert filled([None], [FAULT], -3) == [-3]
    assert filled([1, 2], None, 100) == [1, 2]
    for wrong in (None, [], [0, 0], [1, 5]):
        refuses(ValueError, filled, [1, None], wrong, 100)


def test_what_was_filled_is_blank_again():
    values = [5, 5, 6, 6]
    blank(values, [0, FAULT, 1, FAULT])
    assert values == [5, None, 6, None]


def test_the_codes_keep_their_meaning():
    names = ("valid", "warm_up", "out_of_range", "frozen", "fault", "maintenance")
    assert names == QUALITY_NAMES
    for code in range(len(names)):
        assert getattr(quality, names[code].upper()) == code
