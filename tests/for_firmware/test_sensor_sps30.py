"""The driver of the SPS30 on its twin: thirty seconds of air, sleep, and a fan that fails."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.drivers.sps30 import Sps30
from tests.for_firmware.parts_bench import Bench, speaks_to_nobody_before_it_is_asked
from tools.rig.parts.sps30 import Sps30 as Twin
from tools.rig.parts.words import pack

WEEK_S = 604_800
MONDAY_NOON = 43_200


def bench(air=None, **options):
    return Bench(lambda world: Twin(world, **options), Sps30, air)


async def sample(driver, seconds=MONDAY_NOON, lead_s=None):
    """Do what a sampler does."""
    driver.start()
    await asyncio.sleep(driver.lead_s if lead_s is None else lead_s)
    try:
        return await driver.read(seconds)
    finally:
        driver.stop()
        await asyncio.sleep(0.1)


def assert_reads(values, air):
    assert values == pytest.approx((air["pm25"], air["pm10"]), rel=1e-6, abs=1e-6)


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_the_world_is_what_is_read(fine, coarse):
    chip = bench({"pm25": fine, "pm10": coarse})
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_without_the_lead_the_air_is_not_stable():
    chip = bench()
    fine, _ = chip.run(sample(chip.driver, lead_s=10))
    assert fine < 3


def test_it_sleeps_between_samples_and_wakes():
    chip = bench()
    for _ in range(3):
        assert_reads(chip.run(sample(chip.driver)), chip.air)
        assert chip.part.is_asleep
        assert chip.part.started_us is None
        chip.wait(900)


def test_old_firmware_without_sleep_and_status_stays_idle():
    chip = bench(firmware=(1, 0))
    chip.part.faults.fan_failure = False
    for _ in range(2):
        assert_reads(chip.run(sample(chip.driver)), chip.air)
        assert not chip.part.is_asleep
        assert chip.part.started_us is None


def test_sensors_that_stay_on_are_read_each_second():
    chip = bench()

    async def read_three():
        chip.driver.start()
        await asyncio.sleep(31)
        return [await chip.driver.read(MONDAY_NOON) for _ in range(3)]

    assert len(chip.run(read_three())) == 3
    assert 32_000_000 <= chip.timeline.now_us < 34_500_000


def test_a_node_that_was_asleep_in_between_reads_what_was_started():
    chip = bench()

    async def begin():
        chip.driver.start()
        await asyncio.sleep(0.1)

    chip.run(begin())
    chip.wait(30)
    assert_reads(chip.run(Sps30(chip.ports).read(MONDAY_NOON)), chip.air)


@pytest.mark.parametrize("fault", ["fan_failure", "laser_failure"])
def test_a_part_that_failed_gives_none_until_it_works_again(fault):
    chip = bench()
    setattr(chip.part.faults, fault, True)
    for _ in range(2):
        assert chip.run(sample(chip.driver)) is None
        assert chip.part.is_asleep
    setattr(chip.part.faults, fault, False)
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_a_fan_that_turned_again_in_between_is_forgiven_at_the_next_sample():
    """The bit of the fan does not clear itself (4.4)."""
    chip = bench()
    chip.part.faults.fan_failure = True

    async def repair():
        chip.driver.start()
        await asyncio.sleep(5)
        chip.part.write(b"\xd2\x06", chip.timeline.now_us)
        chip.part.faults.fan_failure = False
        await asyncio.sleep(25)
        return await chip.driver.read(MONDAY_NOON)

    assert chip.run(repair()) is None
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_a_slow_fan_is_a_warning_only():
    chip = bench()
    chip.part.faults.fan_slow = True
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_the_fan_is_cleaned_once_a_week_though_its_supply_is_cut():
    chip = bench()
    for seconds in range(0, 2 * WEEK_S, 3600):
        assert_reads(chip.run(sample(chip.driver, seconds)), chip.air)
        chip.power_cycle()
    assert chip.part.cleanings == 2


def test_a_cleaning_ends_before_the_fan_is_stopped():
    chip = bench()
    began_us = chip.timeline.now_us
    chip.run(sample(chip.driver, WEEK_S))
    assert chip.part.cleanings == 1
    assert chip.timeline.now_us - began_us > 40_000_000


def test_power_that_is_lost_between_samples_costs_nothing():
    chip = bench()
    chip.run(sample(chip.driver))
    chip.power_cycle()
    assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_power_that_is_lost_after_the_start_is_an_error():
    chip = bench()

    async def lose_power():
        chip.driver.start()
        await asyncio.sleep(20)
        chip.part.power(False, chip.timeline.now_us)
        chip.part.power(True, chip.timeline.now_us)
        await asyncio.sleep(11)
        return await chip.driver.read(MONDAY_NOON)

    with pytest.raises(OSError, match="measures nothing"):
        chip.run(lose_power())
    assert chip.timeline.now_us < 36_000_000


def test_a_reading_without_a_start_is_an_error():
    chip = bench()
    with pytest.raises(OSError, match="measures nothing"):
        chip.run(chip.driver.read(MONDAY_NOON))


def test_a_damaged_word_is_an_error():
    chip = bench()
    chip.part.faults.garbage = True
    with pytest.raises(OSError, match="checksum"):
        chip.run(sample(chip.driver))


@pytest.mark.parametrize("fault", ["missing", "hang"])
def test_no_answer_is_an_error_at_once(fault):
    chip = bench()
    setattr(chip.part.faults, fault, True)
    with pytest.raises(OSError):
        chip.run(sample(chip.driver))
    assert chip.timeline.now_us < 31_500_000


def test_a_chip_that_answers_again_reads_right():
    chip = bench()
    for fault in ("missing", "hang", "garbage"):
        setattr(chip.part.faults, fault, True)
        with pytest.raises(OSError):
            chip.run(sample(chip.driver))
        setattr(chip.part.faults, fault, False)
        assert_reads(chip.run(sample(chip.driver)), chip.air)


def test_a_stuck_chip_repeats_itself():
    chip = bench()
    first = chip.run(sample(chip.driver))
    chip.part.faults.stuck = True
    chip.air.update(pm25=99.0, pm10=120.0)
    assert chip.run(sample(chip.driver)) == first


@pytest.mark.parametrize("pause_s", [0, 0.001, 0.01, 0.024, 0.03, 0.06])
def test_a_stop_right_after_the_start_leaves_the_fan_off(pause_s):
    chip = bench()

    async def stop_early():
        chip.driver.start()
        await asyncio.sleep(pause_s)
        chip.driver.stop()
        await asyncio.sleep(0.2)

    chip.run(stop_early())
    assert chip.part.started_us is None
    assert chip.part.is_asleep


@pytest.mark.parametrize("pause_s", [0, 0.001, 0.01, 0.024, 0.03, 0.06])
def test_a_start_right_after_the_stop_leaves_the_fan_on(pause_s):
    chip = bench()

    async def restart():
        chip.driver.start()
        await asyncio.sleep(1)
        chip.driver.stop()
        await asyncio.sleep(pause_s)
        chip.driver.start()
        await asyncio.sleep(0.2)

    chip.run(restart())
    assert chip.part.started_us is not None


def test_nothing_is_said_before_the_start():
    assert speaks_to_nobody_before_it_is_asked(Sps30)


# What follows holds the twin to the data sheet.


def test_the_twin_wakes_only_by_two_commands_within_a_tenth_of_a_second():
    chip = bench()
    chip.part.write(b"\x10\x01", 0)
    wake = b"\x11\x03"
    for pause_s, is_taken in ((1, False), (0.2, False), (0.09, True)):
        chip.wait(pause_s)
        if is_taken:
            chip.part.write(wake, chip.timeline.now_us)
        else:
            with pytest.raises(OSError):
                chip.part.write(wake, chip.timeline.now_us)
    assert not chip.part.is_asleep


def test_the_twin_does_not_sleep_while_it_measures():
    chip = bench()
    chip.part.write(b"\x00\x10" + pack([0x0300]), 0)
    chip.wait(0.02)
    chip.part.write(b"\x10\x01", chip.timeline.now_us)
    assert not chip.part.is_asleep


def test_the_twin_has_integers_too_and_an_interval():
    chip = bench()
    chip.part.write(b"\x00\x10" + pack([0x0500]), 0)
    chip.wait(31)
    chip.part.write(b"\x03\x00", chip.timeline.now_us)
    assert chip.part.read(30, chip.timeline.now_us)[3:6] == pack([7])
    chip.part.write(b"\x80\x04", chip.timeline.now_us)
    assert chip.part.read(6, chip.timeline.now_us) == pack([9, 0x3A80])


def test_the_twin_cleans_itself_after_a_week_of_measuring():
    chip = bench()
    chip.part.write(b"\x00\x10" + pack([0x0300]), 0)
    chip.wait(WEEK_S)
    chip.part.write(b"\x03\x00", chip.timeline.now_us)
    assert chip.part.cleanings == 1
    chip.part.read(60, chip.timeline.now_us)
    chip.part.write(b"\x02\x02", chip.timeline.now_us)
    chip.wait(9)
    assert chip.part.read(3, chip.timeline.now_us) == pack([0])
    chip.wait(2)
    assert chip.part.read(3, chip.timeline.now_us) == pack([1])
