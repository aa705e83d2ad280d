"""DS18B20: no conversion, no supply, a line that is held, and checksums that do not fit."""

import pytest

from node.sensors.single import Probe, Thermometer
from protocol.quality import VALID
from tests.fakes import one_wire
from tests.fakes.buses import FakePorts
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.parts import ds18b20


class Bench:
    """A thermometer on its bus."""

    def __init__(self, monkeypatch):
        self.there = {"temperature": 12.4375}
        self.timeline = Timeline()
        self.part = ds18b20.Ds18b20(lambda seconds: self.there)
        one_wire.install(monkeypatch, self.timeline, self.part)
        from node.drivers.ds18b20 import Ds18b20

        self.driver = Ds18b20(FakePorts(self.timeline, onewire=self.part))

    def wait(self, seconds):
        """Let time pass."""
        self.timeline.run_until(self.timeline.now_us + round(seconds * 1e6))

    def read(self):
        """Return what the driver reads."""
        return run(self.timeline, self.driver.read(0))


@pytest.fixture
def bench(monkeypatch):
    """Return a thermometer in a brook."""
    return Bench(monkeypatch)


@pytest.mark.parametrize("warmth", [12.4375, 0.0, -0.5, -10.125, -55.0, 84.9375, 125.0])
def test_a_conversion_that_began_in_time_is_read_at_once(bench, warmth):
    bench.there["temperature"] = warmth
    bench.driver.start()
    bench.wait(bench.driver.lead_s)
    before_us = bench.timeline.now_us
    assert bench.read() == warmth
    assert bench.timeline.now_us == before_us


def test_without_a_start_it_converts_by_itself(bench):
    assert bench.read() == 12.4375
    assert bench.timeline.now_us == ds18b20.CONVERSION_US


def test_each_reading_is_of_its_own_conversion(bench):
    bench.read()
    bench.there["temperature"] = 13.0
    assert bench.read() == 13.0


def test_what_the_register_holds_after_power_is_no_temperature(bench):
    bench.driver.start()
    bench.part.power(False, bench.timeline.now_us)
    bench.part.power(True, bench.timeline.now_us)
    bench.wait(1)
    assert bench.read() == 12.4375  # it was asked again
    bench.part.faults.stuck = True
    bench.part.power(True, bench.timeline.now_us)
    with pytest.raises(OSError, match="converts nothing"):
        bench.read()
    assert bench.timeline.now_us < 5e6


@pytest.mark.parametrize("fault", ["missing", "hang", "garbage"])
def test_what_is_wrong_is_an_error_within_two_seconds(bench, fault):
    setattr(bench.part.faults, fault, True)
    bench.driver.start()
    bench.wait(1)
    before_us = bench.timeline.now_us
    with pytest.raises(OSError, match="DS18B20"):
        bench.read()
    assert bench.timeline.now_us - before_us < 2e6
    setattr(bench.part.faults, fault, False)
    assert bench.read() == 12.4375


def test_a_line_that_is_held_in_the_middle_is_no_zero_degrees(bench, monkeypatch):
    bench.driver.start()
    bench.wait(1)
    match = bench.part._scratchpad
    monkeypatch.setattr(bench.part, "_scratchpad", lambda now_us: bytes(len(match(now_us))))
    with pytest.raises(OSError, match="DS18B20"):
        bench.read()


def test_two_on_the_bus_are_told_from_one(bench, monkeypatch):
    other = ds18b20.Ds18b20(lambda seconds: {}, serial=0x1234567)
    both = bytes(a & b for a, b in zip(bench.part.rom, other.rom, strict=True))
    monkeypatch.setattr(bench.part, "rom", both)
    with pytest.raises(OSError, match="not one DS18B20"):
        bench.read()


def test_air_and_water_have_their_own_quantity(bench):
    for kind, quantity in ((Thermometer, "temperature"), (Probe, "water_temperature")):
        sensor = kind(bench.driver)
        assert sensor.quantities == (quantity,)
        assert run(bench.timeline, sensor.measure(0, 300)) == [(124, VALID)]
