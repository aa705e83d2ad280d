"""The nodes of a troubled city: all profiles, several boards, three ways of power, virtual sensors.

Place: `trouble` -> `kind_of`, `parts_of` -> Node, VirtualBoard.
Guarantee: what the sensors see follows from the node's number and the time alone.
Not among them: the profile `noise-street`, whose sound takes 36 ms of this machine for each second
of a week; the simulated `noise` stands in for it. A radar, which is asked ten times a second, has
power for an hour of each day.
"""

import math
import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from tools.rig import boards
from tools.rig.parts.a02 import A02
from tools.rig.parts.bme280 import Bme280
from tools.rig.parts.divider import Divider
from tools.rig.parts.ds18b20 import Ds18b20
from tools.rig.parts.ld2415h import Ld2415h
from tools.rig.parts.part import AnalogPart, Part
from tools.rig.parts.pulses import Pulses
from tools.rig.parts.scd41 import Scd41
from tools.rig.parts.sds011 import Sds011
from tools.rig.parts.sps30 import Sps30
from tools.rig.parts.street import Street, Vehicle
from tools.rig.parts.wiring import Parts

LOW_MV = 3500
_DAY_S = 86400
_FEW_PER_HOUR, _SLOT_S = 60.0, 30.0  # vehicles: the radar is asked about each tenth of a second


class Kind(NamedTuple):
    """`is_risky`: its main.py makes something of the firmware raise now and then.

    `lit_h`: it hangs on a lamp, which has power for so many hours of a day.
    """

    profile: str
    board: str
    power: str
    is_risky: bool = False
    lit_h: float = 24.0


_KINDS = (
    Kind("weather", "heltec-v3", "battery"),
    Kind("air", "lora32-v21", "mains", True),
    Kind("parking", "heltec-v3", "battery"),
    Kind("air-station", "heltec-v3", "battery", True),
    Kind("water-level", "heltec-v3", "solar"),
    Kind("traffic-radar", "esp32-rfm95", "mains", lit_h=1.0),
    Kind("noise", "heltec-v3", "battery"),
    Kind("air-dust", "esp32-rfm95", "mains"),
    Kind("traffic-pulse", "lora32-v21", "solar"),
    Kind("water", "lora32-v21", "solar", True),
    Kind("traffic", "esp32-rfm95", "mains", True),
    Kind("weather", "heltec-v3", "solar"),
    Kind("air-dust", "heltec-v3", "battery"),
    Kind("parking", "lora32-v21", "mains", True),
    Kind("air", "heltec-v3", "battery", True),
    Kind("water-level", "heltec-v3", "battery"),
    Kind("air-station", "esp32-rfm95", "mains", True),
    Kind("traffic-pulse", "esp32-rfm95", "mains"),
    Kind("water", "heltec-v3", "battery"),
    Kind("noise", "lora32-v21", "mains", True),
)


def kind_of(i: int) -> Kind:
    """Return what the node of place `i` is."""
    return _KINDS[i % len(_KINDS)]


def power_settings(kind: Kind) -> dict[str, Any]:
    """Return what /config.json says of the power, and how often a twin's reading fails."""
    settings: dict[str, Any] = {"power": kind.power}
    if kind.power != "mains":
        settings |= {"low_mv": LOW_MV, "battery_mah": 2500}
    return settings


class Around(NamedTuple):
    """`sensors` are those that may fail: the battery is none of them, for it decides who sleeps."""

    parts: Parts
    sensors: list[Part]


def parts_of(kind: Kind, number: int) -> Around:
    """Return the parts around a board; twins of the firmware need none."""
    there = _Street(number)
    wires = boards.read(kind.board)
    build: dict[str, Callable[[], dict[str, Any]]] = {
        "weather": lambda: {"i2c": [Bme280(there)]},
        "air-dust": lambda: {"i2c": [Bme280(there)], "uart": {2: Sds011(there)}},
        "air-station": lambda: {"i2c": [Sps30(there), Bme280(there), Scd41(there)]},
        "parking": lambda: {"uart": {2: A02(there)}},
        "water-level": lambda: {
            "uart": {2: A02(there)},
            "onewire": Ds18b20(there, "water_temperature"),
        },
        "traffic-radar": lambda: {"uart": {2: Ld2415h(_traffic(number))}},
        "traffic-pulse": lambda: {
            "pulses": {wires["sensors"]["pulses"][0]: Pulses(_traffic(number))}
        },
    }
    made: dict[str, Any] = build.get(kind.profile, dict)()
    sensors: list[Part] = [*made.get("i2c", []), *made.get("uart", {}).values()]
    sensors += [*made.get("pulses", {}).values(), *filter(None, [made.get("onewire")])]
    return Around(Parts(**made, adc=_voltages(wires, there), supply=_supply(wires)), sensors)


def _voltages(wires: dict[str, Any], there: "_Street") -> dict[int, AnalogPart]:
    given = {"battery_v": wires["power"]["battery"], "solar_v": wires["sensors"]["solar"]}
    return {
        wire["pin"]: Divider(there, name, wire["upper_kohm"], wire["lower_kohm"])
        for name, wire in given.items()
        if wire
    }


def _supply(wires: dict[str, Any]) -> tuple[int, int] | None:
    vext = wires["power"]["vext"]
    return (vext["pin"], vext["on"]) if wires["sensors"]["supply"] == "vext" else None


def _traffic(number: int) -> "_Cached":
    return _Cached(Street(number, per_hour=_FEW_PER_HOUR, slot_s=_SLOT_S))


class _Cached:
    """The same vehicles, looked up once for each slot."""

    def __init__(self, street: Street):
        self._of_slot = lru_cache(16)(lambda slot: street(slot * _SLOT_S, (slot + 1) * _SLOT_S))

    def __call__(self, begin_s: float, end_s: float) -> list[Vehicle]:
        slots = range(int(begin_s // _SLOT_S), int(end_s // _SLOT_S) + 1)
        vehicles = [vehicle for slot in slots for vehicle in self._of_slot(slot)]
        return [vehicle for vehicle in vehicles if begin_s <= vehicle.seconds < end_s]


class _Street:
    """What there is to measure: curves of the day, and noise that no two samples share."""

    def __init__(self, number: int):
        self._number = number

    def __call__(self, seconds: float) -> dict[str, float]:
        luck = random.Random(f"{self._number}/{int(10 * seconds)}")  # noqa: S311 - repeatable
        sun = math.sin(2 * math.pi * (seconds / _DAY_S - 0.25))  # -1 at midnight, where it begins
        noise = luck.uniform(-1, 1)
        return {
            "temperature": 12 + 8 * sun + 0.3 * noise,
            "water_temperature": 9 + sun + 0.2 * noise,
            "humidity": 70 - 15 * sun + 2 * noise,
            "pressure": 1005 + 5 * math.sin(seconds / 4e5) + 0.3 * noise,
            "pm25": 12 + 6 * sun + 3 * noise,
            "pm10": 20 + 8 * sun + 4 * noise,
            "co2": 480 - 40 * sun + 15 * noise,
            "distance_m": 2.1 + 0.4 * math.sin(seconds / 2e4) + 0.01 * noise,
            # Below LOW_MV in the second half of the night, for a node on a panel.
            "battery_v": 3.75 + 0.35 * math.sin(2 * math.pi * (seconds / _DAY_S - 0.35)),
            "solar_v": max(6 * sun, 0.0),
        }
