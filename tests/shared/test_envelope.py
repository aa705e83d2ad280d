"""Envelopes: each opens once, for the right key, node, direction and epoch, and unchanged."""

from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope, parse
from protocol.errors import BAD_TAG, MALFORMED, REPLAYED, UNKNOWN_NODE, FrameError
from protocol.window import ReplayWindow
from tests.shared.expect import Chance, refuses

KEY = bytes(range(16))
NODES = (0, 23, 24, 255, 256, 0xFFFF)
COUNTERS = (0, 23, 24, 255, 256, 0xFFFF, 0x10000, 0x12345678, 0xFFFFFFFF)


def envelope(key: bytes = KEY, node: int = 300, epoch: int = 1, tag: int = TAG_WIRE) -> Envelope:
    return Envelope(Ccm(key), node, epoch, tag)


def near(counter: int) -> ReplayWindow:
    """Return a window that expects `counter` next."""
    return ReplayWindow(counter - 1, 1 if counter else 0)


def open_up(both: Envelope, frame: bytes, window: ReplayWindow) -> tuple:
    return both.open_up(parse(frame), window)


def open_answer(both: Envelope, frame: bytes, counter: int) -> bytes:
    return both.open_answer(parse(frame), counter)


def refused(kind: str, function, *args) -> None:
    error = refuses(FrameError, function, *args)
    assert error.kind == kind, (error.kind, kind)


def test_an_uplink_opens_at_the_gateway():
    for node in NODES:
        for counter in COUNTERS:
            for tag in (TAG_RADIO, TAG_WIRE):
                for whole in (False, True):
                    both = envelope(node=node, tag=tag)
                    parsed = parse(both.seal_up(counter, b"plain", whole))
                    assert (parsed.node, parsed.down) == (node, False)
                    assert both.open_up(parsed, near(counter)) == (counter, b"plain")


def test_an_answer_opens_at_the_node_that_asked():
    for node in NODES:
        for counter in COUNTERS:
            both = envelope(node=node)
            parsed = parse(both.seal_answer(counter, b"plain"))
            assert (parsed.node, parsed.down) == (node, True)
            assert both.open_answer(parsed, counter) == b"plain"


def test_the_overhead_is_what_the_design_says():
    sizes = [len(envelope(node=n, tag=TAG_RADIO).seal_up(300, b"")) for n in (20, 200, 2000)]
    assert sizes == [10, 11, 12]
    assert len(envelope(tag=TAG_WIRE).seal_up(300, bytes(30))) == 1 + 3 + 3 + 2 + 30 + 8


def test_an_empty_plaintext_is_a_message_too():
    both = envelope()
    assert both.open_up(parse(both.seal_up(1, b"")), near(1)) == (1, b"")


def test_a_frame_opens_once():
    both, window = envelope(), ReplayWindow()
    frames = [both.seal_up(counter, b"%d" % counter) for counter in range(70)]
    for i in (3, 1, 2, 0, 65):
        assert both.open_up(parse(frames[i]), window) == (i, b"%d" % i)
        refused(REPLAYED, both.open_up, parse(frames[i]), window)
    assert both.open_up(parse(frames[4]), window)[0] == 4
    # Below the window the 16 bits stand for a counter to come, and the tag says it is not that one.
    refused(BAD_TAG, both.open_up, parse(frames[1]), window)


def test_a_replayed_frame_with_a_whole_counter_is_refused_however_old():
    both, window = envelope(), ReplayWindow()
    old = both.seal_up(0x20000, b"hello", True)
    assert both.open_up(parse(old), window) == (0x20000, b"hello")
    assert both.open_up(parse(both.seal_up(0x20100, b"x")), window)[0] == 0x20100
    refused(REPLAYED, both.open_up, parse(old), window)
    assert window.top == 0x20100


def test_a_whole_counter_reaches_a_gateway_that_knows_nothing():
    both = envelope()
    frame, short = both.seal_up(70000, b"x", True), both.seal_up(70000, b"x")
    assert both.open_up(parse(frame), ReplayWindow())[0] == 70000
    refused(BAD_TAG, both.open_up, parse(short), ReplayWindow())
    assert both.open_up(parse(short), ReplayWindow(65472, 1))[0] == 70000
    assert len(frame) == len(short) + 2


def test_a_refused_frame_leaves_the_window_as_it_was():
    both, window = envelope(), ReplayWindow(500, 0b1011)
    for frame in (envelope(key=bytes(16)).seal_up(501, b"x"), both.seal_up(500, b"x")):
        refuses(FrameError, both.open_up, parse(frame), window)
        assert (window.top, window.mask) == (500, 0b1011)


def test_frames_are_followed_over_the_wrap_of_16_bits():
    both, window = envelope(), ReplayWindow()
    for counter in range(0, 300000, 9999):
        assert both.open_up(parse(both.seal_up(counter, b"x")), window)[0] == counter


