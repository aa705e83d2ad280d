"""The bit stream and its three codes, at both ends of what they can hold."""

from protocol.bit_reader import BitReader, unzigzag
from protocol.bits import RAW_WIDTH, RICE_ESCAPE, BitWriter, zigzag
from protocol.errors import DecodeError
from tests.shared.expect import Chance, refuses

TOP = (1 << RAW_WIDTH) - 1


def written(*calls) -> bytes:
    """Return the bytes of a writer after calls given as (method, arguments...)."""
    writer = BitWriter()
    for call in calls:
        getattr(writer, call[0])(*call[1:])
    return writer.to_bytes()


def test_bits_are_laid_most_significant_first_and_padded_with_zeros():
    assert written() == b""
    assert written(("put", 1, 1)) == b"\x80"
    assert written(("put", 5, 3), ("put", 1, 6)) == b"\xa0\x80"
    assert written(("put", 0xAB, 8)) == b"\xab"
    assert written(("put", 0x3FFFFF, 22)) == b"\xff\xff\xfc"
    assert written(("put", 0, 0), ("put", 1, 7), ("put", 0, 0), ("put", 1, 1)) == b"\x03"


def test_known_codes():
    # Exp-Golomb of order 0: 1, 010, 011, 00100 ..
    assert written(("put_golomb", 0, 0)) == b"\x80"
    assert written(("put_golomb", 1, 0)) == b"\x40"
    assert written(("put_golomb", 2, 0)) == b"\x60"
    assert written(("put_golomb", 3, 0)) == b"\x20"
    # of order 2: a prefix as for the value / 4, then 2 bits
    assert written(("put_golomb", 3, 2)) == b"\xe0"
    assert written(("put_golomb", 4, 2)) == b"\x40"
    # Rice with parameter 2: 9 = 2 * 4 + 1 is 110 01
    assert written(("put_rice", [9], 2)) == b"\xc8"
    assert written(("put_rice", [9, 0, 9], 2)) == b"\xc8\xc8"
    assert written(("put_rice", [12], 0)) == b"\xff\xf0\x00\x03\x00"
    assert written(("put_rice", [], 5)) == b""


def test_fixed_widths_come_back_at_every_alignment():
    for width in range(1, 23):
        for lead in range(8):
            for value in (0, 1, (1 << width) - 1, 1 << (width - 1)):
                data = written(("put", 0, lead), ("put", value, width), ("put", 1, 1))
                reader = BitReader(data)
                assert reader.take(lead) == 0
                assert reader.take(width) == value
                assert reader.take(1) == 1
                reader.finish()


def test_32_bits_come_back():
    for value in (0, 1, 0xFFFF, 0x10000, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0xFFFFFFFF):
        data = written(("put", 1, 3), ("put_wide", value >> 16, value & 0xFFFF))
        reader = BitReader(data)
        assert reader.take(3) == 1
        assert reader.take_wide() == value
        reader.finish()


def taken_rice(reader: BitReader, count: int, order: int) -> list:
    """Return the next `count` Rice codes; the scratch list held something else before."""
    codes = [-1] * count
    reader.take_rice(codes, order)
    return codes


def edge_values() -> list:
    values = [0, 1, 2, 3, TOP, TOP - 1]
    for bit in range(2, RAW_WIDTH):
        values += [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]
    return values


def test_exp_golomb_codes_come_back_in_every_order():
    for order in range(10):
        values = [value for value in edge_values() if value <= TOP + 1 - (1 << order)]
        values.append(TOP + 1 - (1 << order))  # the largest that a writer may be given
        writer = BitWriter()
        for value in values:
            writer.put_golomb(value, order)
        reader = BitReader(writer.to_bytes())
        assert [reader.take_golomb(order) for _ in values] == values
        reader.finish()


