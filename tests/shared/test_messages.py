"""Messages: each kind comes back, and every field out of range is refused on both sides."""

from protocol import cbor
from protocol.errors import DecodeError
from protocol.fields import TEXT_LIMIT
from protocol.messages import (
    MAX_GAPS,
    Ack,
    Gone,
    Hello,
    Note,
    Poll,
    decode,
    encode,
    is_answer,
    is_repeated,
)
from tests.shared.damage import changed, is_canonical, survives_all, survives_noise
from tests.shared.examples import (
    ACKS,
    FROM_GATEWAY,
    FROM_NODE,
    HELLOS,
    LONGEST,
    OTHERS,
    REPEATED,
    U32,
    U48,
)
from tests.shared.expect import refuses
from tests.shared.forms import ack, as_decoded, form_of, one


def refused(value) -> None:
    refuses(DecodeError, decode, cbor.dumps(value))


def test_every_kind_comes_back():
    for message in FROM_GATEWAY + FROM_NODE:
        back = decode(encode(message))
        assert type(back) is type(message)
        assert form_of(back) == as_decoded(form_of(message))
        assert encode(back) == encode(message)


def test_the_plaintext_is_one_deterministic_item():
    for message in FROM_GATEWAY + FROM_NODE:
        plain = encode(message)
        assert cbor.dumps(cbor.loads(plain)) == plain


def test_the_common_messages_are_small():
    assert encode(Poll()) == b"\xf6"
    assert encode(Ack(23)) == b"\x17"
    assert len(encode(Ack(70000))) == 5
    assert len(encode(Ack(70000, 1750000000123))) == 18
    assert encode(Ack(None)) == b"\x82\x01\xf6"
    assert len(encode(Hello(7, 100, 164, "0.1.0"))) == 13
    assert encode(Note("ok")) == b"\x62ok"


def test_each_side_knows_what_it_says():
    for message in FROM_GATEWAY:
        assert is_answer(message) and not is_repeated(message)
    for message in FROM_NODE:
        assert not is_answer(message)
        assert is_repeated(message) == (message in REPEATED)


def test_every_prefix_and_tail_is_refused_and_every_changed_bit_too_or_read_as_it_is():
    survives_all(HELLOS + ACKS + OTHERS)


def test_noise_is_a_message_or_a_decode_error():
    heads = (b"", b"\x83", b"\x85\x00", b"\x83\x01\x05", b"\x82\x01", b"\x83\x04\x05")
    survives_noise(decode, is_canonical, 14, 300, 30, heads)


def test_other_cbor_types_are_no_messages():
    for value in (
        -1,
        -(1 << 32),
        1 << 32,
        True,
        False,
        {},
        {0: 1},
        [],
        [[]],
        [None],
        ["x"],
        [b"x"],
    ):
        refused(value)


def test_an_unknown_kind_is_refused():
    for kind in (10, 11, 255, 256, -1, 1 << 32):
        refused([kind, 1, 2, 3, ""])


def test_false_and_true_are_not_the_kinds_0_and_1():
    refused([False, 7, 100, 164, "0.1.0"])
    refused([True, None])


def test_a_hello_out_of_range_is_refused():
    good = [0, 7, 100, 164, LONGEST, 163]
    assert decode(cbor.dumps(good)).unsure == 163
    assert decode(cbor.dumps(good[:5])).unsure is None
    for place in (1, 2, 3, 5):
        for wrong in (-1, 1 << 32, None, True, "7", b"7", [7]):
            refused(changed(good, place, wrong))
    for firmware in (None, 7, b"0.1.0", "x" * (TEXT_LIMIT + 1), LONGEST + "x"):
        refused(changed(good, 4, firmware))
    refused(changed(good, 2, 165))  # the oldest after the next
    refused(changed(good, 5, 164))  # nothing is unsure
    refused(good + [0])
    for end in range(1, 5):
        refused(good[:end])
    for wrong in (
        Hello(1 << 32, 0, 0, ""),
        Hello(0, -1, 0, ""),
        Hello(0, 0, 1 << 32, ""),
        Hello(0, 2, 1, ""),
        Hello(0, 0, 1, LONGEST + "x"),
        Hello(0, 0, 1, "", 1),
    ):
        refuses(ValueError, encode, wrong)


def test_the_expected_number_of_an_ack_is_32_bits_or_none():
    for expected in (0, U32, None):
        assert decode(cbor.dumps([1, expected, {0: 5}])).expected == expected
    for wrong in (-1, 1 << 32, True, "7", b"7", [7]):
        refused([1, wrong, {0: 5}])
        refuses(ValueError, encode, Ack(wrong, 5))
    refuses(ValueError, encode, Ack(1 << 32))


