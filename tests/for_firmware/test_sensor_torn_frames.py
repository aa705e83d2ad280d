"""Sensors on a UART: frames that come in pieces, between noise, cut off, damaged."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.drivers.a02 import A02
from node.drivers.ld2415h import Ld2415h
from node.drivers.maxbotix import MaxBotix
from node.drivers.sds011 import Sds011
from tests.for_firmware.uart_bench import Wire, heard
from tools.rig.parts import a02, sds011


def dust(tenths):
    """Return the SDS011's frame of this much PM2.5 and twice as much PM10."""
    data = tenths.to_bytes(2, "little") + (2 * tenths).to_bytes(2, "little")
    return sds011.frame(0xC0, data), (tenths / 10, tenths / 5)


def shot(millimetres):
    """Return the A02's frame of a distance."""
    return a02.frame(millimetres), millimetres / 1000


def line(millimetres):
    """Return the MaxSonar's line of a distance."""
    return b"R%04d\r" % millimetres, millimetres / 1000


def speed(tenths):
    """Return the radar's line of a speed; odd ones go away."""
    sign = b"-" if tenths % 2 else b"+"
    value = tenths / 10
    return b"V%s%05.1f\r\n" % (sign, value), -value if tenths % 2 else value


# driver, its frame of a number, and bytes that no frame begins with
KINDS = {
    "sds011": (Sds011, dust, b"\xaa"),
    "a02": (A02, shot, b"\xff"),
    "maxbotix": (MaxBotix, line, b"R"),
    "ld2415h": (Ld2415h, speed, b"V"),
}
NUMBERS = st.lists(st.integers(301, 2400), min_size=1, max_size=8)
each_kind = pytest.mark.parametrize("kind", KINDS)


def pieces_of(data, cuts):
    """Return the bytes cut at these places."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in itertools.pairwise(edges)]


@each_kind
@given(numbers=NUMBERS, cuts=st.lists(st.integers(0, 1000), max_size=20))
def test_it_does_not_matter_how_frames_are_cut(kind, numbers, cuts):
    driver, frame, _ = KINDS[kind]
    frames, values = zip(*[frame(number) for number in numbers], strict=True)
    data = b"".join(frames)
    assert heard(driver, [data]) == list(values)
    assert heard(driver, pieces_of(data, cuts)) == list(values)
    assert heard(driver, [bytes((byte,)) for byte in data]) == list(values)


@each_kind
@given(numbers=NUMBERS, noise=st.lists(st.binary(max_size=30), min_size=8, max_size=8))
def test_noise_between_frames_costs_no_frame(kind, numbers, noise):
    driver, frame, head = KINDS[kind]
    frames, values = zip(*[frame(number) for number in numbers], strict=True)
    quiet = [part.translate(None, head) for part in noise]
    data = b"".join(part + one for part, one in zip(quiet, frames, strict=False))
    assert heard(driver, [data]) == list(values)
    assert heard(driver, [bytes((byte,)) for byte in data]) == list(values)


@each_kind
@given(noise=st.binary(max_size=300), number=st.integers(301, 2400))
def test_after_any_noise_a_frame_is_found_again(kind, noise, number):
    driver, frame, _ = KINDS[kind]
    data, value = frame(number)
    assert heard(driver, [noise, data, data, data])[-1] == value


@each_kind
def test_a_frame_that_is_cut_off_says_nothing(kind):
    driver, frame, _ = KINDS[kind]
    data, value = frame(1234)
    for length in range(len(data)):
        prefix = data[:length]
        assert heard(driver, [prefix]) == []
        assert heard(driver, [prefix, data[length:]]) == [value]
    assert heard(driver, [data[3:], data]) == [value]


@pytest.mark.parametrize("kind", ["sds011", "a02"])
@given(number=st.integers(301, 2400), place=st.integers(0, 9), flip=st.integers(1, 255))
def test_a_frame_with_one_wrong_byte_is_counted_and_not_believed(kind, number, place, flip):
    driver, frame, _ = KINDS[kind]
    data, _ = frame(number)
    place %= len(data)
    broken = bytearray(data)
    broken[place] ^= flip
    wire = Wire()
    one = driver(wire)
    wire.pieces = [bytes(broken)]
    frames = [values for values in one._listen() if values]
    assert frames == []
    assert one.damaged == (1 if place > 1 or (place == 1 and kind == "a02") else one.damaged)


@each_kind
@given(noise=st.lists(st.binary(max_size=400), max_size=10))
def test_garbage_raises_nothing_and_is_not_collected(kind, noise):
    wire = Wire()
    driver = KINDS[kind][0](wire)
    wire.pieces = noise
    for _ in range(len(noise)):
        driver._listen()
        assert len(driver._heard) <= 64


@pytest.mark.parametrize(
    "text", [b"R123\r", b"R12345\r", b"R12a4\r", b"r1234\r", b"R-123\r", b"\r", b"R 123\r"]
)
def test_what_is_no_four_digits_is_no_distance(text):
    assert heard(MaxBotix, [text]) == []


@pytest.mark.parametrize(
    "text",
    [b"V012.3\r\n", b"V+12.3\r\n", b"V+0123\r\n", b"V*012.3\r\n", b"V+01a.3\r\n", b"\r\n", b"V+\n"],
)
def test_what_is_no_speed_is_counted(text):
    wire = Wire()
    radar = Ld2415h(wire)
    wire.pieces = [text]
    assert radar._listen() == []
    assert radar.damaged == 1
