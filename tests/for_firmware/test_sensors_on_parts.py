"""Hardware profiles on virtual sensors: each quantity arrives, and one that fails costs its own."""

import asyncio
import json
from pathlib import Path

import pytest

from node.sensors import build
from protocol.quality import VALID, WARM_UP
from tests.fakes import one_wire
from tests.fakes.buses import FakePorts
from tests.for_firmware.virtual_time import run
from tools.rig.air.timeline import Timeline
from tools.rig.parts import a02, bme280, divider, ds18b20, ld2415h, pulses, scd41, sds011, sps30
from tools.rig.parts.street import Street
from tools.rig.profiles import quantities_of

PROFILES = Path(__file__).parents[2] / "firmware" / "profiles"
NAMES = (
    "air-dust",
    "air-station",
    "parking",
    "traffic-pulse",
    "traffic-radar",
    "water-level",
    "weather",
)
THERE = {
    "temperature": 8.5,
    "humidity": 71.0,
    "pressure": 1002.0,
    "pm25": 12.0,
    "pm10": 19.5,
    "distance_m": 1.25,
    "co2": 640.0,
    "battery_v": 2.9,
    "solar_v": 2.6,
}
WANTED = {
    "temperature": 85,
    "humidity": 71,
    "pressure": 10020,
    "pm25": 12,
    "pm10": 20,
    "co2": 640,
    "water_level": 225,
    "free_spaces": 0,
    "water_temperature": 85,
    "battery": 290,
    "solar": 260,
}


class Mast:
    """A node's sensors, built from a shipped profile, with virtual parts on every wire."""

    def __init__(self, name, monkeypatch):
        timeline = self.timeline = Timeline()
        street = self.street = Street(3, per_hour=250, slot_s=12)

        def world(seconds):
            return THERE

        uart = {
            "air-dust": sds011.Sds011(world),
            "traffic-radar": ld2415h.Ld2415h(street),
        }.get(name) or a02.A02(world)
        self.wire = ds18b20.Ds18b20(world)
        one_wire.install(monkeypatch, timeline, self.wire)
        monkeypatch.setattr("time.ticks_ms", lambda: timeline.now_us // 1000, raising=False)
        self.parts = [bme280.Bme280(world), uart, self.wire]
        self.ports = FakePorts(
            timeline,
            i2c=[self.parts[0], scd41.Scd41(world), sps30.Sps30(world)],
            uart={2: uart},
            onewire=self.wire,
            pulses=[pulses.Pulses(street)],
            volts={
                "battery": divider.Divider(world, "battery_v", 0, 100),
                "solar": divider.Divider(world, "solar_v", 0, 100),
            },
        )
        profile = json.loads((PROFILES / f"{name}.json").read_text(encoding="utf-8"))
        self.interval_s = profile["interval_s"]
        self.sensors = build(profile, {}, self.ports)

    def samples(self, count):
        """Return {quantity: (value, quality)} of some samples, taken as a sampler takes them."""

        async def scenario():
            watching = [asyncio.create_task(s.run()) for s in self.sensors if hasattr(s, "run")]
            taken = []
            lead_s = max(sensor.lead_s for sensor in self.sensors)
            for _ in range(count):
                await asyncio.sleep(self.interval_s - lead_s)
                for sensor in self.sensors:
                    sensor.prepare()
                await asyncio.sleep(lead_s)
                taken.append({})
                for sensor in self.sensors:
                    try:
                        readings = await sensor.measure(0, self.interval_s)
                    except OSError as e:
                        readings = [str(e)] * len(sensor.quantities)
                    sensor.release()
                    taken[-1].update(zip(sensor.quantities, readings, strict=True))
            for task in watching:
                task.cancel()
            return taken

        return run(self.timeline, scenario())


@pytest.mark.parametrize("name", NAMES)
def test_each_quantity_is_what_there_is_and_stays_valid(name, monkeypatch):
    mast = Mast(name, monkeypatch)
    first, second = mast.samples(2)
    assert tuple(first) == quantities_of(name)
    for quantity, (value, code) in second.items():
        assert code == VALID
        if quantity in WANTED:
            assert value == WANTED[quantity]
    for quantity, (_, code) in first.items():
        assert code == (WARM_UP if "vehicles" in quantity or "speed" in quantity else VALID)


@pytest.mark.parametrize("name", ["traffic-pulse", "traffic-radar"])
def test_all_vehicles_of_the_street_are_counted(name, monkeypatch):
    mast = Mast(name, monkeypatch)
    total = 0
    for sample in mast.samples(6):
        total += sum(value for q, (value, _) in sample.items() if q.startswith("vehicles"))
    assert abs(total - len(mast.street(0, 1798))) <= 2


def test_a_sensor_that_is_gone_costs_its_own_values(monkeypatch):
    mast = Mast("water-level", monkeypatch)
    mast.wire.faults.hang = True
    [sample] = mast.samples(1)
    assert sample["water_level"] == (225, VALID)
    assert sample["battery"] == (290, VALID)
    assert "DS18B20" in sample["water_temperature"]
    mast.parts[1].faults.missing = True
    mast.wire.faults.hang = False
    [sample] = mast.samples(1)
    assert "A02 is silent" in sample["water_level"]
    assert sample["water_temperature"] == (85, VALID)
