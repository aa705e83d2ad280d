"""Board files as they go onto a board, and the wiring that a virtual radio needs.

Place: firmware/boards -> here -> image (/board.json), and `World.slot`.
Guarantee: only what is there for people, sources and notes, is left out: it would cost a board
more memory than all the rest.
"""

import json
from typing import Any

from tools.rig.errors import RigError
from tools.rig.profiles import ROOT

FOLDER = ROOT / "firmware" / "boards"
_FOR_PEOPLE = ("sources", "notes")


def names() -> list[str]:
    """Return the boards there are."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read(name: str) -> dict[str, Any]:
    """Return all that the file of a board says; RigError where there is none."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise RigError(f"no board {name}: there are {', '.join(names())}")
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def board_file(name: str) -> bytes:
    """Return the content of /board.json."""
    board = {field: value for field, value in read(name).items() if field not in _FOR_PEOPLE}
    return json.dumps(board, separators=(",", ":")).encode()


def wiring(name: str) -> dict[str, Any]:
    """Return how a board's radio is wired; RigError where it has none."""
    radio: dict[str, Any] | None = read(name)["radio"]
    if radio is None:
        raise RigError(f"the board {name} has no radio")
    return radio
