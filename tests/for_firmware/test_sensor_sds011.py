"""SDS011: the bytes of its protocol, a fan that sleeps, and everything that answers wrongly."""

import errno

import pytest

from node.drivers.sds011 import Sds011
from node.sensors.particles import Particles
from protocol.quality import FROZEN, VALID
from tests.for_firmware.uart_bench import UartBench, Wire, heard
from tests.for_firmware.virtual_time import run
from tools.rig.parts import sds011


@pytest.fixture
def bench():
    """Return a sensor as it comes from the factory, in dusty air."""
    return UartBench(sds011.Sds011, Sds011, pm25=17.3, pm10=41.9)


def sample(bench):
    """Return a reading as the sampler takes it: the fan runs before."""
    bench.driver.start()
    bench.wait(bench.driver.lead_s)
    values = bench.run(bench.driver.read(0))
    bench.driver.stop()
    return values


def test_the_examples_of_the_protocol():
    wire = Wire()
    driver = Sds011(wire)
    driver.start()
    driver.stop()
    work = "aab406010100000000000000000000ffff06ab"
    sleep = "aab406010000000000000000000000ffff05ab"
    assert wire.sent.hex() == work + sleep
    assert heard(Sds011, [bytes.fromhex("aac0d4043a0aa1601dab")]) == [(123.6, 261.8)]
    assert heard(Sds011, [bytes.fromhex("aac506010000a16008ab")]) == [()]
    assert sds011.command(4, 0, 0).hex() == "aab404000000000000000000000000ffff02ab"


def test_dust_is_read_and_the_fan_stands_in_between(bench):
    for _ in range(3):
        assert sample(bench) == (17.3, 41.9)
        assert not bench.part.is_working
        bench.wait(870)


def test_a_fan_that_has_just_started_tells_less_than_there_is(bench):
    sample(bench)
    bench.wait(600)
    bench.driver.start()
    bench.wait(3)
    assert bench.run(bench.driver.read(0))[0] < 5


def test_it_is_told_once_in_its_life_to_speak_only_when_asked(bench):
    for _ in range(3):
        sample(bench)
        bench.wait(300)
        bench.power_cycle()
    assert bench.part.mode_writes == 1
    assert not bench.part.reports


def test_an_answer_is_of_now_and_not_of_the_buffer(bench):
    bench.wait(40)
    bench.there["pm25"] = 99.9
    bench.wait(0.01)
    assert bench.run(bench.driver.read(0))[0] == 99.9


@pytest.mark.parametrize(
    ("fault", "code"),
    [("missing", errno.ETIMEDOUT), ("hang", errno.ETIMEDOUT), ("garbage", errno.EIO)],
)
def test_what_is_wrong_is_an_error_within_two_seconds(bench, fault, code):
    setattr(bench.part.faults, fault, True)
    bench.driver.start()
    bench.wait(30)
    before = bench.now_s
    with pytest.raises(OSError, match="Sds011") as raised:
        bench.run(bench.driver.read(0))
    assert raised.value.errno == code
    assert bench.now_s - before < 2
    setattr(bench.part.faults, fault, False)
    assert sample(bench) == (17.3, 41.9)


def test_damaged_answers_are_counted(bench):
    sample(bench)
    wire = Wire()
    driver = Sds011(wire)
    wire.pieces = [bytes.fromhex("aac0d4043a0aa1601eab")]
    assert driver._listen() == []
    assert driver.damaged == 1


def test_a_sensor_that_sleeps_and_missed_its_call_is_silent_and_not_cold(bench):
    sample(bench)
    with pytest.raises(OSError, match="silent"):
        bench.run(bench.driver.read(0))


def test_a_laser_that_hangs_is_frozen(bench):
    particles = Particles(bench.driver, frozen_after=3)
    bench.part.faults.stuck = True
    codes = []
    for _ in range(4):
        particles.prepare()
        bench.wait(particles.lead_s)
        codes.append(run(bench.timeline, particles.measure(0, 900))[0][1])
        particles.release()
        bench.there["pm25"] += 1
    assert codes == [VALID, VALID, FROZEN, FROZEN]