def test_an_ack_is_the_shortest():
    refused([1])
    refused([1, 5])  # this is the number 5 by itself
    refused([1, 5, {}])
    refused([1, None, {}])
    refused([1, 5, None])
    refused([1, 5, {0: 1}, 0])


def test_each_field_of_an_ack_is_in_range():
    for key, good, beyond in (
        (0, (0, U48), (-1, U48 + 1, None, True, "7")),
        (
            1,
            ([1], [1] * MAX_GAPS, [U32 - 7], [U32 - 38] + [1] * 31),
            ([], [0], [1, 0], [1 << 32], [True], [1] * 33, None, 7, {1: 1}, [U32 - 6]),
        ),
        (2, (0, U32), (-1, 1 << 32, None, True, "7")),
        (3, (True,), (False, 1, 0, None)),
        (7, (True,), (False, 1, 0, None)),
    ):
        for value in good:
            plain = cbor.dumps([1, 7, {key: value}])
            assert encode(decode(plain)) == plain
        for value in beyond:
            refused([1, 7, {key: value}])
    for wrong in (
        Ack(7, U48 + 1),
        Ack(7, None, [0]),
        Ack(7, None, [1] * 33),
        Ack(7, None, [1 << 32]),
        Ack(7, None, [U32 - 6]),
        Ack(U32, None, [1]),
        Ack(None, None, [1]),
        ack(7, seen=1 << 32),
        ack(7, link=(-129, 0, 0)),
        ack(7, link=(0, 128, 0)),
    ):
        refuses(ValueError, encode, wrong)


def test_the_map_of_an_ack_ends_below_the_last_number():
    for expected, gaps in ((0, [U32]), (U32 - 1, [1]), (U32 - 32, [1] * 32), (1, [5, U32 - 6])):
        assert decode(encode(Ack(expected, None, gaps))).gaps == tuple(gaps)
        for beyond in ([expected + 1, gaps], [expected, gaps[:-1] + [gaps[-1] + 1]]):
            refused([1, beyond[0], {1: beyond[1]}])
            refuses(ValueError, encode, Ack(beyond[0], None, beyond[1]))


def test_an_ack_that_expects_nothing_has_no_map():
    assert decode(cbor.dumps([1, None, {0: 5}])).gaps == ()
    for gaps in ([1], [1, 2], [U32]):
        refused([1, None, {1: gaps}])
        refused([1, None, {0: 5, 1: gaps}])
        refuses(ValueError, encode, Ack(None, 5, gaps))


def test_an_ack_tells_all_of_the_link_or_nothing():
    link = {4: -128, 5: 127, 6: 0}
    assert decode(cbor.dumps([1, 7, link])).link == (-128, 127, 0)
    for key in (4, 5, 6):
        for wrong in (-129, 128, None, True, False, "7"):
            other = dict(link)
            other[key] = wrong
            refused([1, 7, other])
        other = dict(link)
        del other[key]
        refused([1, 7, other])
        refused([1, 7, {key: 0}])


def test_a_field_of_a_newer_gateway_is_passed_over():
    for fields in ({8: 5}, {8: [1, {2: 3}]}, {-1: None}, {1 << 63: "x"}):
        message = decode(cbor.dumps([1, 70000, fields]))
        assert encode(message) == encode(Ack(70000))
        fields[0] = 5
        assert decode(cbor.dumps([1, None, fields])).unix_ms == 5


def test_what_is_gone_is_a_range_of_numbers():
    for first, count in ((0, 1), (0, U32), (U32, 1), (5, U32 - 4)):
        gone = decode(cbor.dumps([4, first, count]))
        assert (gone.first, gone.count) == (first, count)
    for first, count in (
        (0, 0),
        (1 << 32, 1),
        (0, 1 << 32),
        (U32, 2),
        (-1, 1),
        (None, 1),
        (1, True),
    ):
        refused([4, first, count])
        refuses(ValueError, encode, Gone(first, count))
    refused([4, 1])
    refused([4, 1, 1, 1])


def test_a_note_that_is_too_long_is_refused():
    for text in ("x" * (TEXT_LIMIT + 1), LONGEST + "x", "x" * 4000):
        refused(text)
        refuses(ValueError, encode, Note(text))


def test_a_broken_batch_is_refused():
    for bits in (b"", b"\x00", bytes(40), bytes([255]) * 40):
        refused(bits)
    refuses(ValueError, encode, one(columns=[[], []]))
