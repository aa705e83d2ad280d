"""What many raw values become: nothing is lost in a sum, and nothing of one vehicle is kept."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.sensors.level import WaterLevel
from node.sensors.noise import NoiseMeter
from node.sensors.speeds import SpeedClasses
from node.sensors.traffic import DirectionCounter, TrafficCounter
from protocol.quality import FAULT, OUT_OF_RANGE, VALID
from protocol.quantities import LIMIT
from tests.for_firmware.sensing import Says, measure

SPEEDS = st.lists(st.floats(allow_nan=False), max_size=300)


@given(st.lists(st.floats(), min_size=2, max_size=2), st.integers(0, 9), st.integers(0, 9))
def test_no_level_a_driver_could_give_breaks_the_meter(levels, count, overloads):
    for value, quality in measure(NoiseMeter(Says((*levels, count, overloads)))):
        assert (value is None) == (quality == FAULT)
        assert value is None or -LIMIT <= value <= LIMIT


def counts_of(*speeds) -> list:
    """Return what a driver counts of these speeds."""
    classes = SpeedClasses()
    for speed in speeds:
        classes.add(speed)
    return classes.take()


@given(SPEEDS)
def test_the_classes_add_up_to_the_vehicles(speeds):
    counts = counts_of(*speeds)
    (vehicles, _), (classes, _) = measure(TrafficCounter(Says(counts)))
    assert vehicles == sum(classes) == len(speeds)
    towards, away, faster, slower = [v for v, _ in measure(DirectionCounter(Says(counts)))]
    assert (towards, away) == (sum(faster), sum(slower))
    assert towards + away == vehicles


@given(SPEEDS, SPEEDS)
def test_two_intervals_count_what_one_long_one_does(first, second):
    classes = SpeedClasses()
    taken = []
    for speeds in (first, second):
        for speed in speeds:
            classes.add(speed)
        taken.append(classes.take())
    assert [sum(pair) for pair in zip(*taken, strict=True)] == counts_of(*first, *second)


@pytest.mark.parametrize(("edge_kmh", "below"), [(30, 0), (50, 1), (60, 2), (70, 3), (100, 4)])
def test_an_edge_belongs_to_the_faster_class(edge_kmh: int, below: int):
    counts = counts_of(edge_kmh - 0.01, edge_kmh, -edge_kmh)
    classes = measure(TrafficCounter(Says(counts)))[1][0]
    assert classes[below : below + 2] == [1, 2]


def test_no_interval_counts_more_than_the_protocol_takes(monkeypatch):
    monkeypatch.setattr("protocol.quantities.LIMIT", 5)
    assert sum(counts_of(*[40] * 9)) == 5


def test_nothing_of_a_vehicle_stays_in_the_counter():
    classes = SpeedClasses()
    before = repr(vars(classes))
    classes.add(48.25)
    assert "48" not in repr(vars(classes))
    classes.take()
    assert repr(vars(classes)) == before


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