def test_rice_codes_come_back_with_every_parameter_and_past_the_escape():
    for order in range(10):
        edge = RICE_ESCAPE << order
        values = edge_values()
        values += (edge - 1, edge, edge + 1)
        for lead in range(8):
            data = written(("put", 0, lead), ("put_rice", values, order), ("put", 1, 1))
            reader = BitReader(data)
            assert reader.take(lead) == 0
            assert taken_rice(reader, len(values), order) == values
            assert reader.take(1) == 1
            reader.finish()


def test_mixed_codes_come_back():
    chance = Chance(7)
    for _ in range(60):
        calls = []
        for _ in range(chance.between(1, 30)):
            kind = chance.below(3)
            order = chance.below(10)
            value = chance.below((1 << chance.between(1, 22)) - 1)
            if kind == 0:
                calls.append(("put", value, 22))
            elif kind == 1:
                calls.append(("put_golomb", value, order))
            else:
                calls.append(("put_rice", [value] * chance.between(1, 5), order))
        reader = BitReader(written(*calls))
        for name, value, order in calls:
            if name == "put_rice":
                assert taken_rice(reader, len(value), order) == value
            else:
                assert getattr(reader, name.replace("put", "take"))(order) == value
        reader.finish()


def test_reading_past_the_end_is_refused():
    for data in (b"", b"\x00", b"\xff", b"\x00\x00"):
        for take in ("take", "take_golomb"):
            reader = BitReader(data)
            reader.take(8 * len(data))
            refuses(DecodeError, getattr(reader, take), 1)
        reader = BitReader(data)
        reader.take(8 * len(data))
        refuses(DecodeError, reader.take_rice, [0], 1)
        refuses(DecodeError, BitReader(data).take_wide)
    refuses(DecodeError, BitReader(b"\xff\xff\xff").take_rice, [0], 0)  # an escape without its bits
    refuses(DecodeError, BitReader(b"\x00\x01").take_golomb, 0)


def test_codes_that_end_early_are_refused_at_every_byte():
    for codes, order in (([0, 5, 100, RICE_ESCAPE << 3, TOP], 3), ([TOP, TOP], 9)):
        data = written(("put_rice", codes, order))
        assert taken_rice(BitReader(data), len(codes), order) == codes
        for end in range(len(data)):
            refuses(DecodeError, BitReader(data[:end]).take_rice, list(codes), order)
    for value, order in ((TOP, 0), (4000000, 9), (0xFFFF, 5), (300, 2)):
        data = written(("put_golomb", value, order))
        assert BitReader(data).take_golomb(order) == value
        for end in range(len(data)):
            refuses(DecodeError, BitReader(data[:end]).take_golomb, order)


def test_taking_nothing_reads_nothing():
    reader = BitReader(b"")
    assert reader.take(0) == 0
    reader.finish()


def test_a_golomb_code_longer_than_any_writer_makes_is_refused():
    for order in range(10):
        refuses(DecodeError, BitReader(bytes(3) + b"\xff" * 8).take_golomb, order)
        refuses(DecodeError, BitReader(bytes(64)).take_golomb, order)


def test_only_zero_padding_may_follow_the_last_code():
    for data, taken in ((b"\x80", 1), (b"\xa0\x00", 9), (b"", 0)):
        reader = BitReader(data)
        reader.take(taken)
        reader.finish()
    for data, taken in ((b"\x81", 1), (b"\x80\x00", 1), (b"\x00", 0), (b"\xff\xff", 15)):
        reader = BitReader(data)
        reader.take(taken)
        refuses(DecodeError, reader.finish)


def test_zigzag_and_back():
    assert [zigzag(value) for value in (0, -1, 1, -2, 2)] == [0, 1, 2, 3, 4]
    for middle in (0, -2097152 + 300, 2097151 - 300):
        for value in range(middle - 300, middle + 301):
            assert unzigzag(zigzag(value)) == value
    for start in (0, TOP - 600):
        for code in range(start, start + 601):
            assert zigzag(unzigzag(code)) == code
