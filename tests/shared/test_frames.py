"""The form of a frame: what `parse` takes apart, and everything else it calls malformed."""

from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, Envelope, parse
from protocol.errors import BAD_TAG, MALFORMED, REFUSALS, FrameError
from protocol.window import ReplayWindow
from tests.shared.damage import flipped
from tests.shared.expect import Chance, refuses
from tests.shared.forms import KEY


def envelope(node: int = 300, tag: int = 8) -> Envelope:
    return Envelope(Ccm(KEY), node, 1, tag)


def refused(kind: str, function, *args) -> None:
    error = refuses(FrameError, function, *args)
    assert error.kind == kind, (error.kind, kind)


def test_the_parts_of_a_frame_by_hand():
    for frame, parts in (
        (b"\x83\x01\x02\x40", (1, False, 2, False)),
        (b"\x83\x01\x21\x40", (1, False, 1, True)),
        (b"\x83\x17\x17\x40", (23, False, 23, False)),
        (b"\x83\x18\x18\x18\x18\x40", (24, False, 24, False)),
        (b"\x83\x19\xff\xff\x39\xff\xff\x40", (0xFFFF, False, 0xFFFF, True)),
        (b"\x83\x00\x1a\xff\xff\xff\xff\x40", (0, False, 0xFFFFFFFF, False)),
        (b"\x83\x00\x3a\xff\xff\xff\xff\x40", (0, False, 0xFFFFFFFF, True)),
        (b"\x83\x20\x17\x40", (0, True, 23, False)),
        (b"\x83\x39\xff\xff\x37\x40", (0xFFFF, True, 23, True)),
    ):
        parsed = parse(frame)
        assert (parsed.node, parsed.down, parsed.low, parsed.more) == parts
        assert (parsed.prefix, parsed.sealed) == (frame[:-1], b"")


def test_the_sealed_part_has_any_length():
    for length, head in ((0, b"\x40"), (23, b"\x57"), (24, b"\x58\x18"), (256, b"\x59\x01\x00")):
        frame = b"\x83\x01\x02" + head + bytes(length)
        assert parse(frame).sealed == bytes(length)
        for kind in (bytearray, memoryview):
            assert parse(kind(frame)).sealed == bytes(length)


def test_every_prefix_and_every_tail_is_malformed():
    for frame in (
        envelope().seal_up(300, b"plain"),
        envelope(node=5).seal_up(0xFFFFFFFF, b"", True, True, True),
        envelope(node=0).seal_answer(0, b""),
        envelope(node=0xFFFF).seal_answer(23, b"plain", True),
    ):
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
        b"\x83\x01\x1b\x00\x00\x00\x01\x00\x00\x00\x00\x40",  # counter beyond 32 bits
        b"\x83\x01\x3b\x00\x00\x00\x01\x00\x00\x00\x00\x40",
        b"\x83\x20\x18\x18\x40",  # an answer tells a number below 24
        b"\x83\x20\x38\x18\x40",
        b"\x83\x20\x19\x01\x00\x40",
        b"\x83\x41\x01\x02\x40",
        b"\x83\x01\x02\x60",
        b"\x83\x01\x02\x80",
        b"\x83\x01\x02\x5f\x40\xff",
        b"\x83\xf4\x02\x40",
        b"\x83\x01\xf4\x40",
        b"\x83\x01\x02\xf6",
        b"\x83\x01\x41\x02\x40",
    ):
        refused(MALFORMED, parse, frame)
    assert parse(b"\x83\x01\x02\x40").sealed == b""


def test_a_frame_shorter_than_its_tag_is_refused():
    for length in range(8):
        parsed = parse(bytes([0x83, 1, 2, 0x40 | length]) + bytes(length))
        for tag in (TAG_RADIO, 8):
            refused(BAD_TAG, envelope(1, tag).open_up, parsed, ReplayWindow(1, 1))
        parsed = parse(bytes([0x83, 0x21, 2, 0x40 | length]) + bytes(length))
        refused(BAD_TAG, envelope(1).open_answer, parsed, 2)


def test_every_flipped_bit_is_another_frame_or_malformed():
    for frame in (envelope().seal_up(300, b"plain", True), envelope().seal_answer(300, b"plain")):
        for other in flipped(frame):
            try:
                parsed = parse(other)
            except FrameError as e:
                assert e.kind == MALFORMED
                continue
            assert other.endswith(parsed.sealed) and other.startswith(parsed.prefix)


def test_noise_is_a_frame_or_malformed():
    chance = Chance(13)
    taken = 0
    for _ in range(400):
        noise = chance.bytes(chance.below(30))
        for head in (b"", b"\x83", b"\x83\x01", b"\x83\x20\x05\x44"):
            try:
                parse(head + noise)
                taken += 1
            except FrameError as e:
                assert e.kind in REFUSALS
    assert taken
