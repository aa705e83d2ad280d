"""The traffic radar: what is one vehicle, what is none, and nothing that stays of any."""

import asyncio
import errno

import pytest

from node.drivers.ld2415h import Ld2415h
from node.sensors.traffic import DirectionCounter, TrafficCounter
from protocol.quality import FAULT, VALID, WARM_UP
from tests.fakes.buses import FakePorts
from tests.for_firmware.uart_bench import Wire
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.parts import ld2415h
from tools.rig.parts.street import Street, Vehicle


class Roadside:
    """A radar at a street, its driver, and the driver's task."""

    def __init__(self, traffic):
        self.timeline = Timeline()
        self.part = ld2415h.Ld2415h(traffic)
        self.driver = Ld2415h(FakePorts(self.timeline, uart={2: self.part}))

    def measure(self, sensor, *waits_s):
        """Return the sensor's readings after each of these waits; its task runs all the time."""

        async def scenario():
            task = asyncio.create_task(sensor.run())
            readings = []
            for wait_s in waits_s:
                await asyncio.sleep(wait_s)
                readings.append(await sensor.measure(0, wait_s))
            task.cancel()
            return readings

        return run(self.timeline, scenario())


def of(*vehicles):
    """Return a street with these vehicles."""
    return lambda begin_s, end_s: [v for v in vehicles if begin_s <= v.seconds < end_s]


def class_of(speed_kmh):
    return sum(speed_kmh >= edge for edge in (30, 50, 60, 70, 100))


def test_a_quarter_of_an_hour_on_a_street_is_counted_to_the_vehicle():
    street = Street(5, per_hour=250, slot_s=12)
    roadside = Roadside(street)
    vehicles = street(0, 898)
    readings = roadside.measure(DirectionCounter(roadside.driver), 300, 300, 300.1)
    towards, away, faster, slower = [[values[i][0] for values in readings] for i in range(4)]
    assert sum(towards) == sum(v.direction > 0 for v in vehicles) > 20
    assert sum(away) == sum(v.direction < 0 for v in vehicles) > 20
    assert [sum(classes) for classes in faster] == towards
    assert [sum(classes) for classes in slower] == away
    assert [values[0][1] for values in readings] == [WARM_UP, VALID, VALID]
    true = [0] * 6
    for vehicle in vehicles:
        true[class_of(vehicle.speed_kmh)] += 1
    seen = [sum(column) for column in zip(*faster, *slower, strict=True)]
    # The angle of the beam costs up to one percent: few fall into the class below.
    assert sum(abs(a - b) for a, b in zip(true, seen, strict=True)) <= len(vehicles) // 10


def test_two_that_meet_are_two_and_a_column_is_one():
    meet = Roadside(of(Vehicle(20, 50, 1), Vehicle(20.5, 55, -1)))
    assert meet.measure(DirectionCounter(meet.driver), 40)[0][:2] == [(1, WARM_UP), (1, WARM_UP)]
    column = Roadside(of(Vehicle(20, 50), Vehicle(20.4, 50), Vehicle(30, 50)))
    assert column.measure(TrafficCounter(column.driver), 60)[0][0][0] == 2


def test_who_walks_is_no_vehicle():
    walk = Roadside(of(Vehicle(20, 5), Vehicle(40, 6, -1)))
    assert walk.measure(TrafficCounter(walk.driver), 80)[0][0][0] == 0


def readings_of(*lines, seconds=4.0):
    """Return the twelve counts after the radar said these lines, (tenth of a second, speed)."""
    wire = Wire()
    timeline = Timeline()
    driver = Ld2415h(wire)

    async def scenario():
        task = asyncio.create_task(driver.run())
        for tenth, text in lines:
            timeline.after(tenth * 100_000, lambda text=text: wire.pieces.append(text))
        await asyncio.sleep(seconds)
        task.cancel()
        return await driver.counts(0, 300)

    return run(timeline, scenario()), wire


def test_the_second_highest_reading_is_the_speed():
    spike = [(1, b"V+048.0\r\n"), (2, b"V+141.0\r\n"), (3, b"V+052.0\r\n"), (4, b"V+031.0\r\n")]
    counts, _ = readings_of(*spike)
    assert counts == [0, 0, 1] + [0] * 9


def test_what_is_seen_once_is_none():
    assert sum(readings_of((1, b"V-080.0\r\n"))[0]) == 0
    assert sum(readings_of((1, b"V+299.0\r\nV+299.0\r\n"))[0]) == 0


def test_a_gap_of_a_second_makes_two():
    one = [(1, b"V+050.0\r\n" * 2), (9, b"V+050.0\r\n" * 2)]
    two = [(1, b"V+050.0\r\n" * 2), (14, b"V+050.0\r\n" * 2)]
    assert [sum(readings_of(*lines)[0]) for lines in (one, two)] == [1, 2]


def test_it_is_set_to_both_directions_and_kilometres_an_hour():
    _, wire = readings_of((1, b"V+050.0\r\n"))
    assert wire.sent.hex() == "4346020001000d0a"


def test_an_empty_street_is_asked_whether_it_is_one():
    roadside = Roadside(of())
    readings = roadside.measure(TrafficCounter(roadside.driver), 300, 300)
    assert [values[0] for values in readings] == [(0, WARM_UP), (0, VALID)]


@pytest.mark.parametrize(
    ("fault", "code"), [("missing", errno.ETIMEDOUT), ("hang", errno.ETIMEDOUT)]
)
def test_a_radar_that_is_gone_is_an_error_and_no_empty_street(fault, code):
    roadside = Roadside(of())
    setattr(roadside.part.faults, fault, True)
    with pytest.raises(OSError, match="silent") as raised:
        roadside.measure(TrafficCounter(roadside.driver), 60)
    assert raised.value.errno == code
    assert roadside.timeline.now_us < 63e6


def test_garbage_is_an_error_and_no_vehicle():
    roadside = Roadside(Street(5, per_hour=700))
    roadside.part.faults.garbage = True
    with pytest.raises(OSError, match="garbage"):
        roadside.measure(TrafficCounter(roadside.driver), 61)
    assert roadside.driver.damaged


def test_what_was_counted_while_the_radar_died_is_not_lost():
    roadside = Roadside(of(Vehicle(20, 50)))
    counter = TrafficCounter(roadside.driver)
    assert roadside.measure(counter, 60)[0][0][0] == 1
    roadside.part.faults.missing = True
    with pytest.raises(OSError, match="silent"):
        roadside.measure(counter, 60)


def test_nothing_of_a_vehicle_stays_in_the_driver():
    roadside = Roadside(of(Vehicle(20, 47.3), Vehicle(30, 83.9, -1)))
    before = repr(vars(roadside.driver._classes)) + repr(roadside.driver._towards[:2])
    roadside.measure(TrafficCounter(roadside.driver), 60)
    driver = roadside.driver
    assert repr(vars(driver._classes)) + repr(driver._towards[:2]) == before
    assert driver._away[:2] == [0, 0]
    assert driver._heard == b""


def test_a_driver_without_an_answer_is_a_fault_of_all_quantities():
    class Dead(Ld2415h):
        async def counts(self, seconds, interval_s):
            return None

    timeline = Timeline()
    counter = DirectionCounter(Dead(Wire()))
    assert run(timeline, counter.measure(0, 300)) == [(None, FAULT)] * 4
