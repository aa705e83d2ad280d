"""Attacks on the node's tasks: drivers that raise what they like, cables that take nothing."""

import asyncio

from node import sampler
from node.drivers.driver import Driver
from node.measuring import Measuring
from node.sensors.sensor import Sensor
from protocol import quality as qualities


class _Sensor(Sensor):
    def __init__(self, names, error=None):
        super().__init__(Driver())
        self.quantities = names
        self._error = error

    async def measure(self, seconds, interval_s):
        if self._error:
            raise self._error
        return [(7, qualities.VALID)] * len(self.quantities)


class _Clock:
    def uptime_ms(self):
        return 0


class _Journal:
    def __init__(self):
        self.samples = []

    def append(self, seconds, is_unix, columns, codes):
        self.samples.append((columns, codes))


def _sample(*sensors):
    journal = _Journal()
    measuring = Measuring(list(sensors))
    clock = _Clock()
    taker = sampler.Sampler(
        measuring, 10, clock, journal, lambda: None, lambda on: None, lambda: False
    )
    asyncio.run(taker.sample())
    return journal.samples


def test_a_driver_that_raises_anything_costs_its_own_values_only():
    """Drivers of others raise ValueError, RuntimeError, ZeroDivisionError: all are a FAULT."""
    for error in (ValueError("checksum"), RuntimeError("no answer"), ZeroDivisionError()):
        samples = _sample(_Sensor(("humidity",), error), _Sensor(("temperature",)))
        assert samples == [([7, None], [qualities.VALID, qualities.FAULT])]


def test_a_driver_that_gives_too_few_values_does_not_shift_those_of_the_others():
    short = _Sensor(("temperature", "humidity"))
    short.quantities = ("temperature", "humidity", "pressure")

    async def measure(seconds, interval_s):
        return [(1, qualities.VALID), (2, qualities.VALID)]

    short.measure = measure
    ((columns, codes),) = _sample(short, _Sensor(("pm25",)))
    assert columns == [None, None, None, 7]  # which of them are there is anybody's guess
    assert codes == [qualities.FAULT] * 3 + [0]


def test_an_exact_none_without_a_fault_code_never_reaches_the_journal():
    """A batch with it cannot be encoded: it would hold back everything behind it."""
    sensor = _Sensor(("temperature",))

    async def measure(seconds, interval_s):
        return [(None, qualities.VALID)]

    sensor.measure = measure
    ((columns, codes),) = _sample(sensor)
    assert codes == [qualities.FAULT]
    assert columns == [None]
