"""What this node is set to do: the checks of its settings, and who it is.

Place: `settings`, `identity`, profile -> `load` -> app.
Guarantee: everything is checked here, once; a wrong field is a NodeError that names the file, the
field, the value and what would be right. Settings that are wrong are passed over for the last good
copy and then for what lets the node talk; a profile that is wrong costs the measurements only. Both
are told in `problem`: the node must be heard, or nobody mends it.

    /config.json       {"profile": "air", "interval_s": 900, "uart": 1, ...}, see _CONFIG
    /profiles/air.json {"interval_s": 900, "sensors": [...]}, see node.sensors
    /board.json        one of firmware/boards, see node.board; a wired node may go without
"""

from node import fields, files, identity, settings
from node.errors import NodeError

_DAY_S = 86400
_MOST_SENSORS = 32  # a status has a bit for each
# field: (type, default or None where it must be given, lowest, highest)
_CONFIG = {
    "role": (str, "node", 4, 4),  # a modem reads this file by itself
    "profile": (str, None, 1, 32),
    "interval_s": (int, 0, 0, 86400),  # 0: as the profile says
    "measure": (bool, True, 0, 1),  # false: deliver what the journal holds, before a node goes
    "status_s": (int, 0, 0, 86400),  # 0: five minutes on a wire, a day on the air
    "link": (str, "wired", 4, 5),  # or "lora"
    "radio": (dict, {}, 0, 8),  # see node.air
    "power": (str, "mains", 5, 7),  # or "solar", "battery"
    "battery_mah": (int, 0, 0, 1000000),  # for the forecast; 0: not known
    "low_mv": (int, 0, 0, 60000),  # below, sample and send less; 0: never
    "console": (str, "open", 4, 6),  # or "locked", see node.console; boot.py reads it by itself
    "console_pin": (int, -1, -1, 48),  # a jumper to ground that opens it; -1: the board's button
    "uart": (int, 1, 0, 2),
    "baud": (int, 115200, 1200, 2000000),
    "retry_max_ms": (int, 60000, 1000, 3600000),
    "journal_segments": (int, 48, 2, 1000),
    "watchdog_s": (int, 60, 5, 600),
    "sensors": (dict, {}, 0, 16),  # options of the simulated and replayed sensors
}
_WORDS = {
    "console": ("open", "locked"),
    "link": ("wired", "lora"),
    "power": ("mains", "solar", "battery"),
}
_ADAPTED = "/state/adapted"  # written by an answer over the air
_NO_PROFILE = {"interval_s": 900, "sensors": []}


def load(into) -> None:
    """Read and check everything; set `node`, `epoch`, `key` (16 bytes) and _CONFIG's fields.

    Also `profile` (without sensors where it is wrong) and `profile_name`; `source` and `digest` of
    the settings, as `settings` has them; `problem`, a line for people, or None. They become
    attributes of an object that somebody else made, so that this module can go. NodeError where
    nobody knows who this node is.
    """
    problem = identity.load(into)
    fields_given, into.source, wrong = given()
    problem = problem or wrong
    config = _checked(fields_given)
    into.digest = settings.digest(fields_given)
    for name, value in config.items():
        setattr(into, name, value)
    into.profile_name = config["profile"]
    try:
        into.profile = _profile(config["profile"])
    except NodeError as e:
        problem = problem or str(e)
        into.profile = _NO_PROFILE
        into.measure = False
    into.problem = problem
    into.interval_s = config["interval_s"] or into.profile["interval_s"]
    into.status_s = config["status_s"] or (_DAY_S if config["link"] == "lora" else 300)


def given() -> tuple:
    """Return (the settings in use, source, problem), as `settings.read` does, never empty."""
    found, source, problem = settings.read(check)
    if source == settings.DEFAULTS:
        # A node that was answered over the air has no cable.
        link = "lora" if files.read_bytes(_ADAPTED) is not None else "wired"
        found = {"profile": "none", "measure": False, "link": link}
    return found, source, problem


def check(found: dict) -> None:
    """Raise NodeError where settings are no settings of a node; a modem checks its own."""
    if found.get("role") != "modem":
        _check_air(_checked(found))


def check_all(found: dict) -> None:
    """Raise NodeError also for what only a start would show: for settings that come by air."""
    config = _checked(found)
    _profile(config["profile"])
    _check_air(config)


def keep_copies(source: int) -> None:
    """Keep second copies of what this node has started with; OSError where flash is full."""
    if source == settings.CONFIRMED:
        settings.keep_good(given()[0])
    identity.keep_copy()


def _checked(found: dict) -> dict:
    config = fields.all_of(settings.CONFIG, "", found, _CONFIG)
    for name, words in _WORDS.items():
        if config[name] not in words:
            fields.refuse(settings.CONFIG, name, repr(config[name]), " or ".join(words))
    if config["role"] != "node":
        fields.refuse(settings.CONFIG, "role", repr(config["role"]), "node")
    for name in ("radio", "sensors"):
        try:
            settings.canonical(config[name])
        except NodeError as e:  # of what has no one text there is no digest
            raise NodeError("%s: %s: %s" % (settings.CONFIG, name, e))
    return config


def _check_air(config: dict) -> None:
    if config["link"] == "lora" and config["radio"]:
        from node import air

        air.Settings(config["radio"])


def _profile(name: str) -> dict:
    path = "/profiles/" + name + ".json"
    profile = fields.read_object(path)
    fields.check(path, "interval_s", profile.get("interval_s"), int, 1, 86400)
    fields.check(path, "sensors", profile.get("sensors"), list, 1, _MOST_SENSORS)
    return profile
