"""The firmware's drivers in a real MicroPython: a virtual board, virtual sensors around it."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.for_tools.worlds import SX1276
from tools.rig.firmware import firmware_files
from tools.rig.parts import a02, bme280, divider, ds18b20, ld2415h, pulses, sds011
from tools.rig.parts.street import Street
from tools.rig.parts.wiring import Parts
from tools.rig.world.client import World

pytestmark = pytest.mark.board

ROOT = Path(__file__).parents[2]
BOARD = json.loads((ROOT / "firmware/boards/esp32-rfm95.json").read_text(encoding="utf-8"))
WIRES = {**BOARD["sensors"], "uarts": BOARD["uarts"]}
PULSE_PIN = WIRES["pulses"][0]
STREET = Street(3, per_hour=250, slot_s=12)
THERE = {
    "temperature": 8.5,
    "humidity": 71.0,
    "pressure": 1002.0,
    "pm25": 12.0,
    "pm10": 19.5,
    "distance_m": 1.25,
    "solar_v": 5.2,
}
MAIN = """
import asyncio, json, machine, sys
from node.ports import Ports
from node.sensors import build

WIRES = json.loads({wires!r})
SENSORS = json.loads({sensors!r})

async def main():
    sensors = build({{"sensors": SENSORS}}, {{}}, Ports(WIRES, machine))
    tasks = [asyncio.create_task(s.run()) for s in sensors if hasattr(s, "run")]
    for _ in range(2):
        lead_s = max([s.lead_s for s in sensors])
        await asyncio.sleep(300 - lead_s)
        for sensor in sensors:
            sensor.prepare()
        await asyncio.sleep(lead_s)
        for sensor in sensors:
            try:
                print(sensor.quantities[0], await sensor.measure(0, 300))
            except OSError as e:
                print(sensor.quantities[0], e.args[-1])
            if not hasattr(sensor, "run"):
                sensor.release()
    print("all said")

asyncio.run(main())
"""


def world_of(seconds):
    return THERE


def said(bench, parts, *sensors):
    """Return what a board with these parts says of these sensors in two samples."""
    files = firmware_files(ROOT)
    main = MAIN.format(wires=json.dumps(WIRES), sensors=json.dumps(sensors))
    files = {path: data for path, data in files.items() if path.startswith("/lib/")}
    image = bench.image(files | {"/main.py": main.encode()})

    async def scenario():
        async with World(bench.folder, mode="warp") as world:
            board = bench.board_on(image, radio=world.slot("board", SX1276), parts=parts)
            try:
                await board.power_on(60.0)
                passing = asyncio.create_task(world.do("until", s=1e6))
                await bench.until_printed("all said")
                passing.cancel()
            finally:
                await board.stop()

    asyncio.run(scenario())
    return bench.printed.decode().split("all said")[0].splitlines()


def test_dust_climate_water_and_the_sun(bench):
    parts = Parts(
        i2c=[bme280.Bme280(world_of)],
        uart={2: sds011.Sds011(world_of), 1: a02.A02(world_of)},
        onewire=ds18b20.Ds18b20(world_of),
        adc={WIRES["solar"]["pin"]: divider.Divider(world_of, "solar_v")},
    )
    lines = said(
        bench,
        parts,
        {"kind": "particles", "driver": "sds011"},
        {"kind": "climate", "driver": "bme280"},
        {"kind": "level", "driver": "a02", "uart": 1, "mount_height_m": 3.5},
        {"kind": "probe", "driver": "ds18b20"},
        {"kind": "solar", "driver": "divider"},
    )
    wanted = [
        "pm25 [(12, 0), (20, 0)]",
        "temperature [(85, 0), (71, 0), (10020, 0)]",
        "water_level [(225, 0)]",
        "water_temperature [(85, 0)]",
        "solar [(520, 0)]",
    ]
    assert lines == wanted * 2


def test_a_street_under_radar_and_contact(bench):
    parts = Parts(uart={2: ld2415h.Ld2415h(STREET)}, pulses={PULSE_PIN: pulses.Pulses(STREET)})
    lines = said(
        bench,
        parts,
        {"kind": "directions", "driver": "ld2415h"},
        {"kind": "counter", "driver": "pulses"},
    )
    contact = [int(line.split("(")[1].split(",")[0]) for line in lines if line[:9] == "vehicles "]
    assert abs(sum(contact) - len(STREET(0, 600))) <= 1
    for line, count in zip(lines[::2], contact, strict=True):
        values = [value for value, _ in eval(line.split(" ", 1)[1])]  # noqa: S307
        assert abs(values[0] + values[1] - count) <= 2
        assert (sum(values[2]), sum(values[3])) == (values[0], values[1])


def test_sensors_that_are_not_there(bench):
    gone = a02.A02(world_of)
    gone.faults.missing = True
    held = ds18b20.Ds18b20(world_of)
    held.faults.hang = True
    dust = sds011.Sds011(world_of)
    dust.faults.garbage = True
    lines = said(
        bench,
        Parts(uart={1: gone, 2: dust}, onewire=held),
        {"kind": "parking", "driver": "a02", "uart": 1, "occupied_below_m": 1.8},
        {"kind": "thermometer", "driver": "ds18b20"},
        {"kind": "particles", "driver": "sds011"},
    )
    assert lines[:3] == [
        "free_spaces A02 is silent: supply, RX and TX",
        "temperature not one DS18B20 on the 1-Wire bus",
        "pm25 Sds011 sends garbage: wiring, ground",
    ]
