"""Builds the sensors of a node from its profile: which there are, and which driver each one has.

Place: /profiles/<name>.json and the options in /config.json -> `build` -> sampler.
Guarantee: a wrong field is a ValueError of one line that names the field, its value and what would
be right. Only the modules a profile needs are loaded.

    profile   {"interval_s": 300, "sensors": [{"kind": "level", "driver": "simulated",
              "mount_height_m": 4.5}]}
    options   {"seed": 17, "speedup": 1, "fault_every": 0, "replay": {"path": "/replay.csv"}}

A sensor has `quantities` (names of the registry) and `async measure(seconds, interval_s)`, which
returns one (scaled value, quality) for each; some have a task `async run()` as well. A driver is
any object with the one method its sensor calls, always with the time of the sample: hardware has no
use for it, a twin computes its signal from it.
"""

# kind: module, class, class of its twin in `simulated`, fields of the profile with their defaults
# (None: has to be there), and which of them its twin needs as well.
_KINDS = {
    "climate": ("climate", "Climate", "ClimateTwin", {"frozen_after": 4}, ()),
    "particles": (
        "particles",
        "Particles",
        "ParticlesTwin",
        {"warm_up_s": 30, "frozen_after": 4},
        (),
    ),
    "noise": ("noise", "NoiseMeter", "NoiseTwin", {"frozen_after": 4}, ()),
    "traffic": ("traffic", "TrafficCounter", "TrafficTwin", {}, ()),
    "level": (
        "level",
        "WaterLevel",
        "WaterTwin",
        {"mount_height_m": None, "nearest_m": 0.25, "farthest_m": 8.0, "frozen_after": 6},
        ("mount_height_m",),
    ),
}
_DRIVERS = ("simulated",)
_OPTIONS = {"seed": 0, "speedup": 1, "fault_every": 0}


def build(profile: dict, options: dict) -> list:
    """Return the sensors of a profile in its order."""
    entries = profile.get("sensors")
    if not entries or not isinstance(entries, list):
        raise ValueError("sensors: %r; expected a list of sensors" % (entries,))
    twin_options = _numbers("options", options, _OPTIONS, ("replay",))
    if twin_options["speedup"] < 1:
        raise ValueError("options.speedup: 0; expected 1 or more")
    sensors = [_sensor("sensors[%d]" % i, entries[i], twin_options) for i in range(len(entries))]
    _check_once(sensors)
    return _overlaid(sensors, options["replay"]) if options.get("replay") else sensors


def _sensor(place: str, entry: dict, twin_options: dict):
    if not isinstance(entry, dict):
        raise ValueError("%s: %r; expected an object with kind and driver" % (place, entry))
    kind = _choice(place + ".kind", entry.get("kind"), sorted(_KINDS))
    _choice(place + ".driver", entry.get("driver"), _DRIVERS)
    module, name, twin, defaults, shared = _KINDS[kind]
    fields = _numbers(place, entry, defaults, ("kind", "driver"))
    shared_fields = {field: fields[field] for field in shared}
    driver = _load("simulated", twin)(**twin_options, **shared_fields)
    return _load(module, name)(driver, **fields)


def _load(module: str, name: str):
    return getattr(__import__("node.sensors." + module, None, None, (name,)), name)


def _choice(place: str, value, known) -> str:
    if value not in known:
        raise ValueError("%s: %r; expected one of: %s" % (place, value, ", ".join(known)))
    return value


def _numbers(place: str, given: dict, defaults: dict, others: tuple) -> dict:
    """Return the numbers of `defaults` as `given`; whole where the default is whole."""
    for name in given:
        if name not in defaults and name not in others:
            known = ", ".join(sorted(defaults) + list(others))
            raise ValueError("%s.%s: unknown field; expected one of: %s" % (place, name, known))
    numbers = {}
    for name, default in defaults.items():
        value = given.get(name, default)
        whole = isinstance(default, int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            expected = "a whole number" if whole else "a number"
            raise ValueError("%s.%s: %r; expected %s" % (place, name, value, expected))
        if value < 0:
            raise ValueError("%s.%s: %r; expected 0 or more" % (place, name, value))
        numbers[name] = value
    return numbers


def _check_once(sensors: list) -> None:
    seen = set()
    for sensor in sensors:
        for name in sensor.quantities:
            if name in seen:
                raise ValueError("sensors: %s twice; expected one sensor for each" % name)
            seen.add(name)


def _overlaid(sensors: list, replay: dict) -> list:
    """Return the sensors, what the replay's file covers taken from it."""
    if not isinstance(replay, dict):
        raise ValueError("options.replay: %r; expected an object with path" % (replay,))
    path = replay.get("path")
    if not isinstance(path, str):
        raise ValueError("options.replay.path: %r; expected the name of a file" % (path,))
    from node.sensors.replay import Overlay, Replay, columns

    recorded = columns(path)
    served = []
    for sensor in sensors:
        names = tuple(name for name in sensor.quantities if name in recorded)
        if names == sensor.quantities:
            sensor = Replay(path, names)
        elif names:
            sensor = Overlay(sensor, Replay(path, names))
        served.append(sensor)
    if served == sensors:
        expected = ", ".join(name for sensor in sensors for name in sensor.quantities)
        raise ValueError("%s: %s; expected some of: %s" % (path, ", ".join(recorded), expected))
    return served
