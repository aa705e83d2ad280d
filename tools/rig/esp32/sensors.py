"""The sensors of a profile, wired as a board file says, for boards on a bench.

Place: firmware/profiles, firmware/boards -> `parts_of` -> VirtualEsp32(parts=...).
Guarantee: what they see is a mild day with a little noise, which follows from the time alone; the
profile's file says which sensors there are.
"""

import json
import random
from collections.abc import Callable
from typing import Any

from tools.rig import boards
from tools.rig.errors import RigError
from tools.rig.parts.a02 import A02
from tools.rig.parts.bme280 import Bme280
from tools.rig.parts.divider import Divider
from tools.rig.parts.ds18b20 import Ds18b20
from tools.rig.parts.ld2415h import Ld2415h
from tools.rig.parts.maxbotix import MaxBotix
from tools.rig.parts.microphone import Microphone
from tools.rig.parts.part import AnalogPart, I2cPart, UartPart
from tools.rig.parts.pulses import Pulses
from tools.rig.parts.scd41 import Scd41
from tools.rig.parts.sds011 import Sds011
from tools.rig.parts.sps30 import Sps30
from tools.rig.parts.street import Street
from tools.rig.parts.wiring import Parts
from tools.rig.profiles import ROOT

_I2C: dict[str, Callable[[dict[str, Any]], I2cPart]] = {
    "bme280": lambda sensor: Bme280(_mild_day, sensor.get("address", 0x76)),
    "scd41": lambda _: Scd41(_mild_day),
    "sps30": lambda _: Sps30(_mild_day),
}
_UART: dict[str, Callable[[], UartPart]] = {
    "a02": lambda: A02(_mild_day),
    "ld2415h": lambda: Ld2415h(Street(1)),
    "maxbotix": lambda: MaxBotix(_mild_day),
    "sds011": lambda: Sds011(_mild_day),
}


def parts_of(profile: str, board: str) -> Parts:
    """Return what is wired to a board; RigError where there is no such profile or board."""
    path = ROOT / "firmware" / "profiles" / f"{profile}.json"
    if not path.is_file():
        there = sorted(one.stem for one in path.parent.glob("*.json"))
        raise RigError(f"no profile {profile}: there are {', '.join(there)}")
    sensors: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["sensors"]
    wires = boards.read(board)
    drivers = {sensor["driver"]: sensor for sensor in sensors}
    pins = wires["sensors"]["pulses"]
    return Parts(
        i2c=[_I2C[name](sensor) for name, sensor in drivers.items() if name in _I2C],
        uart={sensor["uart"]: _UART[name]() for name, sensor in drivers.items() if name in _UART},
        onewire=Ds18b20(_mild_day, "water_temperature") if "ds18b20" in drivers else None,
        pulses={pins[drivers["pulses"]["pulse"]]: Pulses(Street(1))} if "pulses" in drivers else {},
        i2s=Microphone(_mild_day) if "i2s_mic" in drivers else None,
        adc=_voltages(wires),
        supply=_supply(wires),
    )


def _voltages(wires: dict[str, Any]) -> dict[int, AnalogPart]:
    given = {"battery_v": wires["power"]["battery"], "solar_v": wires["sensors"]["solar"]}
    return {
        wire["pin"]: Divider(_mild_day, name, wire["upper_kohm"], wire["lower_kohm"])
        for name, wire in given.items()
        if wire
    }


def _supply(wires: dict[str, Any]) -> tuple[int, int] | None:
    vext = wires["power"]["vext"]
    return (vext["pin"], vext["on"]) if wires["sensors"]["supply"] == "vext" else None


def _mild_day(seconds: float) -> dict[str, float]:
    noise = random.Random(int(10 * seconds)).uniform(-1, 1)  # noqa: S311 - repeatable
    return {
        "temperature": 19.0 + 0.3 * noise,
        "water_temperature": 11.0 + 0.2 * noise,
        "humidity": 55.0 + noise,
        "pressure": 1008.0 + 0.3 * noise,
        "pm25": 9.0 + 2 * noise,
        "pm10": 15.0 + 3 * noise,
        "co2": 520.0 + 10 * noise,
        "distance_m": 2.2 + 0.01 * noise,
        "noise_dba": 58.0 + noise,
        "battery_v": 3.9 + 0.005 * noise,
        "solar_v": 4.5 + 0.1 * noise,
    }
