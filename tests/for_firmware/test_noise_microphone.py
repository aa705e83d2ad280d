"""The noise meter with a microphone in virtual time: what it hears, what it keeps, how it fails."""

import asyncio

import pytest

from node.drivers import i2s_mic
from node.drivers.i2s_mic import I2sMic
from node.sensors.noise import NoiseMeter
from protocol.quality import FAULT, FROZEN, OUT_OF_RANGE, VALID
from tests.fakes.buses import FakePorts, FakeSound
from tests.for_firmware import noise_reference as reference
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.parts.microphone import Microphone, a_weighting, sum_of, tone

SETTLED_S = 1.05
DEAD = [(None, FAULT), (None, FAULT)]


@pytest.fixture(autouse=True)
def sound_as_on_the_device(monkeypatch):
    monkeypatch.setattr(i2s_mic, "StreamReader", FakeSound)


def street(seconds: float) -> dict:
    """Return a world that is loud for ten seconds and then quiet."""
    return {"noise_dba": 70.0 if seconds < 10 else 40.0}


def measured(microphone, *spans_s, before=None, sensitivity_db10=260) -> list:
    """Return what the sensor says after each span; `before` is called after the first second."""
    timeline = Timeline()
    sensor = NoiseMeter(I2sMic(FakePorts(timeline, i2s=microphone), sensitivity_db10))

    async def listen():
        task = asyncio.ensure_future(sensor.run())
        await asyncio.sleep(SETTLED_S)
        if before:
            before(microphone)
        said = []
        for span_s in spans_s:
            await asyncio.sleep(span_s)
            said.append(await sensor.measure(0, 60))
        task.cancel()
        return said

    return run(timeline, listen())


def test_a_calibrator_reads_94_and_a_sensitive_microphone_can_be_told():
    calibrator = tone(1000, 94)
    assert measured(Microphone(street, calibrator), 1) == [[(940, VALID), (940, VALID)]]
    sensitive = Microphone(street, calibrator, sensitivity_db10=238)
    assert measured(sensitive, 1, sensitivity_db10=238) == [[(940, VALID), (940, VALID)]]


def test_the_twin_and_the_reference_mean_the_same_curve():
    for hz in (20, 63, 500, 1000, 4000, 10000):
        assert a_weighting(hz) == pytest.approx(10 ** (reference.a_db(hz) / 20), rel=1e-3)


def test_each_interval_tells_of_its_own_time():
    loud, mixed, quiet = measured(Microphone(street), 2, 13.9, 2)
    assert abs(loud[0][0] - 700) <= 3
    assert abs(mixed[0][0] - 670) <= 5  # loud for half of the time
    assert mixed[1][0] >= loud[0][0]
    assert abs(quiet[0][0] - 400) <= 5


def test_silence_reads_the_noise_of_the_microphone_and_says_so():
    (laeq, quality), _ = measured(Microphone(street, sum_of()), 2)[0]
    assert abs(laeq - 290) <= 5
    assert quality == OUT_OF_RANGE


def test_too_loud_is_out_of_range_for_mean_and_maximum():
    too_low_to_hear = sum_of(tone(30, 126), tone(1000, 70))
    for readings in measured(Microphone(street, too_low_to_hear), 1, 1):
        assert [quality for _, quality in readings] == [OUT_OF_RANGE] * 2


@pytest.mark.parametrize("fault", ["missing", "stuck"])
def test_a_dead_microphone_is_a_fault_once_it_is_quiet(fault: str):
    def break_it(microphone):
        setattr(microphone.faults, fault, True)

    _, dead = measured(Microphone(street), 2, 2, before=break_it)
    assert dead == DEAD


def test_a_dead_microphone_that_lives_again_is_heard_again():
    microphone = Microphone(street)
    microphone.faults.missing = True
    assert measured(microphone, 1) == [DEAD]

    def mend(microphone):
        microphone.faults.missing = False

    assert measured(microphone, 2, before=mend)[0][0][1] == VALID


def test_noise_on_the_line_is_out_of_range():
    def break_it(microphone):
        microphone.faults.garbage = True

    readings = measured(Microphone(street), 1, before=break_it)[0]
    assert [quality for _, quality in readings] == [OUT_OF_RANGE] * 2


def test_a_meter_whose_task_does_not_run_is_a_fault():
    sensor = NoiseMeter(I2sMic(FakePorts(Timeline(), i2s=Microphone(street))))
    assert run(Timeline(), sensor.measure(0, 60)) == DEAD


def test_levels_that_repeat_to_the_last_digit_are_frozen():
    class Tape(Microphone):
        def frames(self, count, rate_hz, now_us):
            self._next = 0
            return super().frames(count, rate_hz, now_us)

    readings = measured(Tape(street), *[1.024] * 6)
    assert readings[-1][0][1] == FROZEN


def test_a_cancelled_task_gives_the_bus_back_and_a_new_one_goes_on():
    timeline = Timeline()
    ports = FakePorts(timeline, i2s=Microphone(street))
    buses = []
    make = ports.i2s
    ports.i2s = lambda *given: buses.append(make(*given)) or buses[-1]
    driver = I2sMic(ports)

    async def twice():
        for _ in range(2):
            task = asyncio.ensure_future(driver.run())
            await asyncio.sleep(3)
            task.cancel()
            await asyncio.sleep(0)
        return await driver.summary(0, 60)

    assert run(timeline, twice())[2] > 400
    assert [bus.is_open for bus in buses] == [False, False]


def test_no_sample_is_kept_between_two_turns():
    timeline = Timeline()
    driver = I2sMic(FakePorts(timeline, i2s=Microphone(street)))

    async def listen():
        task = asyncio.ensure_future(driver.run())
        await asyncio.sleep(0.0325)  # a turn of 32 ms is over, the next piece has not come
        task.cancel()

    run(timeline, listen())
    assert not any(driver._samples)
    assert any(driver._state[6:9])  # it did hear something


def test_the_memory_does_not_grow_with_the_interval():
    driver = I2sMic(FakePorts(Timeline(), i2s=Microphone(street)))
    kept = [value for value in vars(driver).values() if hasattr(value, "__len__")]
    assert sum(memoryview(value).nbytes for value in kept) <= 4096
