"""The twins: the same for the same seed and moment, and a day that looks like a day."""

import asyncio
import itertools
import statistics
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.sensors import build
from node.sensors import simulated_single as single
from node.sensors.signals import ERROR, MISSING, STUCK, Faults, Signal, of_day, scatter, share
from node.sensors.simulated import (
    ClimateTwin,
    NoiseTwin,
    ParticlesTwin,
    PulseTwin,
    TrafficTwin,
    WaterTwin,
)
from protocol.quality import VALID
from tests.for_firmware.sensing import measure

KINDS = ("battery", "climate", "co2", "counter", "directions", "noise", "parking")
KINDS += ("particles", "probe", "solar", "thermometer", "traffic")
MIDNIGHT_S = 1_700_006_400 - 3600  # in Central European time
SECONDS = st.integers(0, 2**32)
SEEDS = st.integers(0, 2**40)
SMALL = 1 << 30


def raw(twin, seconds: int) -> list:
    """Return all raw numbers a twin gives at a moment, in one list."""
    if isinstance(twin, NoiseTwin):
        return list(twin._levels(twin._signal.moment(seconds), 60))
    if isinstance(twin, TrafficTwin):
        return list(twin.passages(seconds, 60))
    if isinstance(twin, WaterTwin | single.ParkingTwin):
        return [shot for shot in asyncio.run(twin.distance_m(seconds)) if shot is not None]
    value = asyncio.run(twin.read(seconds))
    return list(value) if isinstance(value, tuple) else [value]


SINGLE = (
    single.BatteryTwin,
    single.Co2Twin,
    single.ParkingTwin,
    single.ProbeTwin,
    single.SolarTwin,
    single.ThermometerTwin,
)
TWINS = (ClimateTwin, ParticlesTwin, NoiseTwin, TrafficTwin, WaterTwin, *SINGLE)


@pytest.mark.parametrize("make", TWINS)
@given(seed=SEEDS, seconds=SECONDS, speedup=st.integers(1, 1000))
def test_a_twin_depends_on_nothing_but_seed_and_time(make, seed, seconds, speedup):
    first = make(seed, speedup)
    raw(first, seconds // 2)
    assert raw(first, seconds) == raw(make(seed, speedup), seconds)


@pytest.mark.parametrize("make", TWINS)
@given(seed=SEEDS, seconds=SECONDS)
def test_raw_values_are_the_same_in_single_precision(make, seed, seconds):
    for value in raw(make(seed), seconds):
        assert struct.unpack("f", struct.pack("f", value)) == (value,)


@given(SEEDS, SECONDS, st.integers(1, 86400))
def test_speed_up_is_nothing_but_a_faster_clock(seed, seconds, speedup):
    signal = Signal(seed, 1, 1)
    fast = Signal(seed, 1, speedup)
    zone_s = signal.moment(0)
    assert (fast.moment(seconds) - zone_s - seconds * speedup) % 86400 == 0


@given(SEEDS, SECONDS, st.integers(0, 20), st.integers(60, 432_000))
def test_moments_and_noise_need_no_long_integers(seed, seconds, stream, period_s):
    signal = Signal(seed, 3, 1000)
    moment = signal.moment(seconds)
    assert 0 <= moment < SMALL
    assert 0 <= signal.dice(stream, moment) < 1 << 15
    assert -16384 <= signal.drift(stream, moment, period_s) <= 16383


def test_noise_is_even_and_remembers_nothing():
    throws = [scatter(17, i) for i in range(20_000)]
    assert statistics.mean(throws) == pytest.approx(16384, rel=0.02)
    assert min(throws.count(value) for value in throws[:50]) < 5
    assert abs(statistics.correlation(throws[1:], throws[:-1])) < 0.03


@given(st.integers(0, 432_000 * 3))
def test_a_drift_never_jumps(moment):
    signal = Signal(4, 1, 1)
    step = signal.drift(0, moment + 1, 86400) - signal.drift(0, moment, 86400)
    assert abs(step) <= 64


@given(st.binary(min_size=24, max_size=24), st.integers(0, 86399))
def test_a_curve_runs_between_its_hours(curve, second):
    hour = second // 3600
    ends = sorted((curve[hour] * 64, curve[(hour + 1) % 24] * 64))
    assert ends[0] <= of_day(curve, second) <= ends[1]
    assert of_day(curve, hour * 3600) == curve[hour] * 64


def test_a_share_is_of_the_amplitude():
    assert [share(640, signed) for signed in (-16384, 0, 16383)] == [-640, 0, 639]


def of_days(kind: str, days: int = 6, **fields) -> dict:
    """Return {hour: the values of all quantities at that hour of several days}."""
    entry = {"kind": kind, "driver": "simulated", **fields}
    [sensor] = build({"sensors": [entry]}, {"seed": 17})
    hours: dict = {hour: [] for hour in range(24)}
    for i in range(24 * days):
        readings = measure(sensor, MIDNIGHT_S + i * 3600 + 1800, 900)
        hours[i % 24].append([value for value, _ in readings])
    return hours


def mean(hours: dict, hour: int, index: int) -> float:
    return statistics.mean(values[index] for values in hours[hour])


def test_afternoons_are_warm_and_dry():
    hours = of_days("climate")
    warmth = [mean(hours, hour, 0) for hour in range(24)]
    damp = [mean(hours, hour, 1) for hour in range(24)]
    assert 13 <= warmth.index(max(warmth)) <= 17
    assert statistics.correlation(warmth, damp) < -0.9
    assert max(warmth) - min(warmth) > 50


def test_dust_and_traffic_have_two_rush_hours():
    dust = of_days("particles", days=20)
    assert min(mean(dust, 7, 0), mean(dust, 18, 0)) > 1.3 * mean(dust, 12, 0)
    assert all(pm10 >= pm25 for values in dust.values() for pm25, pm10 in values)
    traffic = of_days("traffic")
    assert min(mean(traffic, 7, 0), mean(traffic, 17, 0)) > 1.3 * mean(traffic, 12, 0)
    assert mean(traffic, 2, 0) < 0.1 * mean(traffic, 17, 0)


def test_nights_are_quiet():
    hours = of_days("noise")
    assert mean(hours, 2, 0) < mean(hours, 12, 0) - 100
    assert all(laeq < lamax for values in hours.values() for laeq, lamax in values)


def test_drivers_mostly_drive_about_47_km_h_and_few_far_too_fast():
    twin = TrafficTwin(17)
    speeds = list(twin.passages(MIDNIGHT_S + 86400, 86400))
    assert 5_000 < len(speeds) < 12_000
    assert 0.45 < sum(speed > 0 for speed in speeds) / len(speeds) < 0.55
    speeds = [abs(speed) for speed in speeds]
    assert statistics.mean(speeds) == pytest.approx(47, abs=2)
    assert 7 < statistics.stdev(speeds) < 12
    assert 0 < sum(speed >= 70 for speed in speeds) < len(speeds) / 20
    assert min(speeds) > 5


def test_counts_scatter_as_chance_does():
    twin = TrafficTwin(17)
    nights = [len(list(twin.passages(MIDNIGHT_S + d * 86400 + 7200, 900))) for d in range(200)]
    assert 0.7 < statistics.variance(nights) / statistics.mean(nights) < 1.3


@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(1, 400))
def test_no_vehicle_is_lost_between_two_intervals(start, first_s, second_s):
    twin = TrafficTwin(17)
    end = start + first_s + second_s
    apart = [*twin.passages(start + first_s, first_s), *twin.passages(end, second_s)]
    assert apart == list(twin.passages(end, first_s + second_s))


