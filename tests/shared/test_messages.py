"""Messages: each kind comes back, and every field out of range is refused."""

from protocol import cbor, messages
from protocol.errors import DecodeError
from protocol.messages import NOTE_LIMIT, STATUS_FIELDS, Ack, Hello, Note, Status, decode, encode
from tests.shared.expect import Chance, refuses
from tests.shared.forms import as_decoded, form_of, one

MESSAGES = (
    one(),
    one(columns=[[1], [None]], quality=[[2], [4]]),
    Hello(0, 0, 0, ""),
    Hello(7, 100, 164, "0.1.0"),
    Hello((1 << 32) - 1, (1 << 32) - 1, (1 << 32) - 1, "x" * NOTE_LIMIT),
    Ack(0, 0),
    Ack(None, 1750000000123),
    Ack(None),
    Ack(23),
    Ack((1 << 32) - 1, (1 << 48) - 1),
    Status({}),
    Status({"uptime_s": 0}),
    Status({name: i * 1000 for i, name in enumerate(STATUS_FIELDS)}),
    Status(dict.fromkeys(STATUS_FIELDS, (1 << 48) - 1)),
    Note(""),
    Note("sensor 2: no answer"),
    Note("\u00fc" * (NOTE_LIMIT // 2)),
)


def test_every_kind_comes_back():
    for message in MESSAGES:
        back = decode(encode(message))
        assert type(back) is type(message)
        assert form_of(back) == as_decoded(form_of(message))
        assert encode(back) == encode(message)


def test_the_plaintext_is_one_deterministic_item():
    for message in MESSAGES:
        plain = encode(message)
        assert cbor.dumps(cbor.loads(plain)) == plain


def test_the_common_messages_are_small():
    assert len(encode(Ack(70000))) == 7
    assert len(encode(Ack(70000, 1750000000123))) == 16
    assert len(encode(Hello(7, 100, 164, "0.1.0"))) == 13
    assert encode(Note("ok")) == b"\x62ok"


def test_every_prefix_and_every_tail_is_refused():
    for message in MESSAGES:
        plain = encode(message)
        for end in range(len(plain)):
            refuses(DecodeError, decode, plain[:end])
        for tail in (b"\x00", b"\xf6", plain):
            refuses(DecodeError, decode, plain + tail)


def refused_value(value) -> None:
    refuses(DecodeError, decode, cbor.dumps(value))


def test_other_cbor_types_are_no_messages():
    for value in (0, 7, -1, None, True, False, {}, {0: 1}, [], [[]], [None], ["x"], [b"x"]):
        refused_value(value)


def test_an_unknown_kind_is_refused():
    for kind in (3, 4, 255, 256, -1, 1 << 32):
        refused_value([kind, 1, 2, 3, ""])


def test_false_and_true_are_not_the_kinds_0_and_1():
    refused_value([False, 7, 100, 164, "0.1.0"])
    refused_value([True, 5, 1750000000123])


def changed(values: list, place: int, value) -> list:
    """Return a copy with another value in one place, or one more at the end."""
    copy = list(values)
    copy[place : place + 1] = [value]
    return copy


def test_a_hello_out_of_range_is_refused():
    good = [0, 7, 100, 164, "0.1.0"]
    assert decode(cbor.dumps(good)).firmware == "0.1.0"
    for place in (1, 2, 3):
        for wrong in (-1, 1 << 32, None, True, "7", b"7", [7]):
            refused_value(changed(good, place, wrong))
    for firmware in (None, 7, b"0.1.0", "x" * (NOTE_LIMIT + 1), "\u00fc" * (NOTE_LIMIT // 2 + 1)):
        refused_value(changed(good, 4, firmware))
    refused_value([0, 7, 165, 164, "0.1.0"])  # the oldest after the next
    for end in range(1, 5):
        refused_value(good[:end])
    refused_value(changed(good, 5, 0))


def test_an_ack_out_of_range_is_refused():
    for wrong in (-1, 1 << 32, True, "7", b"7", [7]):
        refused_value([1, wrong, 0])
        refused_value([1, wrong])
    for wrong in (-1, 1 << 48, None, True, "7", b"7", [7]):
        refused_value([1, 7, wrong])
    refused_value([1])
    refused_value([1, 7, 0, 0])


def test_a_status_out_of_range_is_refused():
    for wrong in (-1, 1 << 48, None, True, "7", b"7", [7], {}):
        refused_value([2, {0: wrong}])
        refused_value([2, {0: 1, 99: wrong}])
    for fields in (None, 7, [], "x"):
        refused_value([2, fields])
    for key in (-1, 1 << 16, 1 << 63):
        refused_value([2, {key: 1}])
    refused_value([2])
    refused_value([2, {}, 0])


def test_a_field_of_a_newer_firmware_is_kept_by_number():
    count = len(STATUS_FIELDS)
    fields = decode(cbor.dumps([2, {0: 5, count: 6, 65535: 7}])).fields
    assert fields == {STATUS_FIELDS[0]: 5, "field_%d" % count: 6, "field_65535": 7}


def test_a_note_that_is_too_long_is_refused():
    for text in ("x" * (NOTE_LIMIT + 1), "\u00fc" * (NOTE_LIMIT // 2 + 1), "x" * 4000):
        refused_value(text)


def test_a_broken_batch_is_refused():
    for bits in (b"", b"\x00", bytes(40), bytes([255]) * 40):
        refused_value(bits)


def test_what_the_other_side_would_refuse_is_not_encoded():
    for message in (
        Note("x" * (NOTE_LIMIT + 1)),
        Note("\u00fc" * (NOTE_LIMIT // 2 + 1)),
        Hello(0, 0, 0, "x" * (NOTE_LIMIT + 1)),
        Status({"uptime_s": -1}),
        Status({"uptime_s": 1 << 48}),
        one(columns=[[], []]),
    ):
        refuses(ValueError, encode, message)
    refuses(KeyError, encode, Status({"no_such_field": 1}))


def test_noise_is_a_message_or_a_decode_error():
    chance = Chance(14)
    for _ in range(600):
        plain = chance.bytes(chance.below(30))
        for data in (plain, b"\x83" + plain, bytes([0x40 | min(len(plain), 23)]) + plain[:23]):
            try:
                messages.decode(data)
            except DecodeError:
                pass
