"""Reads the small JSON files of a board and checks one value at a time.

Place: flash -> here -> `config`, `board`.
Guarantee: what is wrong is a NodeError that names the file, the field, the value and what would be
right; a key is never shown.
"""

import json

from node import files
from node.errors import NodeError

_WANTED = {
    int: "a number from %d to %d",
    bool: "true or false (%d, %d)",
    str: "text of %d to %d characters",
    dict: "an object of %d to %d fields",
    list: "a list of %d to %d entries",
}


def read_object(path: str) -> dict:
    """Return the JSON object in a file."""
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


def checked(path: str, rules: dict) -> dict:
    """Return the object of a file, whose fields `rules` names with (kind, default, bounds)."""
    return all_of(path, "", read_object(path), rules)


def all_of(path: str, place: str, given: dict, rules: dict) -> dict:
    """Return `given` with its defaults, each field checked; `place` is what they are called by."""
    for name in given:
        if name not in rules:
            known = ", ".join(rules)
            raise NodeError("%s: %s%s is not a field; known: %s" % (path, place, name, known))
    values = {}
    for name, (kind, default, lowest, highest) in rules.items():
        value = given.get(name, default)
        values[name] = check(path, place + name, value, kind, lowest, highest)
    return values


def check(path: str, name: str, value, kind: type, lowest: int, highest: int):
    """Return `value`, which is of this kind, and as large or long as the bounds say."""
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not fits or not lowest <= (value if kind in (int, bool) else len(value)) <= highest:
        refuse(
            path,
            name,
            "***" if name.endswith("key") else repr(value),
            _WANTED[kind],
            lowest,
            highest,
        )
    return value


def refuse(path: str, name: str, shown: str, wanted: str, *bounds) -> None:
    """Raise the NodeError of a value that is not what was wanted."""
    raise NodeError("%s: %s is %s, should be %s" % (path, name, shown, wanted % bounds))
