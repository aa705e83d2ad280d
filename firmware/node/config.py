"""Who this node is and what it does, from small JSON files.

Place: files -> `load` -> app.
Guarantee: everything is checked here, once; a wrong field is a NodeError that names the file, the
field, the value and what would be right.

    /identity.json     {"node": 17, "epoch": 1, "key": "32 hex digits"}
    /config.json       {"profile": "air", "interval_s": 900, "uart": 1, ...}, see _CONFIG
    /profiles/air.json {"interval_s": 900, "sensors": [...]}, see node.sensors
    /board.json        one of firmware/boards, see node.board; a wired node may go without
"""

import binascii

from node import fields
from node.errors import NodeError

# field: (type, default or None where it must be given, lowest, highest)
_IDENTITY = {
    "node": (int, None, 0, 65535),
    "epoch": (int, None, 0, 4294967295),
    "key": (str, None, 32, 32),
}
_DAY_S = 86400
_CONFIG = {
    "role": (str, "node", 4, 4),  # a modem reads this file by itself
    "profile": (str, None, 1, 32),
    "interval_s": (int, 0, 0, 86400),  # 0: as the profile says
    "measure": (bool, True, 0, 1),  # false: deliver what the journal holds, before a node goes
    "status_s": (int, 0, 0, 86400),  # 0: five minutes on a wire, a day on the air
    "link": (str, "wired", 4, 5),  # or "lora"
    "radio": (dict, {}, 0, 8),  # see node.air
    "uart": (int, 1, 0, 2),
    "baud": (int, 115200, 1200, 2000000),
    "retry_max_ms": (int, 60000, 1000, 3600000),
    "journal_segments": (int, 48, 2, 1000),
    "watchdog_s": (int, 60, 5, 600),
    "sensors": (dict, {}, 0, 16),  # options of the simulated and replayed sensors
}


def load(into) -> None:
    """Read and check the files; set `node`, `epoch`, `key` (16 bytes), `profile` and _CONFIG's.

    They become attributes of an object that somebody else made, so that this module can go.
    NodeError where something is wrong.
    """
    identity = fields.checked("/identity.json", _IDENTITY)
    config = fields.checked("/config.json", _CONFIG)
    profile_path = "/profiles/" + config["profile"] + ".json"
    profile = fields.read_object(profile_path)
    fields.check(profile_path, "interval_s", profile.get("interval_s"), int, 1, 86400)
    if config["link"] not in ("wired", "lora"):
        fields.refuse("/config.json", "link", repr(config["link"]), "wired or lora")
    for name, value in config.items():
        setattr(into, name, value)
    into.node = identity["node"]
    into.epoch = identity["epoch"]
    into.key = _key(identity["key"])
    into.profile_name = config["profile"]
    into.profile = profile
    into.interval_s = config["interval_s"] or profile["interval_s"]
    into.status_s = config["status_s"] or (_DAY_S if config["link"] == "lora" else 300)


def _key(text: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except ValueError:
        raise NodeError("/identity.json: key is no hexadecimal number of 32 digits")
