"""Voltages: wild conversions, cut wires, and what the resistors leave."""

import pytest

from node.drivers.divider import Divider
from node.sensors.single import Battery, Solar
from protocol.quality import OUT_OF_RANGE, VALID
from tests.fakes.buses import FakePorts
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.parts import divider


class DividedPorts(FakePorts):
    """Ports that know the resistors, as node.ports.Ports does."""

    def millivolts(self, name):
        measure = super().millivolts(name)
        return lambda: measure() * 2


@pytest.fixture
def there():
    """Return the voltages that there are."""
    return {"battery_v": 3.72, "solar_v": 5.5}


@pytest.fixture
def parts(there):
    """Return the pins of a battery and a panel."""
    return {
        "battery": divider.Divider(lambda seconds: there, "battery_v"),
        "solar": divider.Divider(lambda seconds: there, "solar_v"),
    }


def measured(kind, name, parts):
    timeline = Timeline()
    sensor = kind(Divider(DividedPorts(timeline, volts=parts), name))
    return run(timeline, sensor.measure(0, 900))


def test_volts_are_those_before_the_resistors(parts):
    assert measured(Battery, "battery", parts) == [(372, VALID)]
    assert measured(Solar, "solar", parts) == [(550, VALID)]


def test_one_wild_conversion_does_not_show(parts):
    parts["battery"].faults.garbage = True
    for _ in range(8):
        assert measured(Battery, "battery", parts) == [(372, VALID)]


def test_a_battery_that_is_not_there_is_out_of_range_and_night_is_not(parts, there):
    parts["battery"].faults.missing = True
    there["solar_v"] = 0.0
    assert measured(Battery, "battery", parts) == [(0, OUT_OF_RANGE)]
    assert measured(Solar, "solar", parts) == [(0, VALID)]
