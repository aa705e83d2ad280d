"""Sensors on every runtime: what a driver gives becomes scaled integers with a quality."""

import asyncio

from node.drivers.driver import Driver
from node.sensors import build
from node.sensors.climate import Climate
from node.sensors.level import WaterLevel
from node.sensors.noise import NoiseMeter
from node.sensors.parking import Parking
from node.sensors.particles import Particles
from node.sensors.signals import Signal, scatter
from node.sensors.single import Battery, Co2, Probe, Thermometer
from node.sensors.speeds import SpeedClasses
from node.sensors.traffic import DirectionCounter, PulseCounter, TrafficCounter
from protocol import quantities
from protocol.quality import FAULT, FROZEN, OUT_OF_RANGE, VALID, WARM_UP
from protocol.quantities import LIMIT
from tests.shared.expect import refuses

NAN = float("nan")
NOW_S = 1700000000
SCATTERED = [24413, 8993, 25831, 1305]
DRIFTED = [-7909, -15857, 13887, 3415]
KINDS = ("battery", "climate", "co2", "counter", "directions", "level", "noise", "parking")
KINDS += ("particles", "probe", "solar", "thermometer", "traffic")
STEADY = ("noise", "traffic", "directions", "counter")  # nothing of these can be stuck
NEEDED = {"level": ("mount_height_m", 4.5), "parking": ("occupied_below_m", 1.8)}


class Always(Driver):
    """A driver of any kind that always gives the same."""

    def __init__(self, reading, lead_s=0):
        self._reading = reading
        self.lead_s = lead_s

    async def read(self, seconds):
        return self._reading

    async def summary(self, seconds, interval_s):
        return self._reading

    async def counts(self, seconds, interval_s):
        return self._reading

    async def distance_m(self, seconds):
        return self._reading


def measured(sensor, seconds=NOW_S, interval_s=60):
    """Return what a sensor measures at this moment."""
    return asyncio.run(sensor.measure(seconds, interval_s))


def twin(kind, **options):
    """Return a sensor of this kind with its simulated driver."""
    entry = {"kind": kind, "driver": "simulated"}
    if kind in NEEDED:
        field, value = NEEDED[kind]
        entry[field] = value
    if kind not in STEADY:
        entry["frozen_after"] = 4
    return build({"sensors": [entry]}, options)[0]


def test_climate_is_scaled_as_the_registry_says():
    climate = Climate(Always((21.46, 55.5, 1013.24)))
    assert measured(climate) == [(215, VALID), (56, VALID), (10132, VALID)]
    assert measured(Climate(Always((-0.06, 0.0, 300.0))))[0] == (-1, VALID)


def test_a_value_out_of_range_is_kept_and_says_so():
    climate = Climate(Always((-41.0, 101.0, 1e9)))
    assert measured(climate) == [(-410, OUT_OF_RANGE), (101, OUT_OF_RANGE), (LIMIT, OUT_OF_RANGE)]


def test_what_is_not_a_number_is_a_fault_of_that_quantity_alone():
    climate = Climate(Always((NAN, 50.0, float("inf"))))
    assert measured(climate) == [(None, FAULT), (50, VALID), (None, FAULT)]


def test_a_raw_reading_that_never_moves_is_frozen():
    climate = Climate(Always((20.0, 50.0, 1000.0)), frozen_after=3)
    codes = [measured(climate)[0][1] for _ in range(4)]
    assert codes == [VALID, VALID, FROZEN, FROZEN]


def test_dust_is_warming_up_until_its_time_has_passed():
    particles = Particles(Always((7.4, 12.5)), warm_up_s=100, frozen_after=0)
    codes = [measured(particles, NOW_S + 60 * i)[0] for i in range(3)]
    assert codes == [(7, WARM_UP), (7, WARM_UP), (7, VALID)]


def test_a_fan_that_runs_before_each_reading_has_warmed_up():
    particles = Particles(Always((7.4, 12.5), lead_s=30), warm_up_s=30)
    assert measured(particles)[0] == (7, VALID)


