"""What of the firmware one board needs: its radio's driver, its sensors', and one of the roles.

    board file, profile, role -> `Purpose` -> `modules`: the sources, as reach finds them

Place: firmware/boards, firmware/profiles -> here -> release, benchmark.
Guarantee: nothing here knows a sensor or a driver: which modules a profile needs is read from the
tables of firmware/node/sensors/__init__.py, and which wires, from what a driver asks `Ports` for.
What only a configuration could ask for beyond that (a replay, twins) is not on such a board, and
the firmware says so.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.rig.errors import RigError
from tools.rig.reach import board_modules, imported

ROLES = ("node", "modem")
_CHIPS = {"sx1262": "radio.sx126x", "sx1276": "radio.sx127x"}
# What a role leaves out; all that only these need goes with them.
_NOT_FOR = {
    "node": ("node.modem",),
    "modem": ("node.app", "node.sensors", "node.measuring", "node.ports", "node.sampler"),
}
_FOR_TOOLS = ("node.selftest",)  # nothing on a board imports it, tools/flash calls it
_TABLES = "node/sensors/__init__.py"
_PINS = ("i2c", "i2s", "onewire", "pulses", "solar")  # fields of a board's `sensors`


@dataclass(frozen=True)
class Purpose:
    """`board` and `profile` are the content of their files; a modem has no profile.

    `name` is that of the profile.
    """

    board: dict[str, Any]
    profile: dict[str, Any] | None
    role: str = "node"
    name: str = ""


def purpose(root: Path, board: str, profile: str | None, role: str = "node") -> Purpose:
    """Return what a board is for by the names of its files; RigError where they do not fit."""
    if role == "node" and profile is None:
        raise RigError("a node needs a profile")
    if role == "modem" and profile is not None:
        raise RigError("a modem measures nothing: no profile")
    measured = _read(root, "profiles", profile) if profile is not None else None
    found = Purpose(_read(root, "boards", board), measured, role, profile or "")
    if role == "modem" and found.board["radio"] is None:
        raise RigError(f"a modem needs a radio, and {board} has none")
    lacking = lacks(root, found)
    if lacking:
        raise RigError(f"{board} has no {lacking}, which {profile} needs")
    return found


def modules(root: Path, what: Purpose, there: dict[str, Path] | None = None) -> dict[str, Path]:
    """Return the sources by their place below a folder of libraries, as `board_modules` does.

    Who asks for many boards gives what that returned as `there`.
    """
    there = there or board_modules(root)
    absent = [*_NOT_FOR[what.role]]
    chip = (what.board["radio"] or {}).get("chip")
    absent += [module for name, module in _CHIPS.items() if name != chip]
    if not what.board["power"]["pmic"]:
        absent.append("node.pmic")
    sensors = list(_sensor_modules(there[_TABLES], what.profile)) if what.profile else []
    scripts = [root / "firmware" / name for name in ("boot.py", "main.py")]
    found: dict[str, Path] = {}
    waiting = [("", script) for script in scripts] + _take(found, there, [*sensors, *_FOR_TOOLS])
    while waiting:
        package, source = waiting.pop()
        names = imported(source.read_text(encoding="utf-8"), package)
        waiting += _take(found, there, [n for n in names if not _is_in(n, absent)])
    return dict(sorted(found.items()))


def lacks(root: Path, what: Purpose, there: dict[str, Path] | None = None) -> str | None:
    """Return the first wire that the profile needs and the board does not have; as `modules`."""
    there = there or board_modules(root)
    uarts = [pins["id"] for pins in what.board["uarts"]]
    for entry in (what.profile or {}).get("sensors", ()):
        for wire in _wires(there, entry):
            if wire == "uart" and entry.get("uart", uarts[-1:]) not in (*uarts, uarts[-1:]):
                return f"UART {entry['uart']}"
            if wire == "battery" and not what.board["power"]["battery"]:
                return "battery"
            if wire in _PINS and not what.board["sensors"][wire]:
                return wire
    return None


def _take(
    found: dict[str, Path], there: dict[str, Path], names: list[str]
) -> list[tuple[str, Path]]:
    """Put what importing these names runs into `found`; return (package, source) of what is new."""
    fresh = []
    for name in names:
        parts = name.split(".")
        places = [f"{'/'.join(parts[:count])}/__init__.py" for count in range(1, len(parts) + 1)]
        for place in (*places, f"{'/'.join(parts)}.py"):
            if place in there and place not in found:
                found[place] = there[place]
                fresh.append((place.rpartition("/")[0].replace("/", "."), there[place]))
    return fresh


def _is_in(name: str, packages: list[str]) -> bool:
    # What is put together at run time is one of the sensors' modules, which are known.
    return name.endswith("*") or any(f"{name}.".startswith(f"{each}.") for each in packages)


def _sensor_modules(tables: Path, profile: dict[str, Any]) -> Iterator[str]:
    """Yield the modules of the sensors of a profile and of their drivers."""
    kinds = _table(tables, "_KINDS")
    for entry in profile["sensors"]:
        module, _, twin = kinds[entry["kind"]][:3]
        yield f"node.sensors.{module}"
        driver = entry["driver"]
        yield f"node.sensors.{twin}" if driver == "simulated" else f"node.drivers.{driver}"


def _table(source: Path, name: str) -> dict[str, list[str]]:
    """Return a table of words by the first of each line, from a text that a module assigns."""
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            rows = [line.split() for line in str(ast.literal_eval(node.value)).splitlines()]
            return {row[0]: row[1:] for row in rows if row}
    raise RigError(f"{source} has no table {name}")


def _wires(there: dict[str, Path], entry: dict[str, Any]) -> set[str]:
    """Return what a sensor's driver asks the board for."""
    wires: set[str] = set()
    waiting, seen = [f"node.drivers.{entry['driver']}"], set[str]()
    while waiting:
        name = waiting.pop()
        place = f"{name.replace('.', '/')}.py"
        if place not in there or name in seen or not name.startswith("node.drivers"):
            continue
        seen.add(name)
        source = there[place].read_text(encoding="utf-8")
        waiting += imported(source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute) and _is_ports(node.value):
                wires.add(entry["kind"] if node.attr == "millivolts" else node.attr)
    return wires


def _is_ports(value: ast.expr) -> bool:
    return getattr(value, "id", "") == "ports" or getattr(value, "attr", "") == "_ports"


def _read(root: Path, folder: str, name: str) -> dict[str, Any]:
    paths = root / "firmware" / folder
    names = sorted(path.stem for path in paths.glob("*.json"))
    if name not in names:
        raise RigError(f"{folder[:-1]} {name}: there are {', '.join(names)}")
    content: dict[str, Any] = json.loads((paths / f"{name}.json").read_text(encoding="utf-8"))
    return content
