"""Builds the sensors of a node from its profile: which there are, and which driver each one has.

Place: /profiles/<name>.json, options in /config.json, the board's `Ports` -> `build` -> sampler.
Guarantee: a wrong field is a ValueError of one line that names the field, its value and what would
be right. Only the modules a profile needs are loaded. A wire that the board does not have is a
NodeError of `Ports`.

    profile   {"interval_s": 300, "sensors": [{"kind": "level", "driver": "a02", "uart": 2,
              "mount_height_m": 4.5}]}
    options   {"seed": 17, "speedup": 1, "fault_every": 0, "replay": {"path": "/replay.csv"}}

Fields of the kind and of its driver stand side by side. What a sensor is: `sensor`; what a driver
is: `node.drivers.driver`. The methods of a driver get the time of the sample: hardware has no use
for it, a twin computes its signal from it.
"""

# kind: module, class, module and class of its twin, the drivers of hardware, fields with their
# defaults (a whole number stays whole; ! has to be given; * the twin needs it as well). It is text
# because as tuples it would cost more heap, and a wake needs three lines of it, which it finds
# without splitting the others.
_KINDS = """
battery     single Battery simulated_single BatteryTwin divider frozen_after=0
climate     climate Climate simulated ClimateTwin bme280 frozen_after=4
co2         single Co2 simulated_single Co2Twin scd41 frozen_after=4
counter     traffic PulseCounter simulated PulseTwin pulses
directions  traffic DirectionCounter simulated TrafficTwin ld2415h
level       level WaterLevel simulated WaterTwin a02,maxbotix mount_height_m=!* nearest_m=0.25 \
farthest_m=8.0 frozen_after=96
noise       noise NoiseMeter simulated NoiseTwin i2s_mic frozen_after=4
parking     parking Parking simulated_single ParkingTwin a02,maxbotix occupied_below_m=!* \
frozen_after=0
particles   particles Particles simulated ParticlesTwin sps30,sds011 warm_up_s=30 frozen_after=4
probe       single Probe simulated_single ProbeTwin ds18b20 frozen_after=0
solar       single Solar simulated_single SolarTwin divider frozen_after=0
thermometer single Thermometer simulated_single ThermometerTwin ds18b20 frozen_after=0
traffic     traffic TrafficCounter simulated TrafficTwin ld2415h
"""

# driver, which is its module as well: class, fields. `wire` is the kind, and no field of a profile.
_DRIVERS = """
a02      A02 uart=2
bme280   Bme280 address=118
divider  Divider wire
ds18b20  Ds18b20
i2s_mic  I2sMic sensitivity_db10=260
ld2415h  Ld2415h uart=2 slowest_kmh=8
maxbotix MaxBotix uart=2 lost_mm=5000
pulses   Pulses pulse=0 debounce_ms=0
scd41    Scd41 stays_idle=0
sds011   Sds011 uart=2
sps30    Sps30
"""
_OPTIONS = {"seed": 0, "speedup": 1, "fault_every": 0}
_MOST = 2147483647  # of any number here; JSON knows 1e999 and wholes without end


def build(profile: dict, options: dict, ports=None) -> list:
    """Return the sensors of a profile in its order."""
    entries = profile.get("sensors")
    if not entries or not isinstance(entries, list):
        raise ValueError("sensors: %r; expected a list of sensors" % (entries,))
    twin_options = _numbers("options", options, _OPTIONS, ("replay",))
    if twin_options["speedup"] < 1:
        raise ValueError("options.speedup: 0; expected 1 or more")
    sensors = []
    used = []
    for i in range(len(entries)):
        sensors.append(_sensor("sensors[%d]" % i, entries[i], twin_options, ports, used))
    _check_once(sensors)
    return _overlaid(sensors, options["replay"]) if options.get("replay") else sensors


def _sensor(place: str, entry: dict, twin_options: dict, ports, used: list):
    if not isinstance(entry, dict):
        raise ValueError("%s: %r; expected an object with kind and driver" % (place, entry))
    kind, row = _row(_KINDS, place + ".kind", entry.get("kind"))
    module, name, twin_module, twin, drivers = row[:5]
    fields, shared = _defaults(row[5:])
    choice = _choice(place + ".driver", entry.get("driver"), ["simulated"] + drivers.split(","))
    wires = {}
    if choice != "simulated":
        _, row = _row(_DRIVERS, place + ".driver", choice)
        wires = _defaults(row[1:])[0]
    fields.update(wires)
    fields = _numbers(place, entry, fields, ("kind", "driver"))
    if choice == "simulated":
        more = {field: fields[field] for field in shared}
        driver = _load("sensors." + twin_module, twin)(**twin_options, **more)
    else:
        given = {field: fields.pop(field) for field in wires}
        _check_wire(place, given, used)
        if "wire" in row:
            given["wire"] = kind
        driver = _load("drivers." + choice, row[0])(ports, **given)
    return _load("sensors." + module, name)(driver, **fields)


def _row(table: str, place: str, name) -> tuple:
    """Return (name, the other words) of the line that begins with it."""
    at = table.find("\n" + name + " ") if isinstance(name, str) else -1
    if at < 0 or " " in name:
        _choice(place, name, [line.split()[0] for line in table.splitlines() if line])
    return name, table[at + 1 : table.find("\n", at + 1)].split()[1:]


def _defaults(words: list) -> tuple:
    """Return ({field: its default, None where it has to be given}, fields the twin needs)."""
    defaults = {}
    shared = []
    for word in words:
        if "=" not in word:
            continue
        field, default = word.split("=")
        if default[-1] == "*":
            shared.append(field)
            default = default[:-1]
        if default == "!":
            defaults[field] = None
        else:
            defaults[field] = float(default) if "." in default else int(default)
    return defaults, shared


def _load(module: str, name: str):
    try:
        return getattr(__import__("node." + module, None, None, (name,)), name)
    except ImportError:  # a board is given what its profile needs, see tools.rig.selection
        raise ValueError("%s: not in this firmware; write it anew for this profile" % module)


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
        if not value <= _MOST:  # NaN neither
            raise ValueError("%s.%s: %r; expected at most %d" % (place, name, value, _MOST))
        numbers[name] = value
    return numbers


def _check_wire(place: str, given: dict, used: list) -> None:
    """Refuse a UART or a pulse input that another sensor has already."""
    for field in ("uart", "pulse"):
        if field in given:
            if (field, given[field]) in used:
                message = "%s.%s: %d twice; expected one sensor for each"
                raise ValueError(message % (place, field, given[field]))
            used.append((field, given[field]))


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
    replayed, overlaid = _load("sensors.replay", "Replay"), _load("sensors.replay", "Overlay")
    recorded = _load("sensors.replay", "columns")(path)
    served = []
    for sensor in sensors:
        names = tuple(name for name in sensor.quantities if name in recorded)
        if names == sensor.quantities:
            sensor = replayed(path, names)
        elif names:
            sensor = overlaid(sensor, replayed(path, names))
        served.append(sensor)
    if served == sensors:
        expected = ", ".join(name for sensor in sensors for name in sensor.quantities)
        raise ValueError("%s: %s; expected some of: %s" % (path, ", ".join(recorded), expected))
    return served
