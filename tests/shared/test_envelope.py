"""Envelopes: each opens once, for the right key, node, direction and epoch, and unchanged."""

from protocol.ccm import Ccm
from protocol.envelope import STRONG, TAG_RADIO, TAG_WIRE, Envelope, parse
from protocol.errors import BAD_TAG, LOCKED_OUT, REPLAYED, UNKNOWN_NODE, FrameError
from protocol.window import ReplayWindow
from tests.shared.damage import flipped
from tests.shared.expect import Chance, refuses
from tests.shared.forms import KEY

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
                for form in range(8):
                    asks, whole, strong = form & 1 == 1, form & 2 == 2, form & 4 == 4
                    both = envelope(node=node, tag=tag)
                    parsed = parse(both.seal_up(counter, b"plain", asks, whole, strong))
                    assert (parsed.node, parsed.down, parsed.more) == (node, False, asks)
                    assert parsed.low == (counter if whole else counter % 0x10000)
                    assert len(parsed.sealed) == 5 + (STRONG if strong else tag)
                    assert both.open_up(parsed, near(counter)) == (counter, b"plain")


def test_an_answer_opens_at_the_node_that_asked():
    for node in NODES:
        for counter in COUNTERS:
            for tag in (TAG_RADIO, TAG_WIRE):
                for more in (False, True):
                    both = envelope(node=node, tag=tag)
                    parsed = parse(both.seal_answer(counter, b"plain", more))
                    assert (parsed.node, parsed.down, parsed.more) == (node, True, more)
                    assert parsed.low == counter % 24
                    assert len(parsed.sealed) == 5 + STRONG  # whatever the link
                    assert both.open_answer(parsed, counter) == b"plain"


def test_the_overhead_is_what_the_design_says():
    sizes = [len(envelope(node=n, tag=TAG_RADIO).seal_up(300, b"")) for n in (20, 200, 2000)]
    assert sizes == [10, 11, 12]
    asking = [len(envelope(tag=TAG_RADIO).seal_up(300, b"", True, False, s)) for s in (False, True)]
    assert asking == [12, 16]
    assert len(envelope(tag=TAG_WIRE).seal_up(300, bytes(30))) == 1 + 3 + 3 + 2 + 30 + 8
    for counter in (0, 23, 24, 0xFFFFFFFF):
        for more in (False, True):
            assert len(envelope(node=20).seal_answer(counter, b"", more)) == 1 + 1 + 1 + 1 + 8


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
    old = both.seal_up(0x20000, b"hello", whole=True)
    assert both.open_up(parse(old), window) == (0x20000, b"hello")
    assert both.open_up(parse(both.seal_up(0x20100, b"x")), window)[0] == 0x20100
    refused(REPLAYED, both.open_up, parse(old), window)
    assert window.top == 0x20100


def test_a_whole_counter_reaches_a_gateway_that_knows_nothing():
    both = envelope()
    frame, short = both.seal_up(70000, b"x", whole=True), both.seal_up(70000, b"x")
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
    refused(BAD_TAG, envelope().open_up, parse(frame), window)


def test_the_wrong_key_or_epoch_is_a_bad_tag():
    up, down = envelope().seal_up(9, b"plain"), envelope().seal_answer(9, b"plain")
    for other in (
        envelope(key=bytes(16)),
        envelope(epoch=0),
        envelope(epoch=2),
        envelope(epoch=0xFFFFFFFF),
    ):
        refused(BAD_TAG, other.open_up, parse(up), near(9))
        refused(BAD_TAG, other.open_answer, parse(down), 9)


def test_a_gateway_on_the_radio_takes_both_tags_and_on_a_wire_the_long_one():
    weak, strong = envelope(tag=TAG_RADIO).seal_up(9, b"plain"), envelope().seal_up(9, b"plain")
    assert envelope(tag=TAG_RADIO).seal_up(9, b"plain", strong=True) == strong
    for frame in (weak, strong):
        assert envelope(tag=TAG_RADIO).open_up(parse(frame), near(9)) == (9, b"plain")
    assert envelope().open_up(parse(strong), near(9)) == (9, b"plain")
    refused(BAD_TAG, envelope().open_up, parse(weak), near(9))


def test_where_only_strong_tags_count_a_weak_one_is_locked_out():
    radio = envelope(tag=TAG_RADIO)
    weak, strong = radio.seal_up(9, b"plain"), radio.seal_up(9, b"plain", strong=True)
    for both in (radio, envelope()):
        window = near(9)
        refused(LOCKED_OUT, both.open_up, parse(weak), window, True)
        assert window.top == 8
        assert both.open_up(parse(strong), window, True) == (9, b"plain")
        refused(REPLAYED, both.open_up, parse(strong), window, True)


def test_a_weak_tag_is_not_the_start_of_a_strong_one():
    radio = envelope(tag=TAG_RADIO)
    weak = parse(radio.seal_up(9, b"plain", asks=True))
    strong = parse(radio.seal_up(9, b"plain", asks=True, strong=True))
    assert weak.sealed[:5] == strong.sealed[:5]  # one text, one key stream
    assert weak.sealed[5:] != strong.sealed[5:9]
    strong.sealed = strong.sealed[:9]
    refused(BAD_TAG, radio.open_up, strong, near(9))


def test_nobody_can_make_a_node_seem_to_ask():
    both = envelope()
    frame = bytearray(both.seal_up(9, b"plain"))
    frame[4] ^= 0x20
    assert parse(bytes(frame)).more
    refused(BAD_TAG, both.open_up, parse(bytes(frame)), near(9))
    answer = bytearray(both.seal_answer(9, b"plain"))
    answer[4] ^= 0x20
    assert parse(bytes(answer)).more
    refused(BAD_TAG, both.open_answer, parse(bytes(answer)), 9)


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
    for counter in (8, 10, 32, 9 + 0x10000):
        refused(REPLAYED, both.open_answer, parsed, counter)
    for counter in (9 + 24, 9 + 48, 9 + 24 * 0x10000):  # the same 24th: the tag says no
        refused(BAD_TAG, both.open_answer, parsed, counter)


def test_every_flipped_bit_is_refused():
    for tag in (TAG_RADIO, TAG_WIRE):
        both = envelope(tag=tag)
        for counter, asks, whole in ((300, False, False), (300, True, False), (70000, True, True)):
            for other in flipped(both.seal_up(counter, b"a plain text", asks, whole)):
                refuses(FrameError, open_up, both, other, near(counter))
    for more in (False, True):
        for other in flipped(envelope().seal_answer(300, b"a plain text", more)):
            refuses(FrameError, open_answer, envelope(), other, 300)


def test_noise_is_refused():
    chance = Chance(13)
    both, window = envelope(node=1), ReplayWindow()
    for _ in range(200):
        noise = chance.bytes(chance.below(30))
        refuses(FrameError, open_up, both, noise, window)
        refuses(FrameError, open_up, both, b"\x83\x01" + noise, window)
        sealed = b"\x83\x01\x05" + bytes([0x40 | min(len(noise), 23)]) + noise[:23]
        refuses(FrameError, open_up, both, sealed, window)
    assert (window.top, window.mask) == (-1, 0)
