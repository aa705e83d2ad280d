"""The settings of a node as they are kept: confirmed ones, a trial over them, a last good copy.

Place: the files below -> `read` -> config; commands over the air change them here.
Guarantee: a trial changes nothing that is confirmed, and is over after the wakes that it was given,
whatever it did to the link. A power cut at any write leaves the old settings or the new ones. A
file that cannot be read is passed over: it never keeps a node from starting.

    /config.json   the confirmed settings
    /config.try    {"left": wakes, "set": {field: value, or null: the default again}}
    /config.good   what the last start went well with

An object inside another is merged field by field, as by RFC 7386.
"""

import binascii
import gc
import hashlib
import json
import os

from node import fields, files
from node.errors import NodeError
from protocol._compat import const

CONFIRMED, TRIAL, GOOD, DEFAULTS = 0, 1, 2, 3

CONFIG = "/config.json"
_TRIAL = "/config.try"
_GOOD = "/config.good"
_PAGE = const(160)
_MOST_WAKES = const(255)


def count_wake() -> bool:
    """Count one wake, or one start, of a trial; True where that has ended it."""
    trial = _trial()
    if trial is None:
        return False
    left, changes = trial
    if left:
        try:
            _store_trial(left - 1, changes)
            return False
        except OSError:
            pass  # what cannot be counted down would never end
    try:
        revert()
    except OSError:
        return False  # flash takes nothing at all: the next wake tries again
    return True


def read(check) -> tuple:
    """Return (fields, source, problem): the first settings that `check(fields)` takes.

    `check` raises NodeError for what it does not take; `problem` is the text of the first of these,
    or None. Where nothing is left, fields are empty and the source is DEFAULTS.
    """
    given, source, problem = _untried(check)
    trial = _trial()
    if trial is not None:
        tried = merged(given, trial[1])
        try:
            check(tried)
            return tried, TRIAL, problem
        except Exception as e:  # see `_untried`
            problem = problem or str(e) or type(e).__name__
    return given, source, problem


def _untried(check) -> tuple:
    problem = None
    for path, source in ((CONFIG, CONFIRMED), (_GOOD, GOOD)):
        try:
            given = fields.read_object(path)
            check(given)
            return given, source, problem
        except Exception as e:  # a file may hold anything: too much for memory, or too deep
            problem = problem or str(e) or type(e).__name__
    return {}, DEFAULTS, problem


def start_trial(wakes: int, text: str, check, check_new) -> int:
    """Keep a trial for the next start; return the digest that the settings will have.

    NodeError where the text is no JSON object, or where `check_new` does not take what it makes of
    the settings that `check` takes: a node that runs has little memory left to check all anew.
    """
    if not 0 < wakes <= _MOST_WAKES:
        raise NodeError("wakes is %d, should be 1 to 255" % wakes)
    changes = _object(text)
    if changes is None:
        raise NodeError("the settings are not a JSON object")
    tried = merged(_untried(check)[0], changes)
    gc.collect()
    check_new(tried)
    _store_trial(wakes, changes)
    return digest(tried)


def confirm(check) -> None:
    """Make the trial in use the confirmed settings; NodeError where there is none."""
    given, source, _ = read(check)
    if source != TRIAL:
        raise NodeError("no trial is in use")
    # A cut between the two leaves a trial that changes nothing any more, and ends.
    _write(CONFIG, given)
    revert()


def revert() -> None:
    """End the trial, if there is one: the next start uses the confirmed settings."""
    if files.read_bytes(_TRIAL) is not None:
        os.remove(_TRIAL)


def keep_good(given: dict) -> None:
    """Keep a copy of confirmed settings that a node has started with."""
    if files.read_bytes(_GOOD) != canonical(given).encode():
        _write(_GOOD, given)


def merged(base: dict, changes: dict) -> dict:
    """Return `base` with the changes laid over it."""
    result = dict(base)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


def digest(given: dict) -> int:
    """Return 32 bits that tell these settings from others: of SHA-256 over their one text."""
    return int(binascii.hexlify(hashlib.sha256(canonical(given).encode()).digest()[:4]), 16)


def page(given: dict, offset: int) -> str:
    """Return 160 bytes of the settings' one text, from `offset` on; empty: it ends before."""
    return canonical(given)[offset : offset + _PAGE]


def canonical(value) -> str:
    """Return the only JSON text of a value: ASCII, sorted keys, no spaces, whole numbers.

    NodeError for what has none. The runtimes' own texts differ in spaces and in what they escape.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join([_escaped(c) for c in value]) + '"'
    if isinstance(value, list):
        return "[" + ",".join([canonical(item) for item in value]) + "]"
    if isinstance(value, dict):
        return (
            "{" + ",".join([canonical(k) + ":" + canonical(value[k]) for k in sorted(value)]) + "}"
        )
    raise NodeError("%r is not a whole number" % (value,))


def _escaped(character: str) -> str:
    code = ord(character)
    if 32 <= code < 127:
        return "\\" + character if character in '"\\' else character
    if code < 0x10000:
        return "\\u%04x" % code
    code -= 0x10000
    return "\\u%04x\\u%04x" % (0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF))


def _trial():
    """Return (wakes left, changes), or None where no trial can be read."""
    data = files.read_bytes(_TRIAL)
    given = None if data is None else _object(data)
    if given is None or not isinstance(given.get("set"), dict):
        return None
    left = given.get("left")
    is_sound = isinstance(left, int) and 0 <= left <= _MOST_WAKES
    return (left, given["set"]) if is_sound else None


def _store_trial(left: int, changes: dict) -> None:
    _write(_TRIAL, {"left": left, "set": changes})


def _object(data):
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _write(path: str, value: dict) -> None:
    files.write_atomic(path, canonical(value).encode())
