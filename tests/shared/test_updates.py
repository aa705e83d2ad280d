"""New firmware in blocks: offer, want and block, at every limit of their fields."""

from protocol import cbor
from protocol.errors import DecodeError
from protocol.messages import decode, encode
from protocol.updates import Block, Offer, Want
from tests.shared.damage import changed, is_canonical, survives_all, survives_noise
from tests.shared.examples import U24, UPDATES
from tests.shared.expect import refuses
from tests.shared.forms import IMAGE, form_of

# For each kind: an array that decodes, and what each place refuses.
IMAGES = (b"", IMAGE[1:], IMAGE + b"x", "12345678", None, 7)
U24_WRONG = (-1, U24 + 1, None, True, "7")
LIMITS = (
    (
        [7, IMAGE, U24, 400, "x" * 64],
        (IMAGES, (0,) + U24_WRONG, (0, 401, 0x10000, -1, None, True), ("x" * 65, b"x", None, 7)),
    ),
    ([8, IMAGE, U24, bytes(32)], (IMAGES, U24_WRONG, (bytes(33), "x", None, 7))),
    ([9, IMAGE, U24, bytes(400)], (IMAGES, U24_WRONG, (b"", bytes(401), "x", None, 7))),
)


def test_every_update_comes_back():
    for message in UPDATES:
        plain = encode(message)
        assert form_of(decode(plain)) == form_of(message)
        assert encode(decode(plain)) == plain


def test_a_changed_update_is_another_one_or_refused():
    survives_all(UPDATES)
    heads = (b"\x85\x07\x48", b"\x84\x08\x48", b"\x84\x09\x48" + IMAGE)
    survives_noise(decode, is_canonical, 27, 200, 14, heads)


def test_an_update_out_of_range_is_refused_on_both_sides():
    classes = (Offer, Want, Block)
    for kind in range(3):
        good, beyond = LIMITS[kind]
        assert isinstance(decode(cbor.dumps(good)), classes[kind])
        for place in range(1, len(good)):
            for wrong in beyond[place - 1]:
                value = changed(good, place, wrong)
                refuses(DecodeError, decode, cbor.dumps(value))
                if place < 4:  # a firmware that is no text has no form at all
                    refuses(ValueError, encode, classes[kind](*value[1:]))
        for end in range(1, len(good)):
            refuses(DecodeError, decode, cbor.dumps(good[:end]))
        refuses(DecodeError, decode, cbor.dumps(good + [0]))
    refuses(ValueError, encode, Offer(IMAGE, 1, 1, "x" * 65))
