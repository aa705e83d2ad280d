"""Pulses: every edge once, whatever bounces and whoever looks when."""

import asyncio

import pytest

from node.drivers.pulses import Pulses
from node.sensors.traffic import PulseCounter
from protocol.quality import FAULT, OUT_OF_RANGE, VALID, WARM_UP
from protocol.quantities import LIMIT
from tests.fakes.buses import FakePorts
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.parts import pulses
from tools.rig.parts.street import Street


class Pin:
    """A pin whose edges come when a test says so."""

    IRQ_FALLING = 2

    def pulses(self, number):
        return self

    def irq(self, handler, trigger):
        assert trigger == self.IRQ_FALLING
        self.fall = lambda: handler(self)

    def value(self):
        return 1


def watching(driver, timeline, *actions):
    """Run actions while the driver's task runs; return what it counted after each."""

    async def scenario():
        task = asyncio.create_task(driver.run())
        await asyncio.sleep(0)
        counts = []
        for action in actions:
            action()
            counts += await driver.counts(0, 300)
        task.cancel()
        return counts

    return run(timeline, scenario())


def test_a_contact_on_a_street_counts_its_vehicles():
    timeline = Timeline()
    street = Street(9, per_hour=400)
    counter = PulseCounter(Pulses(FakePorts(timeline, pulses=[pulses.Pulses(street)]), 0, 0, int))

    async def scenario():
        task = asyncio.create_task(counter.run())
        readings = []
        for _ in range(3):
            await asyncio.sleep(300)
            readings += await counter.measure(0, 300)
        task.cancel()
        return readings

    counts, codes = zip(*run(timeline, scenario()), strict=True)
    assert codes == (WARM_UP, VALID, VALID)
    assert counts == tuple(len(street(i * 300, (i + 1) * 300)) for i in range(3))
    assert sum(counts) > 60


@pytest.mark.parametrize(
    ("debounce_ms", "moments", "count"),
    [
        (0, (0, 0, 1, 2), 4),
        (50, (0, 3, 9, 200), 2),
        (50, (0, 49, 98, 147), 1),
        (50, (0, 50, 100), 3),
        (50, (5, 5 + 100_000), 2),
    ],
)
def test_a_contact_that_bounces_is_one(debounce_ms, moments, count):
    pin = Pin()
    now = [0]
    driver = Pulses(pin, 0, debounce_ms, lambda: now[0])

    def fall():
        for now[0] in moments:
            pin.fall()

    assert watching(driver, Timeline(), fall) == [count]


def test_ticks_that_wrap_swallow_no_vehicle():
    pin = Pin()
    now = [0]
    driver = Pulses(pin, 0, 50, lambda: now[0])

    def fall():
        for now[0] in ((1 << 30) - 10, 20, 100):
            pin.fall()

    assert watching(driver, Timeline(), fall) == [2]


def test_an_interval_without_edges_is_zero_and_counts_start_again():
    pin = Pin()
    driver = Pulses(pin, 0, 0, int)
    counts = watching(driver, Timeline(), lambda: pin.fall(), lambda: None, lambda: pin.fall())
    assert counts == [1, 0, 1]


def test_a_count_over_the_end_of_small_numbers_is_right():
    pin = Pin()
    driver = Pulses(pin, 0, 0, int)
    driver._count = driver._told = 0x3FFFFFFE
    assert watching(driver, Timeline(), lambda: [pin.fall() for _ in range(5)]) == [5]


def test_a_contact_that_chatters_counts_to_the_limit_of_a_sample_and_says_so():
    class Chatters:
        lead_s = draw_ma = rest_s = 0

        async def counts(self, seconds, interval_s):
            return self.told

    counter = PulseCounter(Chatters())
    for told, reading in (
        ([LIMIT], (LIMIT, VALID)),
        ([LIMIT + 1], (LIMIT, OUT_OF_RANGE)),
        ([1 << 29], (LIMIT, OUT_OF_RANGE)),
        (None, (None, FAULT)),
    ):
        Chatters.told = told
        assert asyncio.run(counter.measure(0, 900)) == [reading]
