"""The locked console: the HMAC of RFC 4231, and everybody who does not have the key."""

from binascii import hexlify, unhexlify

from node import fields
from node.errors import NodeError
from node.unlock import Doorkeeper, hmac_sha256

KEY = bytes(range(16))
CHALLENGE = b"\xa0" * 16


def unhex(text: str) -> bytes:
    return unhexlify("".join(text.split()))


# RFC 4231, sections 4.2 to 4.8, without the truncated one of 4.6: (key, data, HMAC-SHA-256).
RFC_4231 = (
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b 881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c7 5a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a7 2959098b3ef8c122d9635514ced565fe",
    ),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a 85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f 8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944 bfdc63644f0713938a7f51535c3a35e2",
    ),
)


class Log:
    def __init__(self):
        self.lines = []

    def append(self, text):
        self.lines.append(text)


def keeper(key=KEY) -> Doorkeeper:
    """Return a doorkeeper with a log of its own."""
    return Doorkeeper(lambda: (17, key), lambda count: CHALLENGE[:count], Log())


def answer(challenge=CHALLENGE, key=KEY) -> bytes:
    """Return what the technician's tool sends."""
    return hexlify(hmac_sha256(key, challenge)[:8])


def test_the_hmac_is_that_of_rfc_4231():
    for key, data, wanted in RFC_4231:
        assert hmac_sha256(key, data) == unhex(wanted)


def test_the_key_opens():
    for sent in (answer(), b"  " + answer() + b" ", answer().decode().upper().encode()):
        door = keeper()
        said = door.hear(b"neckar open", 0)
        assert said == "challenge %s node 17" % hexlify(CHALLENGE).decode()
        assert door.hear(b"", 0) is None  # between a return and a line feed
        assert door.hear(sent, 1).startswith("console open")
        assert door.is_open
        assert door._recorder.lines == ["console: opened by key"]


def test_noise_is_not_answered():
    door = keeper()
    for line in (b"", b"help()", b"\x03\x03\x01", b"import os", answer(), b"neckar opens", b"\xff"):
        assert door.hear(line, 0) is None
    assert (door.is_open, door.refused, door._recorder.lines) == (False, 0, [])


def test_a_wrong_answer_is_counted_recorded_and_costs_a_pause_that_doubles():
    door = keeper()
    now_ms = 0
    pauses = []
    for count in range(1, 16):
        assert door.hear(b"neckar open", now_ms)
        said = door.hear(answer(key=bytes(16)), now_ms)
        pauses.append(int(said.split(" ")[3]))
        assert door.refused == count
        assert door._recorder.lines[-1] == "console: wrong answer %d" % count
        now_ms += 1000 * pauses[-1]
        # Until then not even the right one is heard, nor that somebody asks.
        assert door.hear(b"neckar open", now_ms - 1) is None
        assert door.hear(answer(), now_ms - 1) is None
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600, 3600]
    assert not door.is_open
    door.hear(b"neckar open", now_ms)
    door.hear(answer(), now_ms)
    assert door.is_open


def test_a_pause_is_over_after_weeks_too():
    """A technician comes again after ticks of ms have wrapped."""
    door = keeper()
    door.hear(b"neckar open", 0)
    door.hear(b"0" * 16, 0)
    for days in (6, 7, 12, 13, 400):
        assert door.hear(b"neckar open", days * 86400000), days


def test_a_challenge_is_good_for_one_answer():
    door = keeper()
    door.hear(b"neckar open", 0)
    door.hear(b"0" * 16, 0)
    assert door.hear(answer(), 10000) is None
    assert not door.is_open


def test_nothing_but_the_whole_answer_opens():
    right = answer()
    wrongs = [
        right[:-1],
        right + b"0",
        b"x",
        right[1:] + right[:1],
        hexlify(hmac_sha256(KEY, CHALLENGE)),
    ]
    for i in range(16):
        wrongs.append(right[:i] + (b"0" if right[i : i + 1] != b"0" else b"1") + right[i + 1 :])
    for wrong in wrongs:
        door = keeper()
        door.hear(b"neckar open", 0)
        door.hear(wrong, 0)
        assert not door.is_open and door.refused == 1, wrong


def test_without_a_key_nobody_gets_in():
    for key in (b"", b"\x00", KEY + KEY):
        door = keeper(key)
        assert door.hear(b"neckar open", 0) == "no service_key in /identity.json"
        assert door.hear(answer(key=key), 0) is None
        assert not door.is_open


def test_a_wrong_key_in_a_file_is_never_shown():
    for name in ("key", "service_key"):
        try:
            fields.check("/identity.json", name, "secret", str, 32, 32)
        except NodeError as e:
            assert "secret" not in str(e) and name in str(e)
            continue
        raise AssertionError("it was taken")
