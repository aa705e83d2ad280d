"""Virtual sensors on UARTs, 1-Wire and pins: the examples of their makers, and time in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rig.parts import a02, ds18b20, ld2415h, maxbotix, pulses, sds011
from tools.rig.parts.street import Street, Vehicle

THERE = {"pm25": 123.6, "pm10": 261.8, "distance_m": 1.953, "temperature": 25.0625}
SECOND = 1_000_000


def world(seconds):
    return THERE


def rising(seconds):
    return {name: value + seconds / 100 for name, value in THERE.items()}


def test_the_bytes_are_those_of_the_documents():
    dust = sds011.Sds011(world)
    assert dust.read(31 * SECOND)[-10:].hex() == "aac0d4043a0aa1601dab"
    assert a02.A02(world).read(SECOND)[:4].hex() == "ff07a1a7"
    assert maxbotix.MaxBotix(world).read(SECOND)[-6:] == b"R1953\r"
    assert ds18b20.crc8(bytes.fromhex("02 1c b8 01 00 00 00")) == 0xA2  # application note 27
    register = ds18b20.Ds18b20(world)
    for value in (0xCC, 0x44):
        register.write_byte(value, 0)
    for now_us, wanted in ((ds18b20.CONVERSION_US - 1, 0x0550), (ds18b20.CONVERSION_US, 0x0191)):
        register.reset(now_us)
        for value in (0xCC, 0xBE):
            register.write_byte(value, now_us)
        data = bytes(register.read_byte(now_us) for _ in range(9))
        assert int.from_bytes(data[:2], "little") == wanted
        assert ds18b20.crc8(data) == 0


def street_radar():
    return ld2415h.Ld2415h(Street(4, per_hour=600, slot_s=6))


def reporting():
    return sds011.Sds011(rising)


STREAMS = {
    "a02": lambda: a02.A02(rising),
    "maxbotix": lambda: maxbotix.MaxBotix(rising),
    "sds011": reporting,
    "ld2415h": street_radar,
}


@pytest.mark.parametrize("kind", STREAMS)
@given(steps=st.lists(st.integers(1, 3 * SECOND), min_size=1, max_size=6))
def test_what_is_said_does_not_depend_on_who_listens_when(kind, steps):
    whole, cut = STREAMS[kind](), STREAMS[kind]()
    now_us = 0
    said = b""
    for step in steps:
        now_us += step
        said += cut.read(now_us)
    assert said == whole.read(now_us)


def test_a_long_silence_costs_no_time():
    assert len(a02.A02(world).read(10**12)) < 1000


def test_a_sleeping_fan_hears_only_the_call_to_work():
    dust = sds011.Sds011(world)
    dust.write(sds011.command(6, 1, 0), 31 * SECOND)
    assert dust.read(31 * SECOND)[-10:].hex() == "aac506010000a16008ab"
    dust.write(sds011.command(4, 0, 0), 40 * SECOND)
    assert dust.read(60 * SECOND) == b""
    dust.write(sds011.command(6, 1, 1), 60 * SECOND)
    assert dust.read(60 * SECOND).hex() == "aac506010100a16009ab"
    assert int.from_bytes(dust.read(61 * SECOND)[2:4], "little") < 100  # not settled


def test_a_command_in_two_pieces_behind_noise_is_obeyed():
    dust = sds011.Sds011(world, reports=False)
    asked = b"\xaa\x00" + sds011.command(4, 0, 0)
    dust.write(asked[:7], 40 * SECOND)
    dust.write(asked[7:], 40 * SECOND)
    assert dust.read(40 * SECOND).hex() == "aac0d4043a0aa1601dab"


def test_the_controlled_variant_speaks_when_it_is_asked():
    sonar = a02.A02(world, is_controlled=True)
    assert sonar.read(SECOND) == b""
    sonar.write(b"\x55", SECOND)
    assert sonar.read(SECOND) == b""
    assert sonar.read(2 * SECOND).hex() == "ff07a1a7"


def test_a_line_that_is_held_reads_as_zeros_whose_checksum_is_right():
    register = ds18b20.Ds18b20(world)
    register.faults.hang = True
    assert register.reset(0)
    data = bytes(register.read_byte(0) for _ in range(9))
    assert data == bytes(9)
    assert ds18b20.crc8(data) == 0


@given(cut=st.floats(0, 600))
def test_a_street_does_not_depend_on_how_time_is_cut(cut):
    street = Street(7)
    assert street(0, cut) + street(cut, 600) == street(0, 600)
    contact = pulses.Pulses(street)
    edges = contact.edges(round(cut * 1e6)) + contact.edges(600 * SECOND)
    assert edges == len(street(0, 600)) > 20


def test_a_radar_sees_what_comes_before_it_passes_and_what_goes_after():
    said = {}
    for direction in (1, -1):
        passing = [Vehicle(10, 72, direction)]
        radar = ld2415h.Ld2415h(lambda begin, end, passing=passing: passing)
        for seconds in (7, 8, 9, 10, 11, 12, 13):
            said[direction, seconds] = radar.read(seconds * SECOND)
    assert [s for d, s in said if d == 1 and said[d, s]] == [9, 10]
    assert [s for d, s in said if d == -1 and said[d, s]] == [11, 12]
    first = float(said[1, 9].split(b"\r\n")[0][1:])
    last = float(said[1, 10].split(b"\r\n")[-2][1:])
    assert 71 < first < 72
    assert last < first  # the angle
    assert said[-1, 11].startswith(b"V-")
