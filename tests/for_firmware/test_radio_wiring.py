"""Attacks on the start of both drivers: dead chips, wrong chips, missing wires."""

import asyncio

import pytest

from radio.errors import RadioError
from radio.sx126x import Sx126x
from radio.sx127x import Sx127x
from tests.fakes.sx126x_chip import FakeSx126x
from tests.fakes.sx127x_chip import FakeSx127x
from tests.for_firmware.radio_bench import Bench

FRAME = bytes(range(20))


@pytest.fixture(params=["sx126x", "sx127x"])
def bench(request):
    return Bench(request.param)


def test_a_chip_that_is_not_there(bench):
    bench.chip.miso = 0x00
    bench.fails("0x00 everywhere: check supply")
    bench.chip.miso = 0xFF
    bench.fails("0xFF everywhere: check MISO")
    bench.chip.miso = 0x5A
    bench.fails("another chip|Another chip")
    bench.chip.miso = None
    bench.start()  # and it begins from zero


def test_an_interrupt_line_that_is_not_there(bench):
    bench.chip.line = False
    bench.fails("never rises: check DIO")


def test_an_interrupt_line_that_is_always_high(bench):
    bench.line.level = 1
    bench.line.drive = lambda level: None
    bench.fails("always high: check DIO")


def test_a_busy_line_that_stays_high():
    bench = Bench("sx126x")
    bench.chip.busy.level = 1
    bench.fails("BUSY stays high: check BUSY wire")


def test_a_busy_line_that_is_not_connected():
    bench = Bench("sx126x")
    bench.chip.calibrates = False
    bench.fails("BUSY never rises")


def test_a_chip_that_does_not_wake_up():
    bench = Bench("sx126x").start()
    bench.radio.sleep()
    bench.chip.wakes = False
    with pytest.raises(RadioError, match="BUSY stays high"):
        asyncio.run(bench.radio.send(FRAME))


@pytest.mark.parametrize(
    ("options", "errors", "words"),
    [
        ({"tcxo_mv": 1800}, b"\x00\x20", "wrong TCXO voltage"),
        ({}, b"\x00\x20", "is a TCXO fitted"),
        ({}, b"\x00\x04", "Calibration fails .device errors 0x004"),
        ({}, b"\x01\x00", "Calibration fails .device errors 0x100"),
    ],
)
def test_a_clock_that_does_not_start(options, errors, words):
    bench = Bench("sx126x", **options)
    bench.chip.answers[0x17] = errors
    bench.fails(words)


def test_the_other_family_is_told_by_name():
    chip = FakeSx127x()
    other = FakeSx126x()
    radio = Sx126x(chip.spi, chip.cs, chip.reset, other.busy, chip.dio0)
    with pytest.raises(RadioError, match="An SX127x answers"):
        asyncio.run(radio.start())
    radio = Sx127x(other.spi, other.cs, other.reset, other.dio1)
    with pytest.raises(RadioError, match=r"Another chip than an SX1276 answers .version 0x22"):
        asyncio.run(radio.start())


def test_writes_that_do_not_arrive():
    chip = FakeSx127x()
    chip._write = lambda register, data: None
    with pytest.raises(RadioError, match="check MOSI"):
        asyncio.run(Sx127x(*chip.pins()).start())
    chip = FakeSx126x()
    chip._finish = lambda command: None
    with pytest.raises(RadioError, match=r"does not keep what is written .status 0x22"):
        asyncio.run(Sx126x(*chip.pins()).start())
