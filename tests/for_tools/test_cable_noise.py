"""Noise is bad in the same way every time."""

import random

import pytest

from tools.rig.noise import BURST_BYTES, CableNoise

DATA = random.Random(7).randbytes(100_000)


def test_the_same_seed_spoils_the_same_bytes():
    noises = [CableNoise(5), CableNoise(5)]
    assert noises[0].up(DATA) == noises[1].up(DATA) != DATA
    assert noises[0].down(DATA) == noises[1].down(DATA)
    assert noises[0].counts == noises[1].counts


def test_seeds_and_directions_differ():
    noise = CableNoise(5)
    assert len({noise.up(DATA), noise.down(DATA), CableNoise(6).up(DATA)}) == 3


def test_how_a_stream_is_cut_makes_no_difference():
    whole = CableNoise(1, flip=0.01, drop=0.01, insert=0.01, burst=0.001)
    pieces = CableNoise(1, flip=0.01, drop=0.01, insert=0.01, burst=0.001)
    cuts = random.Random(2)
    received = bytearray()
    rest = DATA
    while rest:
        size = cuts.randrange(40)
        received += pieces.up(rest[:size])
        rest = rest[size:]
        pieces.down(b"the other way")
    assert received == whole.up(DATA)


@pytest.mark.parametrize("kind", ["flip", "drop", "insert", "burst"])
def test_each_kind_happens_as_often_as_asked(kind):
    chances = {"flip": 0.0, "drop": 0.0, "insert": 0.0, "burst": 0.0, kind: 0.01}
    noise = CableNoise(3, **chances)
    length = len(noise.up(DATA))
    assert set(noise.counts) == {kind}
    expected = 1000 / (1 + 0.01 * BURST_BYTES) if kind == "burst" else 1000
    assert noise.counts[kind] == pytest.approx(expected, rel=0.1)
    difference = {"drop": -noise.counts[kind], "insert": noise.counts[kind]}
    assert length - len(DATA) == difference.get(kind, 0)


def test_a_flip_bends_one_bit():
    spoiled = CableNoise(1, flip=1, drop=0, insert=0).up(DATA)
    assert {(a ^ b).bit_count() for a, b in zip(DATA, spoiled, strict=True)} == {1}


def test_a_burst_is_as_long_as_it_says():
    noise = CableNoise(5, flip=0, drop=0, insert=0, burst=1e-5)
    bent = [at for at, byte in enumerate(noise.up(bytes(100_000))) if byte]
    assert noise.counts["burst"] == 1
    assert BURST_BYTES // 2 < bent[-1] - bent[0] < BURST_BYTES


def test_without_chances_nothing_happens():
    noise = CableNoise(1, flip=0, drop=0, insert=0)
    assert noise.up(DATA) == DATA
    assert not noise.counts


@pytest.mark.parametrize("chances", [{"flip": -0.1}, {"drop": 1.1}, {"flip": 0.6, "insert": 0.6}])
def test_impossible_chances_are_refused(chances):
    with pytest.raises(ValueError, match="should be 0 to 1"):
        CableNoise(1, **chances)
