"""The driver of the BME280 on its twin: the world is what is read, whatever happens to the chip."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.drivers import bme280
from node.drivers.bme280 import Bme280
from tests.for_firmware.parts_bench import Bench, speaks_to_nobody_before_it_is_asked
from tools.rig.parts.bme280 import Bme280 as Twin
from tools.rig.parts.bme280_trim import Trim

EXAMPLE = Trim().t + Trim().p + Trim().h
# Another chip: the trim stands in somebody's self-test, with the results of his own code.
OTHER = Trim(
    (28455, 26619, 50),
    (37356, -10646, 3024, 6821, -108, -7, 9900, -10230, 4285),
    (75, 366, 0, 306, 50, 30),
)


def bench(air=None, **options):
    return Bench(lambda world: Twin(world, **options), Bme280, air)


def assert_reads(values, air):
    """Within half a step of the converter, and the noise of rounding."""
    celsius, percent, hectopascal = values
    assert celsius == pytest.approx(air["temperature"], abs=0.006)
    assert percent == pytest.approx(air["humidity"], abs=0.02)
    assert hectopascal == pytest.approx(air["pressure"], abs=0.06)


def test_the_world_is_what_is_read():
    chip = bench()
    assert_reads(chip.run(chip.driver.read(0)), chip.air)


# Colder than about -30 degrees, the converter of the example's trim has no value for high pressure.
@given(st.floats(-30, 80), st.floats(1, 99), st.floats(400, 1080))
def test_all_weathers_are_what_is_read(celsius, percent, hectopascal):
    air = {"temperature": celsius, "humidity": percent, "pressure": hectopascal}
    for trim in (None, OTHER):
        chip = bench(air, trim=trim)
        assert_reads(chip.run(chip.driver.read(0)), air)


def test_raw_values_are_finer_than_what_is_sent():
    chip = bench()
    first = chip.run(chip.driver.read(0))
    chip.air.update(temperature=21.31, humidity=55.02, pressure=1013.27)
    second = chip.run(chip.driver.read(1))
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_the_example_of_the_data_sheet():
    warmth = bme280.t_fine(EXAMPLE, 519888)
    assert warmth == 128422
    assert (warmth * 5 + 128) >> 8 == 2508
    assert bme280.pressure_256pa(EXAMPLE, warmth, 415148) / 256 == pytest.approx(100653.27, abs=0.1)


def test_the_trim_is_found_in_the_registers():
    for trim in (
        Trim(),
        OTHER,
        Trim(h=(255, -300, 7, -1, -2, -30)),
        Trim(h=(0, 1, 2, 2047, 15, 1)),
    ):
        registers = trim.registers()
        assert bme280.trim_of(registers[0x88], registers[0xE1]) == trim.t + trim.p + trim.h


def test_a_day_whose_raw_value_looks_skipped_is_a_day_like_any_other():
    celsius = Trim()._celsius(0x80000)
    chip = bench({"temperature": celsius})
    assert_reads(chip.run(chip.driver.read(0)), chip.air)
    assert bytes(chip.part._registers[0xFA:0xFD]) == b"\x80\x00\x00"


def test_humidity_is_skipped_where_its_setting_was_not_taken():
    chip = bench()
    store = chip.part._store
    chip.part._store = lambda register, *rest: register == 0xF2 or store(register, *rest)
    celsius, percent, hectopascal = chip.run(chip.driver.read(0))
    assert math.isnan(percent)
    assert celsius == pytest.approx(21.3, abs=0.01)
    assert hectopascal == pytest.approx(1013.2, abs=0.1)


def test_pressure_is_skipped_where_its_setting_is_zero():
    chip = bench()
    control = chip.part._control
    chip.part._control = lambda value, now_us: control(value & 0xE3, now_us)
    celsius, percent, hectopascal = chip.run(chip.driver.read(0))
    assert math.isnan(hectopascal)
    assert percent == pytest.approx(55, abs=0.05)
    assert celsius == pytest.approx(21.3, abs=0.01)


def test_power_that_is_lost_while_measuring_gives_no_values():
    chip = bench()
    chip.timeline.at(5000, lambda: chip.part.power(False, 5000))
    chip.timeline.at(6000, lambda: chip.part.power(True, 6000))
    assert all(math.isnan(value) for value in chip.run(chip.driver.read(0)))
    assert_reads(chip.run(chip.driver.read(900)), chip.air)


def test_a_chip_that_lost_power_between_samples_reads_right():
    chip = bench()
    chip.run(chip.driver.read(0))
    chip.power_cycle()
    chip.air["temperature"] = -7.5
    assert_reads(chip.run(chip.driver.read(900)), chip.air)


def test_a_supply_that_has_just_come_is_waited_for():
    chip = bench()
    chip.part.power(False, 0)
    chip.part.power(True, 0)
    assert_reads(chip.run(chip.driver.read(0)), chip.air)


def test_it_measures_once_per_reading_and_sleeps():
    chip = bench()
    for seconds in range(3):
        chip.run(chip.driver.read(seconds))
    assert chip.part.measurements == 3
    chip.wait(100)
    chip.run(chip.driver.read(900))
    assert chip.part.measurements == 4


def test_a_chip_that_measures_already_ignores_the_humidity_setting_once():
    """So says 3.3.1; it happens to a node that starts again while the chip measures."""
    chip = bench()
    chip.part.write(b"\xf4\x25", 0)
    chip.wait(0.001)
    celsius, percent, _ = chip.run(chip.driver.read(0))
    assert celsius == pytest.approx(21.3, abs=0.01)
    assert math.isnan(percent)
    assert_reads(chip.run(chip.driver.read(900)), chip.air)


def test_a_chip_that_somebody_left_in_normal_mode_reads_right_the_second_time():
    chip = bench()
    chip.part.write(b"\xf4\xff", 0)
    with pytest.raises(OSError, match="end"):
        chip.run(chip.driver.read(0))
    chip.wait(1)
    assert_reads(chip.run(chip.driver.read(900)), chip.air)


def test_the_calibration_is_read_once_and_again_after_an_error():
    chip = bench()
    reads = []
    read = chip.part.read
    chip.part.read = lambda count, now_us: reads.append(count) or read(count, now_us)
    chip.run(chip.driver.read(0))
    chip.run(chip.driver.read(1))
    assert reads.count(26) == 1
    chip.part.faults.missing = True
    with pytest.raises(OSError):
        chip.run(chip.driver.read(2))
    chip.part.faults.missing = False
    chip.run(chip.driver.read(3))
    assert reads.count(26) == 2


def test_a_bmp280_is_called_by_its_name():
    with pytest.raises(OSError, match="BMP280"):
        chip = bench(chip_id=0x58)
        chip.run(chip.driver.read(0))


@pytest.mark.parametrize("second", [0, 1])
def test_a_broken_line_is_an_error(second):
    chip = bench()
    chip.wait(second)
    chip.part.faults.garbage = True
    with pytest.raises(OSError, match="no BME280"):
        chip.run(chip.driver.read(0))


@pytest.mark.parametrize("fault", ["missing", "hang"])
def test_no_answer_is_an_error_at_once(fault):
    chip = bench()
    setattr(chip.part.faults, fault, True)
    with pytest.raises(OSError):
        chip.run(chip.driver.read(0))
    assert chip.timeline.now_us < 100_000


def test_a_measurement_that_never_ends_is_an_error():
    chip = bench()
    chip.part._is_measuring = lambda now_us: True
    with pytest.raises(OSError, match="end"):
        chip.run(chip.driver.read(0))
    assert chip.timeline.now_us < 100_000


def test_a_stuck_chip_repeats_itself():
    chip = bench()
    first = chip.run(chip.driver.read(0))
    chip.part.faults.stuck = True
    chip.air.update(temperature=5.0, humidity=90.0, pressure=980.0)
    assert [chip.run(chip.driver.read(i)) for i in (1, 2)] == [first] * 2


def test_another_address_is_another_chip():
    chip = Bench(lambda world: Twin(world, address=0x77), lambda ports: Bme280(ports, 0x77))
    assert_reads(chip.run(chip.driver.read(0)), chip.air)
    with pytest.raises(OSError):
        chip.run(Bme280(chip.ports).read(0))


def test_nothing_is_said_before_the_first_reading():
    assert speaks_to_nobody_before_it_is_asked(Bme280)


def test_start_and_stop_do_not_raise_on_a_dead_bus():
    chip = bench()
    chip.part.faults.hang = True

    async def both():
        chip.driver.start()
        chip.driver.stop()
        await asyncio.sleep(1)

    chip.run(both())


def test_the_twin_measures_in_normal_mode_too():
    chip = bench()
    chip.part.write(b"\xf5\xa0\xf2\x01\xf4\x27", 0)  # a second of pause
    chip.wait(0.005)
    assert chip.part.read(0, chip.timeline.now_us) == b""
    chip.part.write(b"\xf3", chip.timeline.now_us)
    assert chip.part.read(1, chip.timeline.now_us) == b"\x08"
    chip.wait(0.5)
    chip.part.write(b"\xf3", chip.timeline.now_us)
    assert chip.part.read(2, chip.timeline.now_us) == b"\x00\x27"
    assert chip.part.measurements == 1
