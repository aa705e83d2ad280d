"""A row of the spool is the frames that were put into it, or a SegmentError."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records import Frame
from gateway.segments import SegmentError, pack, unpack, unpack_checked

FRAMES = st.lists(
    st.builds(
        Frame,
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**64 - 1),
        st.integers(-(2**62), 2**62),
        st.binary(max_size=40),
    ),
    max_size=5,
)
SOME = [
    Frame(17, 1, 9, 5, 1_800_000_000_000, b"abc"),
    Frame(0, 0, 0, 0, 0, b""),
    Frame(65535, 2**32 - 1, 2**32 - 1, 2**64 - 1, -1, bytes(512)),
]


@given(FRAMES)
def test_frames_come_back(frames):
    assert unpack(pack(frames)) == frames


@given(FRAMES.filter(bool))
def test_a_frame_is_not_invented_at_the_end(frames):
    """Cut anywhere, it is an error, or the frames before the cut."""
    body = pack(frames)
    ends = {len(pack(frames[:n])): n for n in range(len(frames) + 1)}
    for end in range(len(body)):
        if end in ends:
            assert unpack(body[:end]) == frames[: ends[end]]
        else:
            with pytest.raises(SegmentError):
                unpack(body[:end])


@given(st.binary(max_size=200))
def test_noise_is_an_error_or_just_those_frames(noise):
    try:
        frames = unpack(noise)
    except SegmentError:
        return
    assert pack(frames) == noise


def test_no_change_gets_past_the_checksum():
    body = pack(SOME)
    crc = zlib.crc32(body)
    assert unpack_checked(body, crc) == SOME
    for bit in range(8 * len(body)):
        other = bytearray(body)
        other[bit // 8] ^= 128 >> bit % 8
        with pytest.raises(SegmentError):
            unpack_checked(bytes(other), crc)
    for end in range(len(body)):
        with pytest.raises(SegmentError):
            unpack_checked(body[:end], crc)
    chance = random.Random(1)
    for _ in range(200):
        with pytest.raises(SegmentError):
            unpack_checked(chance.randbytes(chance.randrange(200)), crc)
