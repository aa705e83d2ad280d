"""Ultrasonic sensors: lost echoes, old echoes, silence, models that speak another language."""

import errno

import pytest

from node.drivers.a02 import A02
from node.drivers.maxbotix import MaxBotix
from node.sensors.level import WaterLevel
from node.sensors.parking import Parking
from protocol.quality import FAULT, FROZEN, OUT_OF_RANGE, VALID
from tests.for_firmware.uart_bench import UartBench, Wire, heard
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.parts import a02, maxbotix

BENCHES = {
    "a02": lambda: UartBench(a02.A02, A02, distance_m=1.953),
    "a02 controlled": lambda: UartBench(
        lambda world: a02.A02(world, is_controlled=True), A02, distance_m=1.953
    ),
    "maxbotix": lambda: UartBench(maxbotix.MaxBotix, MaxBotix, distance_m=1.953),
    "maxbotix 10 m": lambda: UartBench(
        lambda world: maxbotix.MaxBotix(world, longest_mm=9999),
        lambda ports: MaxBotix(ports, lost_mm=9999),
        distance_m=1.953,
    ),
}


@pytest.fixture(params=BENCHES)
def bench(request):
    """Return each of the sensors above water."""
    return BENCHES[request.param]()


def test_five_shots_are_metres(bench):
    assert bench.run(bench.driver.distance_m(0)) == (1.953,) * 5
    assert bench.now_s < 3


def test_the_example_of_the_maker():
    assert heard(A02, [bytes.fromhex("ff07a1a7")]) == [1.953]
    beyond = [a02.frame(distance_mm) for distance_mm in (0, 29, 30, 4500, 4501, 65533)]
    assert heard(A02, beyond) == [0, 0, 0.03, 4.5, 0, 0]


def test_what_waits_behind_a_full_buffer_is_old_too():
    wire = Wire()
    wire.pieces = [a02.frame(1000) * 64, a02.frame(1000) * 32] + [a02.frame(2000)] * 5
    assert run(Timeline(), A02(wire).distance_m(0)) == (2.0,) * 5


def test_no_shot_is_older_than_the_question(bench):
    bench.wait(60)
    bench.there["distance_m"] = 2.5
    assert bench.run(bench.driver.distance_m(0)) == (2.5,) * 5


def test_an_echo_that_does_not_come_back_is_none(bench):
    del bench.there["distance_m"]
    assert bench.run(bench.driver.distance_m(0)) == (None,) * 5
    assert bench.run(WaterLevel(bench.driver, 4.5).measure(0, 300)) == [(None, FAULT)]


def test_ten_metres_are_an_echo_for_the_model_that_reaches_so_far():
    far = BENCHES["maxbotix 10 m"]()
    far.there["distance_m"] = 8.123
    assert far.run(far.driver.distance_m(0)) == (8.123,) * 5
    for name in ("maxbotix", "a02"):
        near = BENCHES[name]()
        near.there["distance_m"] = 8.123
        assert near.run(near.driver.distance_m(0)) == (None,) * 5


@pytest.mark.parametrize(
    ("fault", "code"),
    [("missing", errno.ETIMEDOUT), ("hang", errno.ETIMEDOUT), ("garbage", errno.EIO)],
)
def test_what_is_wrong_is_an_error_within_the_samplers_time(bench, fault, code):
    setattr(bench.part.faults, fault, True)
    with pytest.raises(OSError, match=r"A02|MaxBotix") as raised:
        bench.run(bench.driver.distance_m(0))
    assert raised.value.errno == code
    assert bench.now_s < 4
    setattr(bench.part.faults, fault, False)
    assert bench.run(bench.driver.distance_m(0)) == (1.953,) * 5


def test_after_power_the_text_about_itself_is_no_distance(bench):
    bench.power_cycle()
    bench.wait(bench.driver.lead_s)
    assert bench.run(bench.driver.distance_m(0)) == (1.953,) * 5


def test_water_and_parking_follow_the_world(bench):
    level = WaterLevel(bench.driver, 4.5, frozen_after=0)
    parking = Parking(bench.driver, 1.5)
    assert bench.run(level.measure(0, 300)) == [(255, VALID)]
    assert bench.run(parking.measure(0, 300)) == [(1, VALID)]
    bench.there["distance_m"] = 0.9
    assert bench.run(level.measure(0, 300)) == [(360, VALID)]
    assert bench.run(parking.measure(0, 300)) == [(0, VALID)]


def test_what_is_too_near_is_out_of_range(bench):
    bench.there["distance_m"] = 0.305
    level = WaterLevel(bench.driver, 4.5, nearest_m=0.31)
    assert bench.run(level.measure(0, 300)) == [(420, OUT_OF_RANGE)]


def test_a_transducer_that_hangs_is_frozen(bench):
    level = WaterLevel(bench.driver, 4.5, frozen_after=3)
    bench.part.faults.stuck = True
    codes = []
    for i in range(3):
        bench.there["distance_m"] = 2.0 + i / 10
        codes.append(bench.run(level.measure(0, 300))[0][1])
        bench.wait(300)
    assert codes == [VALID, VALID, FROZEN]
