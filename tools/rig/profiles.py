"""What a node of each profile measures, read from the profiles that the boards are given.

Place: firmware/profiles -> here -> demonstration, benchmark.
Guarantee: the profile's file says which sensors there are and how often they are read; only what a
kind of sensor gives is repeated here, because the firmware's own table is part of its classes.
"""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ("air", "noise", "traffic", "water")  # on boards without sensors
HARDWARE = (
    "air-dust",
    "air-station",
    "noise-street",
    "parking",
    "traffic-pulse",
    "traffic-radar",
    "water-level",
    "weather",
)

_KINDS = {
    "battery": ("battery",),
    "climate": ("temperature", "humidity", "pressure"),
    "co2": ("co2",),
    "counter": ("vehicles",),
    "directions": (
        "vehicles_towards",
        "vehicles_away",
        "speed_classes_towards",
        "speed_classes_away",
    ),
    "level": ("water_level",),
    "noise": ("laeq", "lamax"),
    "parking": ("free_spaces",),
    "particles": ("pm25", "pm10"),
    "probe": ("water_temperature",),
    "solar": ("solar",),
    "thermometer": ("temperature",),
    "traffic": ("vehicles", "speed_classes"),
}


def quantities_of(profile: str) -> tuple[str, ...]:
    """Return the names of the quantities that a node of this profile measures."""
    return quantities_in(_read(profile))


def quantities_in(profile: dict[str, Any]) -> tuple[str, ...]:
    """Return the same for the content of a profile's file."""
    return tuple(name for sensor in profile["sensors"] for name in _KINDS[sensor["kind"]])


def interval_s_of(profile: str) -> int:
    """Return the seconds between two samples of a node of this profile."""
    return int(_read(profile)["interval_s"])


def _read(profile: str) -> dict[str, Any]:
    path = ROOT / "firmware" / "profiles" / f"{profile}.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
