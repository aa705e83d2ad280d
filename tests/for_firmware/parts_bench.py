"""What the tests of drivers share: a world that stands still, and one virtual sensor on a bus."""

from node.drivers.driver import Driver
from tests.fakes.buses import FakePorts
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline

AIR = {
    "temperature": 21.3,
    "humidity": 55.0,
    "pressure": 1013.2,
    "co2": 640.0,
    "pm25": 7.2,
    "pm10": 11.0,
}


class Bench:
    """`air` is what there is to measure, and may be changed; `part` and `driver` meet on I2C."""

    def __init__(self, make_part, make_driver, air=None):
        self.air = dict(AIR, **(air or {}))
        self.timeline = Timeline()
        self.part = make_part(lambda seconds: self.air)
        self.ports = FakePorts(self.timeline, i2c=[self.part])
        self.driver = make_driver(self.ports)

    def run(self, coroutine):
        """Run a coroutine in virtual time."""
        return run(self.timeline, coroutine)

    def power_cycle(self, off_s: float = 10.0):
        """Take the supply away for some time."""
        now_us = self.timeline.now_us
        self.part.power(False, now_us)
        self.part.power(True, now_us + int(off_s * 1e6))
        self.timeline.run_until(now_us + int(off_s * 1e6) + 100_000)

    def wait(self, seconds: float):
        """Let time pass, outside of any coroutine."""
        self.timeline.run_until(self.timeline.now_us + int(seconds * 1e6))


def speaks_to_nobody_before_it_is_asked(make_driver) -> bool:
    """Say whether a driver can be made on a bus on which everything fails."""

    class NoBus:
        def __getattr__(self, name):
            raise AssertionError("traffic: " + name)

    class NoPorts:
        def i2c(self):
            return NoBus()

    return isinstance(make_driver(NoPorts()), Driver)