def test_a_counter_beyond_32_bits_is_neither_sent_nor_opened():
    refuses(ValueError, envelope().seal_up, 1 << 32, b"x")
    refuses(ValueError, envelope().seal_answer, 1 << 32, b"x")
    window = ReplayWindow(0xFFFFFFFF, 1)
    frame = envelope().seal_up(5, b"x")
    refused(REPLAYED, envelope().open_up, parse(frame), window)


def test_the_wrong_key_epoch_or_tag_length_is_a_bad_tag():
    up, down = envelope().seal_up(9, b"plain"), envelope().seal_answer(9, b"plain")
    for other in (
        envelope(key=bytes(16)),
        envelope(epoch=0),
        envelope(epoch=2),
        envelope(epoch=0xFFFFFFFF),
        envelope(tag=TAG_RADIO),
    ):
        refused(BAD_TAG, other.open_up, parse(up), near(9))
        refused(BAD_TAG, other.open_answer, parse(down), 9)


def test_another_node_is_unknown():
    refused(UNKNOWN_NODE, envelope(node=1).open_up, parse(envelope().seal_up(9, b"x")), near(9))
    refused(UNKNOWN_NODE, envelope(node=1).open_answer, parse(envelope().seal_answer(9, b"x")), 9)


def test_directions_are_not_confused():
    both = envelope()
    up, down = both.seal_up(9, b"plain"), both.seal_answer(9, b"plain")
    refused(UNKNOWN_NODE, both.open_up, parse(down), near(9))
    refused(UNKNOWN_NODE, both.open_answer, parse(up), 9)
    for frame in (up, down):  # the sign of the address turned round by hand
        turned = bytearray(frame)
        turned[1] ^= 0x20
        parsed = parse(bytes(turned))
        parsed.node = 300
        refuses(FrameError, both.open_up, parsed, near(9))
        refuses(FrameError, both.open_answer, parsed, 9)


def test_an_answer_fits_one_question():
    both = envelope()
    parsed = parse(both.seal_answer(9, b"plain"))
    refused(REPLAYED, both.open_answer, parsed, 8)
    refused(REPLAYED, both.open_answer, parsed, 10)
    refused(BAD_TAG, both.open_answer, parsed, 9 + 0x10000)


def test_every_flipped_bit_is_refused():
    both = envelope()
    for frame in (both.seal_up(300, b"a plain text"), both.seal_up(70000, b"x", True)):
        for bit in range(8 * len(frame)):
            other = bytearray(frame)
            other[bit // 8] ^= 1 << bit % 8
            window = near(300 if len(frame) > 20 else 70000)
            refuses(FrameError, open_up, both, bytes(other), window)
    answer = both.seal_answer(300, b"a plain text")
    for bit in range(8 * len(answer)):
        other = bytearray(answer)
        other[bit // 8] ^= 1 << bit % 8
        refuses(FrameError, open_answer, both, bytes(other), 300)


def test_every_prefix_and_every_tail_is_malformed():
    for frame in (envelope().seal_up(300, b"plain"), envelope(node=0).seal_answer(0, b"")):
        for end in range(len(frame)):
            refused(MALFORMED, parse, frame[:end])
        for tail in (b"\x00", b"\xff", frame):
            refused(MALFORMED, parse, frame + tail)


def test_other_forms_of_a_frame_are_malformed():
    for frame in (
        b"\x82\x01\x02",
        b"\x84\x01\x02\x40\x00",
        b"\x9f\x01\x02\x40\xff",
        b"\x98\x03\x01\x02\x40",
        b"\x83\x18\x01\x02\x40",  # node not the shortest
        b"\x83\x01\x18\x02\x40",  # counter not the shortest
        b"\x83\x01\x02\x58\x01\x00",  # length not the shortest
        b"\x83\x1a\x00\x01\x00\x00\x02\x40",  # node beyond 16 bits
        b"\x83\x3a\x00\x01\x00\x00\x02\x40",
        b"\x83\x01\x20\x40",  # a negative counter
        b"\x83\x01\x1b\x00\x00\x00\x01\x00\x00\x00\x00\x40",  # counter beyond 32 bits
        b"\x83\x20\x1a\x00\x01\x00\x00\x40",  # an answer tells 16 bits only
        b"\x83\x41\x01\x02\x40",
        b"\x83\x01\x02\x60",
        b"\x83\x01\x02\x80",
        b"\x83\x01\x02\x5f\x40\xff",
        b"\x83\xf4\x02\x40",
    ):
        refused(MALFORMED, parse, frame)
    assert parse(b"\x83\x01\x02\x40").sealed == b""


def test_a_frame_shorter_than_a_tag_is_refused():
    for length in range(8):
        parsed = parse(bytes([0x83, 1, 2, 0x40 | length]) + bytes(length))
        refused(BAD_TAG, envelope(node=1).open_up, parsed, near(2))


def test_noise_is_refused():
    chance = Chance(13)
    both, window = envelope(node=1), ReplayWindow()
    for _ in range(400):
        noise = chance.bytes(chance.below(30))
        refuses(FrameError, open_up, both, noise, window)
        refuses(FrameError, open_up, both, b"\x83\x01" + noise, window)
    assert (window.top, window.mask) == (-1, 0)