def test_a_sleep_makes_no_sensor_younger_and_thaws_none():
    reading = (7.4, 12.5)
    first = Particles(Always(reading), warm_up_s=100, frozen_after=4)
    for i in range(3):
        measured(first, NOW_S + 60 * i)
    awake = Particles(Always(reading), warm_up_s=100, frozen_after=4)
    awake.restore(first.state())
    assert measured(awake, NOW_S + 180)[0] == (7, FROZEN)
    for state in (None, 5, [], [1, 2], ["a", 2, 3, 4], {}):
        fresh = Particles(Always(reading), warm_up_s=100)
        fresh.restore(state)
        assert measured(fresh)[0] == (7, WARM_UP)


def test_setting_the_clock_does_not_warm_anything_up():
    particles = Particles(Always((7.4, 12.5)), warm_up_s=100)
    measured(particles, 5)
    assert measured(particles, NOW_S)[0] == (7, WARM_UP)


def test_a_fan_that_stands_still_is_a_fault():
    assert measured(Particles(Always(None))) == [(None, FAULT), (None, FAULT)]


def test_levels_of_sound_are_scaled_as_the_registry_says():
    assert measured(NoiseMeter(Always((57.4, 60.04, 60, 0)))) == [(574, VALID), (600, VALID)]
    assert measured(NoiseMeter(Always(None))) == [(None, FAULT), (None, FAULT)]
    assert measured(NoiseMeter(Always((NAN, 60.0, 60, 0))))[0] == (None, FAULT)


def test_rounding_lifts_no_mean_above_the_maximum():
    assert measured(NoiseMeter(Always((61.26, 61.24, 60, 0)))) == [(612, VALID), (612, VALID)]


def test_a_microphone_is_trusted_within_its_range_only():
    assert measured(NoiseMeter(Always((20.0, 31.0, 9, 0)))) == [(200, OUT_OF_RANGE), (310, VALID)]
    assert measured(NoiseMeter(Always((60.0, 125.0, 9, 0))))[1] == (1250, OUT_OF_RANGE)


def test_what_overloads_a_microphone_spoils_the_mean_as_well():
    meter = NoiseMeter(Always((81.0, 96.0, 9, 1)))
    assert measured(meter) == [(810, OUT_OF_RANGE), (960, OUT_OF_RANGE)]


def counts_of(speeds):
    """Return what a radar that sees these vehicles counts."""
    classes = SpeedClasses()
    for speed in speeds:
        classes.add(speed)
    return classes.take()


def test_vehicles_fall_into_the_classes_of_the_registry():
    speeds = [0, 29.9, 30, 49.9, 50, 60, 69.9, 70, 99.9, 100, 250, -47, NAN]
    (count, _), (classes, quality) = measured(TrafficCounter(Always(counts_of(speeds))))
    assert (count, classes, quality) == (12, [2, 3, 1, 2, 2, 2], VALID)
    assert len(classes) == quantities.by_name("speed_classes").width


def test_each_direction_is_counted_for_itself():
    counter = DirectionCounter(Always(counts_of([20, 55, -120, -55, -55])))
    values = [value for value, _ in measured(counter)]
    assert values == [2, 3, [1, 0, 1, 0, 0, 0], [0, 0, 2, 0, 0, 1]]
    assert measured(PulseCounter(Always([17]))) == [(17, VALID)]


def test_counts_start_again_when_they_are_taken():
    classes = SpeedClasses()
    classes.add(50)
    assert sum(classes.take()) == 1
    assert sum(classes.take()) == 0


def test_an_empty_street_is_a_count_and_a_dead_radar_is_not():
    assert measured(TrafficCounter(Always([0] * 12)))[0] == (0, VALID)
    assert measured(TrafficCounter(Always(None))) == [(None, FAULT), (None, FAULT)]
    assert measured(DirectionCounter(Always(None))) == [(None, FAULT)] * 4


