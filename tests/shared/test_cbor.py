"""The CBOR subset: one encoding for each value, and everything else refused."""

from binascii import unhexlify

from protocol import cbor
from protocol.errors import DecodeError
from tests.shared.damage import flipped, is_taken, survives_noise
from tests.shared.expect import refuses, vectors

# All examples of RFC 8949, appendix A, that lie in the subset, and more at its limits.
EXAMPLES = (
    (0, "00"),
    (1, "01"),
    (10, "0a"),
    (23, "17"),
    (24, "1818"),
    (25, "1819"),
    (100, "1864"),
    (255, "18ff"),
    (256, "190100"),
    (1000, "1903e8"),
    (65535, "19ffff"),
    (65536, "1a00010000"),
    (1000000, "1a000f4240"),
    (0xFFFFFFFF, "1affffffff"),
    (0x100000000, "1b0000000100000000"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"),
    (-10, "29"),
    (-24, "37"),
    (-25, "3818"),
    (-100, "3863"),
    (-256, "38ff"),
    (-257, "390100"),
    (-1000, "3903e7"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("a", "6161"),
    ("IETF", "6449455446"),
    ('"\\', "62225c"),
    ("\u00fc", "62c3bc"),
    ("\u6c34", "63e6b0b4"),
    ("\U00010151", "64f0908591"),
    ("\u007f\u0080\u07ff\u0800", "687fc280dfbfe0a080"),
    ("\ud7ff\ue000\uffff", "69ed9fbfee8080efbfbf"),
    ("\U00010000\U0010ffff", "68f0908080f48fbfbf"),
    ([], "80"),
    ([1, 2, 3], "83010203"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
    ({}, "a0"),
    ({1: 2, 3: 4}, "a201020304"),
    ({-1: 0, 256: 0, -25: 0, 24: 0, 23: 0}, "a51700181800190100002000381800"),
    ([[[[1]]]], "8181818101"),
    ({0: {0: {0: {0: 1}}}}, "a100a100a100a10001"),
)

REFUSED = (
    ("nothing", ""),
    ("uint of 1 byte that fits the head", "1817"),
    ("uint of 2 bytes that fits 1", "1900ff"),
    ("uint of 4 bytes that fits 2", "1a0000ffff"),
    ("uint of 8 bytes that fits 4", "1b00000000ffffffff"),
    ("nint of 1 byte that fits the head", "3800"),
    ("nint of 2 bytes that fits 1", "390000"),
    ("nint of 4 bytes that fits 2", "3a00000000"),
    ("nint of 8 bytes that fits 4", "3b0000000000000000"),
    ("byte string with a long length", "580161"),
    ("byte string with a longer length", "59000161"),
    ("text with a long length", "780161"),
    ("array with a long length", "980101"),
    ("map with a long length", "b8010101"),
    ("byte string without end", "5f4101ff"),
    ("text without end", "7f6161ff"),
    ("array without end", "9f01ff"),
    ("map without end", "bf0101ff"),
    ("a lone break", "ff"),
    ("reserved 28", "1c"),
    ("reserved 29", "5d"),
    ("reserved 30", "9e"),
    ("indefinite integer", "1f"),
    ("indefinite tag", "df"),
    ("half float", "f90000"),
    ("half float one", "f93c00"),
    ("float", "fa47c35000"),
    ("double", "fb3ff199999999999a"),
    ("tag", "c000"),
    ("long tag", "d82000"),
    ("bignum", "c249010000000000000000"),
    ("undefined", "f7"),
    ("simple 0", "e0"),
    ("simple 19", "f3"),
    ("simple in two bytes", "f8ff"),
    ("false in two bytes", "f814"),
    ("simple 32", "f820"),
    ("simple 24, which RFC 7049 allowed", "f818"),
    ("map keys descending", "a202000100"),
    ("map keys doubled", "a201000100"),
    ("negative before positive", "a220000000"),
    ("negative keys descending", "a221002000"),
    ("long key before short", "a21818000100"),
    ("text as key", "a1616100"),
    ("bytes as key", "a1416100"),
    ("bool as key", "a1f500"),
    ("null as key", "a1f600"),
    ("array as key", "a18000"),
    ("map without its value", "a101"),
    ("text that is not UTF-8", "61ff"),
    ("text cut within a character", "62c3"),
    ("text that starts within a character", "62bc61"),
    ("text with an overlong zero", "62c080"),
    ("text with the last overlong form of two bytes", "62c1bf"),
    ("text with an overlong form of three bytes", "63e09fbf"),
    ("text with an overlong form of four bytes", "64f08fbfbf"),
    ("text with the first surrogate", "63eda080"),
    ("text with the last surrogate", "63edbfbf"),
    ("text with a pair of surrogates", "66eda081edb080"),
    ("text with a code point beyond Unicode", "64f4908080"),
    ("text with the last code point of four bytes", "64f7bfbfbf"),
    ("text with a form of five bytes", "65f888808080"),
    ("text with an overlong form among others", "6561c0806161"),
    ("five arrays and a value", "818181818101"),
    ("five maps", "a100a100a100a100a10001"),
    ("a huge byte string", "5bffffffffffffffff"),
    ("a huge text", "7bffffffffffffffff"),
    ("a huge array", "9bffffffffffffffff"),
    ("a huge map", "bbffffffffffffffff"),
    ("a large array", "9a7fffffff0000"),
    ("an array of one too few", "830102"),
)


def test_the_examples_of_the_standard_encode():
    for value, text in EXAMPLES:
        assert cbor.dumps(value) == unhexlify(text), value


def test_the_examples_of_the_standard_decode_to_the_same_types():
    for value, text in EXAMPLES:
        back = cbor.loads(unhexlify(text))
        assert back == value and type(back) is type(value), text


def test_every_other_form_is_refused():
    for why, text in REFUSED:
        try:
            value = cbor.loads(unhexlify(text))
        except DecodeError:
            continue
        raise AssertionError("%s was read as %r" % (why, value))


def test_all_of_appendix_a_is_read_as_it_is_or_refused():
    values = {text: value for value, text in EXAMPLES}
    cases = vectors("rfc8949")
    assert len(cases) == 81
    for case in cases:
        data = unhexlify(case["hex"])
        if case["refused"]:
            refuses(DecodeError, cbor.loads, data)
            continue
        assert cbor.loads(data) == values[case["hex"]], case["item"]
        assert cbor.dumps(cbor.loads(data)) == data
    assert sum(case["refused"] is None for case in cases) == 34


def is_canonical(data: bytes, value) -> bool:
    return cbor.dumps(value) == data


def test_every_flipped_bit_is_the_encoding_of_another_value_or_refused():
    for value, text in EXAMPLES:
        for other in flipped(unhexlify(text)):
            if is_taken(cbor.loads, is_canonical, other):
                assert not same(cbor.loads(other), value), text


def same(left, right) -> bool:
    """Compare with types: 1 is not True here."""
    return type(left) is type(right) and left == right


def test_noise_is_the_encoding_of_a_value_or_refused():
    heads = (b"", b"\x82", b"\xa1", b"\xa2\x00", b"\x43", b"\x62")
    assert survives_noise(cbor.loads, is_canonical, 19, 300, 12, heads)


def test_every_prefix_is_refused():
    for _, text in EXAMPLES:
        data = unhexlify(text)
        for end in range(len(data)):
            refuses(DecodeError, cbor.loads, data[:end])


def test_any_byte_after_the_item_is_refused():
    for _, text in EXAMPLES:
        for tail in (b"\x00", b"\xf6", b"\xff"):
            refuses(DecodeError, cbor.loads, unhexlify(text) + tail)


def test_every_single_byte_is_read_or_refused():
    for byte in range(256):
        data = bytes([byte])
        try:
            assert cbor.dumps(cbor.loads(data)) == data
        except DecodeError:
            pass


def test_bytearray_and_tuple_are_written_as_bytes_and_list():
    assert cbor.dumps(bytearray(b"ab")) == cbor.dumps(b"ab")
    assert cbor.dumps((1, 2)) == cbor.dumps([1, 2])


def test_decoding_reads_any_buffer():
    data = unhexlify("8301820203820405")
    for kind in (bytes, bytearray, memoryview):
        assert cbor.loads(kind(data)) == [1, [2, 3], [4, 5]]


def test_the_writer_refuses_what_the_reader_would():
    for value in (1.5, 2**64, -(2**64) - 1, {1, 2}, object(), [2.0], {1: 0.5}):
        refuses(ValueError, cbor.dumps, value)


def test_map_keys_that_are_no_integers_are_refused_by_the_writer():
    for key in ("a", b"a", True, False, None, (1,)):
        refuses(ValueError, cbor.dumps, {key: 1})
        refuses(ValueError, cbor.dumps, {7: 0, key: 1})


def test_the_writer_nests_as_deep_as_the_reader_and_no_deeper():
    value = 7
    for depth in range(8):
        if depth <= 4:
            assert cbor.loads(cbor.dumps(value)) == value
        else:
            refuses(ValueError, cbor.dumps, value)
            refuses(ValueError, cbor.dumps, {0: value})
        value = [value]


def test_a_value_that_holds_itself_is_refused():
    value: list = []
    value.append(value)
    refuses(ValueError, cbor.dumps, value)


def test_a_head_is_taken_from_the_middle():
    data = b"\xff\x19\x03\xe8\x00"
    assert cbor.take_head(data, 1) == (cbor.UINT, 1000, 4)
    refuses(DecodeError, cbor.take_head, data, 5)
    refuses(DecodeError, cbor.take_head, data, 0)