def test_a_contact_counts_the_vehicles_of_the_radar():
    radar, contact = TrafficTwin(17), PulseTwin(17)
    counts = asyncio.run(radar.counts(MIDNIGHT_S + 43200, 900))
    assert asyncio.run(contact.counts(MIDNIGHT_S + 43200, 900)) == [sum(counts)]
    assert sum(counts) == len(list(radar.passages(MIDNIGHT_S + 43200, 900)))


def test_the_sun_charges_by_day_and_a_brook_is_calmer_than_the_air():
    assert mean(of_days("solar"), 1, 0) == 0
    assert 400 < mean(of_days("solar"), 12, 0) < 650
    battery = of_days("battery")
    assert all(330 < values[0] < 420 for hour in battery.values() for values in hour)
    assert mean(battery, 15, 0) > mean(battery, 4, 0)
    air = [mean(of_days("thermometer"), hour, 0) for hour in range(24)]
    water = [mean(of_days("probe"), hour, 0) for hour in range(24)]
    assert max(water) - min(water) < (max(air) - min(air)) / 3
    assert water.index(max(water)) > air.index(max(air))


def test_a_city_breathes_at_night_and_a_space_is_taken_now_and_then():
    air = of_days("co2")
    assert 400 < mean(air, 14, 0) < mean(air, 5, 0) < 600
    parking = of_days("parking", days=20, occupied_below_m=1.8)
    taken = [1 - mean(parking, hour, 0) for hour in range(24)]
    assert taken[2] > taken[6]
    assert 0.4 < statistics.mean(taken) < 0.95


def test_water_rises_and_falls_slowly():
    twin = WaterTwin(17, mount_height_m=4.5)
    shots = [sorted(raw(twin, i * 900))[2] for i in range(96 * 30)]
    assert max(abs(b - a) for a, b in itertools.pairwise(shots)) < 0.1
    assert max(shots) - min(shots) > 1
    assert min(shots) > 4.5 - 2.5


def test_a_long_interval_costs_a_bounded_number_of_levels():
    assert asyncio.run(NoiseTwin(1, 900).summary(10**6, 900))[2] <= 128
    assert asyncio.run(NoiseTwin(1).summary(10**6, 60))[2] == 60


@given(st.integers(1, 20), st.integers(0, 1000))
def test_every_nth_reading_is_spoiled(every, start):
    faults = Faults(every, (MISSING,), start)
    spoiled = [faults.spoil("good", "missing") == "missing" for _ in range(4 * every)]
    assert sum(spoiled) == 4
    assert spoiled[:every] == spoiled[every : 2 * every]


def test_faults_take_turns():
    faults = Faults(2, (ERROR, MISSING, STUCK))
    seen = []
    for i in range(20):
        try:
            seen.append(faults.spoil(i, None))
        except OSError:
            seen.append("error")
    assert seen == [0, None, 2, *[3] * 9, 12, "error", 14, None, 16, *[17] * 3]


def test_without_faults_all_is_well():
    for seed in range(3):
        for kind in KINDS:
            entry = {"kind": kind, "driver": "simulated"}
            if kind == "parking":
                entry["occupied_below_m"] = 1.8
            [sensor] = build({"sensors": [entry]}, {"seed": seed})
            measure(sensor, MIDNIGHT_S - 900, 900)
            for i in range(100):
                readings = measure(sensor, MIDNIGHT_S + i * 900, 900)
                assert {quality for _, quality in readings} == {VALID}
