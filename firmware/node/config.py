"""Who this node is and what it does, from three small JSON files.

Place: files -> `load` -> app.
Guarantee: everything is checked here, once; a wrong field is a NodeError that names the file, the
field, the value and what would be right.

    /identity.json     {"node": 17, "epoch": 1, "key": "32 hex digits"}
    /config.json       {"profile": "air", "interval_s": 900, "uart": 1, ...}, see _CONFIG
    /profiles/air.json {"interval_s": 900, "sensors": [...]}, see node.sensors
"""

import binascii
import json

from node import files
from node.errors import NodeError

# field: (type, default or None where it must be given, lowest, highest)
_IDENTITY = {
    "node": (int, None, 0, 65535),
    "epoch": (int, None, 0, 4294967295),
    "key": (str, None, 32, 32),
}
_CONFIG = {
    "profile": (str, None, 1, 32),
    "interval_s": (int, 0, 0, 86400),  # 0: as the profile says
    "measure": (bool, True, 0, 1),  # false: deliver what the journal holds, before a node goes
    "status_s": (int, 300, 1, 86400),
    "uart": (int, 1, 0, 2),
    "baud": (int, 115200, 1200, 2000000),
    "retry_max_ms": (int, 60000, 1000, 3600000),
    "journal_segments": (int, 48, 2, 1000),
    "watchdog_s": (int, 60, 5, 600),
    "sensors": (dict, {}, 0, 16),  # options of the simulated and replayed sensors
}


_WANTED = {
    int: "a number from %d to %d",
    bool: "true or false (%d, %d)",
    str: "text of %d to %d characters",
    dict: "an object of %d to %d fields",
}


class Config:
    """The checked values: `node`, `epoch`, `key` (16 bytes), `profile` (dict) and _CONFIG's."""

    def __init__(self, identity: dict, config: dict, profile: dict):
        self.node = identity["node"]
        self.epoch = identity["epoch"]
        self.key = _key(identity["key"])
        self.profile_name = config["profile"]
        self.profile = profile
        self.interval_s = config["interval_s"] or profile["interval_s"]
        self.measure = config["measure"]
        self.status_s = config["status_s"]
        self.uart = config["uart"]
        self.baud = config["baud"]
        self.retry_max_ms = config["retry_max_ms"]
        self.journal_segments = config["journal_segments"]
        self.watchdog_s = config["watchdog_s"]
        self.sensor_options = config["sensors"]


def load() -> Config:
    """Read and check the three files, or raise NodeError."""
    identity = _checked("/identity.json", _IDENTITY)
    config = _checked("/config.json", _CONFIG)
    profile_path = "/profiles/" + config["profile"] + ".json"
    profile = _read(profile_path)
    _check(profile_path, "interval_s", profile.get("interval_s"), (int, None, 1, 86400))
    return Config(identity, config, profile)


def _read(path: str) -> dict:
    data = files.read_bytes(path)
    if data is None:
        raise NodeError(path + " is missing: provision the node")
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise NodeError(path + " is not a JSON object: provision the node again")
    return value


def _checked(path: str, fields: dict) -> dict:
    given = _read(path)
    for name in given:
        if name not in fields:
            raise NodeError("%s: %s is not a field; known: %s" % (path, name, ", ".join(fields)))
    checked = {}
    for name, rule in fields.items():
        checked[name] = _check(path, name, given.get(name, rule[1]), rule)
    return checked


def _check(path: str, name: str, value, rule: tuple):
    kind, _, lowest, highest = rule
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not fits or not lowest <= (len(value) if kind in (str, dict) else value) <= highest:
        shown = "***" if name == "key" else repr(value)
        wanted = _WANTED[kind] % (lowest, highest)
        raise NodeError("%s: %s is %s, should be %s" % (path, name, shown, wanted))
    return value


def _key(text: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except ValueError:
        raise NodeError("/identity.json: key is no hexadecimal number of 32 digits")