def test_an_interval_that_began_before_the_radar_did_says_so():
    class Watching(Always):
        async def run(self):
            """Watch."""

    counter = PulseCounter(Watching([3]))
    assert [measured(counter) for _ in range(2)] == [[(3, WARM_UP)], [(3, VALID)]]
    assert counter.run


def test_what_stands_under_the_sensor_takes_the_space():
    assert measured(Parking(Always((2.5, 2.4, 0.3, 2.5, None)), 1.8)) == [(1, VALID)]
    assert measured(Parking(Always((1.1, 1.2, 2.4, 1.1, None)), 1.8)) == [(0, VALID)]
    assert measured(Parking(Always((None,) * 5), 1.8)) == [(None, FAULT)]
    assert measured(Parking(Always(None), 1.8)) == [(None, FAULT)]


def test_single_values_are_scaled_and_held_against_their_span():
    assert measured(Co2(Always((417, 21.3, 40.1)))) == [(417, VALID)]
    assert measured(Co2(Always((180, 21.3, 40.1)))) == [(180, OUT_OF_RANGE)]
    assert measured(Thermometer(Always(-12.0625))) == [(-121, VALID)]
    assert measured(Probe(Always(60.0))) == [(600, OUT_OF_RANGE)]
    assert measured(Battery(Always(3.719))) == [(372, VALID)]
    for nothing in (None, NAN):
        assert measured(Thermometer(Always(nothing))) == [(None, FAULT)]


def test_a_bird_under_the_sensor_is_no_flood():
    level = WaterLevel(Always((3.3, 0.4, 3.31, 3.29, 3.3)), 4.5)
    assert measured(level) == [(120, VALID)]


def test_lost_echoes_leave_the_median_of_an_odd_number():
    assert measured(WaterLevel(Always((3.3, 3.0, 3.4, 9.9, None)), 4.5)) == [(120, VALID)]
    for shots in ((3.3, None, None, NAN, 3.3), (None,) * 5, (), None):
        assert measured(WaterLevel(Always(shots), 4.5)) == [(None, FAULT)]


def test_a_distance_beyond_the_sensor_is_out_of_range():
    assert measured(WaterLevel(Always((9.0,) * 3), 4.5)) == [(-450, OUT_OF_RANGE)]
    assert measured(WaterLevel(Always((0.1,) * 3), 4.5)) == [(440, OUT_OF_RANGE)]


def test_the_noise_is_the_same_everywhere():
    assert [scatter(17, i) for i in (0, 1, 2, (1 << 30) - 1)] == SCATTERED
    signal = Signal(17, 1, 600)
    moments = [signal.moment(s) for s in (0, 86399, NOW_S, (1 << 32) - 1)]
    assert [signal.drift(0, m, 432000) for m in moments] == DRIFTED
    assert max(moments) < 1 << 30


def test_the_same_seed_and_moment_give_the_same_values():
    for kind in KINDS:
        sensor = twin(kind, seed=5)
        first = [measured(sensor, NOW_S + 9000 * i) for i in range(12)]
        again = twin(kind, seed=5)
        assert [measured(again, NOW_S + 9000 * i) for i in range(12)] == first
        other = twin(kind, seed=6)
        assert [measured(other, NOW_S + 9000 * i) for i in range(12)] != first


def test_twins_told_to_fail_fail():
    for kind in KINDS:
        sensor = twin(kind, fault_every=3)
        seen = set()
        for i in range(60):
            try:
                seen.add(measured(sensor, NOW_S + 60 * i)[0][1])
            except OSError:
                seen.add("error")
        assert {"error", FAULT, VALID} <= seen
        assert (FROZEN in seen) == (kind not in STEADY)


def test_a_wrong_profile_names_the_field_and_what_would_be_right():
    entry = {"kind": "climat", "driver": "simulated"}
    error = refuses(ValueError, build, {"sensors": [entry]}, {})
    assert str(error).startswith("sensors[0].kind: 'climat'; expected one of: battery, climate")
