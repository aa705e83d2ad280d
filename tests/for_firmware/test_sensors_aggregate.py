"""What many raw values become: nothing is lost in a sum, and nothing of one vehicle is kept."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.sensors.level import WaterLevel
from node.sensors.noise import NoiseMeter
from node.sensors.traffic import TrafficCounter
from protocol.quality import FAULT, OUT_OF_RANGE, VALID
from protocol.quantities import LIMIT
from tests.for_firmware.sensing import Says, measure

LEVELS = st.lists(st.floats(0, 194), min_size=1, max_size=400)
SPEEDS = st.lists(st.floats(allow_nan=False), max_size=300)


@given(LEVELS)
def test_the_equivalent_level_lies_between_the_mean_and_the_maximum(levels):
    (laeq, _), (lamax, _) = measure(NoiseMeter(Says(levels)))
    assert laeq <= lamax == math.floor(max(levels) * 10 + 0.5)
    assert laeq >= 10 * math.fsum(levels) / len(levels) - 1


@given(LEVELS, st.randoms())
def test_the_order_of_the_levels_does_not_matter(levels, random):
    shuffled = random.sample(levels, len(levels))
    (laeq, _), (lamax, _) = measure(NoiseMeter(Says(levels)))
    (laeq_2, _), (lamax_2, _) = measure(NoiseMeter(Says(shuffled)))
    assert lamax == lamax_2
    assert abs(laeq - laeq_2) <= 1


@given(st.lists(st.floats(30, 120), min_size=1, max_size=20), st.integers(1, 50))
def test_the_same_levels_over_a_longer_time_are_as_loud(levels, times):
    (laeq, _), _ = measure(NoiseMeter(Says(levels)))
    (longer, _), _ = measure(NoiseMeter(Says(levels * times)))
    assert abs(laeq - longer) <= 1


def test_levels_are_consumed_one_by_one():
    taken = []

    def levels():
        for i in range(8 * 900):
            taken.append(i)
            yield 60.0

    assert measure(NoiseMeter(Says(levels())))[0] == (600, VALID)
    assert len(taken) == 8 * 900


@given(st.lists(st.floats(), max_size=100))
def test_no_level_a_driver_could_give_breaks_the_meter(levels):
    for value, quality in measure(NoiseMeter(Says(levels))):
        assert (value is None) == (quality == FAULT)
        assert value is None or 0 <= value <= 1940


@given(SPEEDS)
def test_the_classes_add_up_to_the_vehicles(speeds):
    (vehicles, _), (classes, _) = measure(TrafficCounter(Says(iter(speeds))))
    assert vehicles == sum(classes) == len(speeds)


@given(SPEEDS, SPEEDS)
def test_two_intervals_count_what_one_long_one_does(first, second):
    counter = TrafficCounter(Says(first, second))
    apart = [measure(counter)[1][0] for _ in range(2)]
    together = measure(TrafficCounter(Says(first + second)))[1][0]
    assert [sum(pair) for pair in zip(*apart, strict=True)] == together


@pytest.mark.parametrize(("edge_kmh", "below"), [(30, 0), (50, 1), (60, 2), (70, 3), (100, 4)])
def test_an_edge_belongs_to_the_faster_class(edge_kmh: int, below: int):
    classes = measure(TrafficCounter(Says([edge_kmh - 0.01, edge_kmh, -edge_kmh])))[1][0]
    assert classes[below : below + 2] == [1, 2]


def test_nothing_of_a_vehicle_stays_in_the_counter():
    driver = Says([48.25, 51.5])
    counter = TrafficCounter(driver)
    measure(counter)
    assert list(vars(counter).values()) == [driver]


SHOTS = st.lists(st.one_of(st.none(), st.floats(0.25, 8)), max_size=9)


@given(SHOTS)
def test_a_level_is_one_of_the_echoes_or_a_fault(shots):
    [(value, quality)] = measure(WaterLevel(Says(shots), 8.25))
    echoes = [shot for shot in shots if shot is not None]
    if 2 * len(echoes) <= len(shots):
        assert (value, quality) == (None, FAULT)
    else:
        assert quality == VALID
        assert value in [math.floor((8.25 - echo) * 100 + 0.5) for echo in echoes]


@given(st.floats(1, 4), st.permutations([0, 1, 2, 3, 4]), st.floats(0, 50), st.floats(0, 50))
def test_two_wild_shots_of_five_do_not_move_the_level(distance, order, wild, wilder):
    shots = [(wild, wilder, distance, distance, distance)[i] for i in order]
    assert measure(WaterLevel(Says(shots), 4.5)) == measure(WaterLevel(Says([distance]), 4.5))


@given(st.one_of(st.none(), st.lists(st.one_of(st.none(), st.floats()))))
def test_no_shot_a_driver_could_give_breaks_the_level(shots):
    [(value, quality)] = measure(WaterLevel(Says(shots), 4.5))
    assert quality in (VALID, OUT_OF_RANGE, FAULT)
    assert (value is None) == (quality == FAULT)
    assert value is None or abs(value) <= LIMIT
