"""Records between gateway and modem: whole, damaged, and never mistaken for a node's frame."""

from binascii import crc32, unhexlify

from protocol import cbor, modem
from protocol.errors import DecodeError
from protocol.modem import Done, Heard, Send, State, Tune, decode, encode
from tests.shared.damage import changed
from tests.shared.expect import Chance, refuses, vectors

FRAME = b"\x83\x11\x05\x44abcd"
MESSAGES = (
    Heard(0, 868100000, 9, -118, -30, FRAME),
    Heard((1 << 62) - 1, 869525000, 12, 10, 40, b"x" * 255),
    Done(65535, modem.NO_RADIO, 0, None),
    Done(0, modem.DONE, 1810, 359000),
    State("1.2.3", "", {"uptime_s": 7, "reset_cause": 5}, []),
    State("", "BUSY stays high", dict.fromkeys(modem.state_fields(), 9), [("O", 5, 360000)]),
    Send(7, None, 0, 0, 869525000, 9, 14, FRAME),
    Send(7, 12345, 500, 2000, 869525000, 9, -9, FRAME),
    Tune(3, 868300000, 7),
)

# For one array of each kind: what its places refuse.
U16 = (-1, 65536, None, True, "7")
HZ = (-1, 1 << 30, None, b"x", "868")
SF = (-1, 16, None, "9")
FRAMES = (b"", b"x" * 256, "text", None, 7)
LIMITS = (
    (
        [0, 7, 868100000, 9, -118, -30, FRAME],
        ((-1, None, True), HZ, SF, (256, None), (-256,), FRAMES),
    ),
    ([1, 7, 0, 100, 100], (U16, (6, -1, None), (-1, None, 1 << 24), (-1, "x"))),
    ([2, "1", "", {1: 5}, []], ((7, "x" * 65), (None,), ([], {1: -1}, 7), ({}, [7], [["O", 1]]))),
    (
        [3, 7, None, 500, 2000, 869525000, 9, 14, FRAME],
        (U16, (-1, "x"), (2001, -1, None), (499, 60001, None), HZ, SF, (64, None), FRAMES),
    ),
    ([4, 7, 868100000, 9], (U16, HZ, SF)),
)


def record_of(value) -> bytes:
    body = cbor.dumps(value)
    return body + crc32(body).to_bytes(4, "big")


def fields_of(message) -> dict:
    return dict(message.__dict__, duty=[tuple(row) for row in getattr(message, "duty", ())])


def test_every_record_comes_back():
    for message in MESSAGES:
        record = encode(message)
        assert modem.is_modem_record(record)
        back = decode(record)
        assert type(back) is type(message)
        assert fields_of(back) == fields_of(message)
        assert encode(back) == record


def test_a_nodes_frame_is_no_record_of_a_modem():
    assert not modem.is_modem_record(FRAME)
    assert not modem.is_modem_record(b"")


def test_every_changed_bit_and_every_prefix_is_refused():
    for message in MESSAGES[:5]:
        record = encode(message)
        for place in range(8 * len(record)):
            bits = bytearray(record)
            bits[place // 8] ^= 1 << place % 8
            refuses(DecodeError, decode, bytes(bits))
        for end in range(len(record)):
            refuses(DecodeError, decode, record[:end])
        refuses(DecodeError, decode, record + b"\x00")


def test_noise_is_refused_whether_its_checksum_fits_or_not():
    chance = Chance(7)
    for _ in range(300):
        noise = chance.bytes(chance.below(40))
        refuses(DecodeError, decode, noise)
        body = bytes([0x84 + chance.below(6), chance.below(6)]) + noise
        try:
            message = decode(body + crc32(body).to_bytes(4, "big"))
        except DecodeError:
            continue
        assert encode(message)[:-4] == body


def test_a_field_out_of_range_is_refused_on_both_sides():
    for good, beyond in LIMITS:
        decode(record_of(good))
        for place in range(1, len(good)):
            for wrong in beyond[place - 1]:
                refuses(DecodeError, decode, record_of(changed(good, place, wrong)))
        for end in range(1, len(good)):
            refuses(DecodeError, decode, record_of(good[:end]))
        refuses(DecodeError, decode, record_of(good + [0]))
    refuses(ValueError, encode, Send(7, None, 5, 4, 869525000, 9, 14, FRAME))
    refuses(ValueError, encode, State("1", "", {"no such field": 1}, []))
    for value in ([5], [], {}, 7, None, "text", ["x"]):
        refuses(DecodeError, decode, record_of(value))


def test_a_newer_modems_field_is_left_out():
    state = decode(record_of([2, "9", "", {0: 7, 200: 1}, []]))
    assert state.fields == {"uptime_s": 7}


KINDS = {"heard": Heard, "done": Done, "state": State, "send": Send, "tune": Tune}


def test_records_are_written_and_read_as_in_the_vectors():
    kinds = set()
    for vector in vectors("modem"):
        form = dict(vector["message"])
        kind = form.pop("kind")
        kinds.add(kind)
        if "frame" in form:
            form["frame"] = unhexlify(form["frame"])
        message = KINDS[kind](**form)
        record = unhexlify(vector["record"])
        assert encode(message) == record, vector["name"]
        assert fields_of(decode(record)) == fields_of(message), vector["name"]
    assert kinds == set(KINDS)
