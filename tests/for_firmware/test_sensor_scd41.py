"""The driver of the SCD41 on its twin: shots, the one that is thrown away, sleep and silence."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.drivers.scd41 import Scd41
from tests.for_firmware.parts_bench import Bench, speaks_to_nobody_before_it_is_asked
from tools.rig.parts.scd41 import FIRST_SHOT_PPM
from tools.rig.parts.scd41 import Scd41 as Twin
from tools.rig.parts.words import checksum, pack, unpack


def bench(air=None, **options):
    chip = Bench(Twin, lambda ports: Scd41(ports, **options), air)
    chip.wait(0.1)
    return chip


async def sample(driver, lead_s=None):
    """Do what a sampler does."""
    driver.start()
    await asyncio.sleep(driver.lead_s if lead_s is None else lead_s)
    try:
        return await driver.read(0)
    finally:
        driver.stop()


def assert_reads(values, air):
    assert values[0] == pytest.approx(air["co2"], abs=0.51)
    assert values[1] == pytest.approx(air["temperature"], abs=0.002)
    assert values[2] == pytest.approx(air["humidity"], abs=0.001)


@given(st.floats(0, 40_000), st.floats(-10, 60), st.floats(0, 100))
def test_the_world_is_what_is_read(co2, celsius, percent):
    air = {"co2": co2, "temperature": celsius, "humidity": percent}
    chip = bench(air)
    assert_reads(chip.run(sample(chip.driver)), air)


def test_the_first_shot_after_waking_is_thrown_away():
    chip = bench()
    for number in range(1, 4):
        assert_reads(chip.run(sample(chip.driver)), chip.air)
        assert chip.part.shots == 2 * number
        chip.wait(900)


def test_the_twin_shows_what_the_first_shot_is_worth():
    chip = bench()
    chip.part.write(b"\x21\x9d", chip.timeline.now_us)
    chip.wait(5)
    chip.part.write(b"\xec\x05", chip.timeline.now_us)
    chip.wait(0.001)
    words = unpack(chip.part.read(9, chip.timeline.now_us))
    assert words[0] == 640 + FIRST_SHOT_PPM


def test_it_sleeps_between_samples():
    chip = bench()
    chip.run(sample(chip.driver))
    assert chip.part.is_asleep


def test_a_chip_that_stays_idle_needs_one_shot_from_the_second_sample_on():
    chip = bench(stays_idle=True)
    for number in range(1, 4):
        assert_reads(chip.run(sample(chip.driver)), chip.air)
        assert chip.part.shots == 1 + number
        assert not chip.part.is_asleep
        chip.wait(900)


def test_a_reading_without_a_start_takes_its_own_shots():
    chip = bench()
    assert_reads(chip.run(chip.driver.read(0)), chip.air)


def test_a_node_that_was_asleep_in_between_knows_nothing_of_the_start():
    chip = bench()

    async def begin():
        chip.driver.start()
        await asyncio.sleep(0.1)

    chip.run(begin())
    chip.wait(6)
    assert_reads(chip.run(Scd41(chip.ports).read(0)), chip.air)


def test_a_start_that_was_a_little_late_is_waited_for():
    chip = bench()
    assert_reads(chip.run(sample(chip.driver, 4.8)), chip.air)


def test_a_start_that_was_far_too_late_is_an_error_and_the_next_sample_is_right():
    chip = bench()
    with pytest.raises(OSError):
        chip.run(sample(chip.driver, 1))
    chip.wait(900)
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_power_that_is_lost_between_samples_costs_nothing():
    chip = bench()
    chip.run(sample(chip.driver))
    chip.power_cycle()
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_power_that_is_lost_during_the_shot_is_an_error():
    chip = bench()

    async def lose_power():
        chip.driver.start()
        await asyncio.sleep(3)
        chip.part.power(False, chip.timeline.now_us)
        chip.part.power(True, chip.timeline.now_us)
        await asyncio.sleep(3)
        return await chip.driver.read(0)

    with pytest.raises(OSError, match="no shot"):
        chip.run(lose_power())


def test_the_pressure_of_the_place_is_told():
    chip = bench(pressure_hpa=987.4)
    chip.run(sample(chip.driver))
    woken = []
    write = chip.part.write
    chip.part.write = lambda data, now_us: woken.append(bytes(data)) or write(data, now_us)
    chip.driver.pressure_hpa = 1002
    chip.wait(900)
    chip.run(sample(chip.driver))
    assert b"\xe0\x00" + pack([1002]) in woken


def test_without_a_pressure_none_is_told():
    chip = bench(stays_idle=True)
    chip.run(sample(chip.driver))
    assert chip.part.ambient_hpa == 1013


def test_a_damaged_word_is_an_error():
    chip = bench()
    chip.part.faults.garbage = True
    with pytest.raises(OSError, match="checksum"):
        chip.run(sample(chip.driver))


@pytest.mark.parametrize("fault", ["missing", "hang"])
def test_no_answer_is_an_error_at_once(fault):
    chip = bench()
    setattr(chip.part.faults, fault, True)
    began_us = chip.timeline.now_us
    with pytest.raises(OSError):
        chip.run(sample(chip.driver))
    assert chip.timeline.now_us - began_us < 7_000_000


def test_a_chip_that_answers_again_reads_right():
    chip = bench()
    for fault in ("missing", "hang", "garbage"):
        setattr(chip.part.faults, fault, True)
        with pytest.raises(OSError):
            chip.run(sample(chip.driver))
        setattr(chip.part.faults, fault, False)
        chip.wait(900)
        assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_a_stuck_chip_repeats_itself():
    chip = bench(stays_idle=True)
    first = chip.run(sample(chip.driver))
    chip.part.faults.stuck = True
    chip.air.update(co2=900.0, temperature=5.0)
    assert chip.run(sample(chip.driver)) == first


def test_a_stop_in_the_middle_ends_it():
    chip = bench()

    async def stop_early():
        chip.driver.start()
        chip.driver.stop()
        await asyncio.sleep(1)

    chip.run(stop_early())
    chip.wait(10)
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_nothing_is_said_before_the_start():
    assert speaks_to_nobody_before_it_is_asked(Scd41)


# What follows holds the twin to the data sheet, byte for byte.


def test_the_twins_checksums_are_those_of_the_data_sheet():
    examples = {0xBEEF: 0x92, 0x01F4: 0x33, 0x6667: 0xA2, 0x5EB9: 0x3C, 0x07E6: 0x48, 0: 0x81}
    assert {word: checksum(word) for word in examples} == examples
    assert unpack(bytes.fromhex("01f434")) is None


def test_the_twin_answers_as_the_example_of_the_data_sheet():
    rounded = {"temperature": 175 * 0x6667 / 65535 - 45, "humidity": 100 * 0x5EB9 / 65535}
    chip = bench({"co2": 500, **rounded})
    chip.part._state.is_first = False
    chip.part.write(b"\x21\x9d", chip.timeline.now_us)
    chip.wait(5)
    chip.part.write(b"\xec\x05", chip.timeline.now_us)
    chip.wait(0.001)
    assert chip.part.read(9, chip.timeline.now_us).hex() == "01f4336667a25eb93c"


def test_the_twin_is_silent_while_busy_asleep_and_without_data():
    chip = bench()
    silent = []

    def says(data, after_s, count=0):
        chip.wait(after_s)
        try:
            chip.part.write(data, chip.timeline.now_us)
            chip.wait(0.001)
            return chip.part.read(count, chip.timeline.now_us) if count else b""
        except OSError:
            silent.append((data, after_s))
            return None

    assert says(b"\xec\x05", 0, 9) is None  # no data
    assert says(b"\xe4\xb8", 0.01, 3) == bytes.fromhex("8000a2")
    assert says(b"\x21\x9d", 0.01) == b""
    assert says(b"\xe4\xb8", 4.9, 3) is None  # busy
    assert says(b"\xe4\xb8", 0.1, 3)[:2] == b"\x80\x06"
    assert says(b"\x36\xe0", 0.01) == b""
    assert says(b"\x36\x82", 0.01, 9) is None  # asleep
    assert says(b"\x36\xf6", 0.01) is None  # wakes, and does not say so
    assert says(b"\x36\x82", 0.01, 9) is None  # on its way
    assert says(b"\x36\x82", 0.03, 9).hex() == "f896319f07c23bbe89"
    assert says(b"\xec\x05", 0.01, 9) is None  # sleep has emptied the buffer
    assert len(silent) == 6


def test_the_twin_keeps_settings_and_measures_periodically():
    chip = bench()

    def command(data, after_s=0.01):
        chip.wait(after_s)
        chip.part.write(data, chip.timeline.now_us)

    command(b"\xe0\x00" + bytes.fromhex("03db42"))
    assert chip.part.ambient_hpa == 987
    command(b"\x21\xb1")
    with pytest.raises(OSError):
        command(b"\x21\x9d")
    command(b"\xec\x05", 11)
    chip.wait(0.001)
    assert unpack(chip.part.read(9, chip.timeline.now_us))[0] == 640 + FIRST_SHOT_PPM
    command(b"\xec\x05", 5)
    chip.wait(0.001)
    assert unpack(chip.part.read(9, chip.timeline.now_us))[0] == 640
    command(b"\x3f\x86")
    with pytest.raises(OSError):
        command(b"\xe4\xb8", 0.4)
    command(b"\x36\x46", 0.2)
    assert chip.part.ambient_hpa == 1013
