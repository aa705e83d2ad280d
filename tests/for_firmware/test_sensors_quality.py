"""What a value is worth: ranges, warm-up, sensors that hang, values that are none."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.measuring import Measuring
from node.sensors.climate import Climate
from node.sensors.level import WaterLevel
from node.sensors.noise import NoiseMeter
from node.sensors.particles import Particles
from node.sensors.readings import Frozen, mark, scaled
from protocol.quality import FAULT, FROZEN, OUT_OF_RANGE, VALID, WARM_UP
from protocol.quantities import LIMIT
from tests.for_firmware.sensing import Says, measure
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline

NAN = math.nan
ANY = st.one_of(st.none(), st.integers(), st.floats())


@given(ANY, st.sampled_from((1, 10, 100)))
def test_a_scaled_value_is_within_the_limit_or_a_fault(value, scale):
    number, quality = scaled(value, scale, -40, 85)
    if value is None or not math.isfinite(value):
        assert (number, quality) == (None, FAULT)
        return
    assert isinstance(number, int)
    assert abs(number) <= LIMIT
    assert quality == (VALID if -40 <= value <= 85 else OUT_OF_RANGE)


@given(st.floats(-40, 85), st.sampled_from((1, 10, 100)))
def test_a_valid_value_is_rounded_to_the_nearest_step(value, scale):
    number, _ = scaled(value, scale, -40, 85)
    assert abs(number - value * scale) <= 0.5 + 1e-9


@given(st.tuples(ANY, ANY, ANY))
def test_no_raw_triple_breaks_the_climate(raw):
    for value, quality in measure(Climate(Says(raw))):
        assert (value is None) == (quality == FAULT)


def test_a_mark_leaves_worse_news_alone():
    readings = [(1, VALID), (2, OUT_OF_RANGE), (None, FAULT)]
    assert mark(readings, FROZEN) == [(1, FROZEN), (2, OUT_OF_RANGE), (None, FAULT)]


@given(st.lists(st.tuples(st.integers(0, 1)), max_size=30), st.integers(1, 4))
def test_frozen_is_so_many_equal_readings_in_a_row(raws, after):
    frozen = Frozen(after)
    for i, raw in enumerate(raws):
        same = i + 1 >= after and set(raws[i + 1 - after : i + 1]) == {raw}
        assert frozen.is_frozen(raw) == same


def test_a_sensor_that_moves_again_is_trusted_again():
    stuck = (20.0, 50.0, 1000.0)
    climate = Climate(Says(stuck, stuck, (20.01, 50.0, 1000.0)), frozen_after=2)
    assert [measure(climate)[0][1] for _ in range(3)] == [VALID, FROZEN, VALID]


def test_frozen_after_nothing_is_never_frozen():
    climate = Climate(Says((20.0, 50.0, 1000.0)), frozen_after=0)
    assert {measure(climate)[0][1] for _ in range(20)} == {VALID}


def test_a_value_that_is_frozen_and_impossible_is_out_of_range():
    climate = Climate(Says((-127.0, 50.0, 1000.0)), frozen_after=1)
    assert [quality for _, quality in measure(climate)] == [OUT_OF_RANGE, FROZEN, FROZEN]


def test_a_microphone_whose_levels_never_change_is_frozen():
    meter = NoiseMeter(Says((33.0, 35.0, 60, 0)), frozen_after=2)
    assert [measure(meter)[0][1] for _ in range(2)] == [VALID, FROZEN]


def test_water_that_is_calm_is_not_frozen_and_a_transducer_that_hangs_is():
    calm = WaterLevel(Says((3.3, 3.301, 3.3), (3.301, 3.3, 3.3), (3.3, 3.3, 3.3)), 4.5, 0.25, 8, 2)
    assert [measure(calm) for _ in range(3)] == [[(120, VALID)]] * 3
    assert measure(calm) == [(120, FROZEN)]


def test_a_basin_that_is_still_all_night_is_not_frozen():
    """The distances are whole millimetres: eight hours of five minutes each."""
    still = WaterLevel(Says((3.3, 3.3, 3.3, 3.3, 3.3)), 4.5)
    assert {measure(still)[0][1] for _ in range(95)} == {VALID}
    assert measure(still)[0][1] == FROZEN


@pytest.mark.parametrize(("raw", "quality"), [((7.0, -1.0), OUT_OF_RANGE), ((7.0, NAN), FAULT)])
def test_each_fraction_of_dust_is_judged_by_itself(raw: tuple, quality: int):
    readings = measure(Particles(Says(raw), warm_up_s=0))
    assert [code for _, code in readings] == [VALID, quality]


def test_warm_up_passes_while_the_driver_fails():
    class Shy(Says):
        failures = 3

        async def read(self, seconds: int):
            self.failures -= 1
            if self.failures >= 0:
                raise OSError(5)
            return await super().read(seconds)

    particles = Particles(Shy((7.0, 9.0)), warm_up_s=30)
    for second in range(0, 30, 10):
        with pytest.raises(OSError, match="5"):
            measure(particles, second, 10)
    assert measure(particles, 30, 10)[0] == (7, VALID)


@given(st.lists(st.integers(0, 2**32), min_size=2, max_size=20), st.integers(1, 100))
def test_no_leap_of_the_clock_shortens_the_warm_up(times, warm_up_s):
    particles = Particles(Says((7.0, 9.0)), warm_up_s=warm_up_s, frozen_after=0)
    for readings_before, seconds in enumerate(times):
        quality = measure(particles, seconds, 10)[0][1]
        assert quality in (VALID, WARM_UP)
        if readings_before * 10 < warm_up_s:
            assert quality == WARM_UP


def test_a_loose_contact_is_told_once_a_day_and_shown_always():
    class Loose(Says):
        reads = 0

        async def read(self, seconds: int):
            self.reads += 1
            if self.reads % 7 < 3:
                raise OSError(5, "loose")
            return (20.0 + self.reads, 50.0, 1000.0)

    told = []
    measuring = Measuring([Climate(Loose())], told.append)
    shown = 0
    for slot in range(8 * 96):
        run(Timeline(), measuring.measure(1_800_000_000 + 900 * slot, 900))
        shown += measuring.faulty
    assert shown > 300
    assert 3 <= len(told) <= 9


def test_a_sensor_that_stays_dead_is_told_once():
    told = []
    measuring = Measuring([Climate(Says(None))], told.append)
    for slot in range(3 * 96):
        run(Timeline(), measuring.measure(1_800_000_000 + 900 * slot, 900))
    assert len(told) == 1
