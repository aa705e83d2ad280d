"""`tools/flash mount`: at the mast: is the link good, where does it hang, who says so.

Place: options, questions -> here -> mount.flow -> mounts/ of the workshop.
"""

from typing import Any

from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser, whole
from tools.flashing.cli.sockets import named
from tools.flashing.errors import FlashError
from tools.flashing.mount import flow, frames
from tools.flashing.mount.given import CABLE, WAYS, Given

_MOST_ADDRESS = 65535
_MOST_FRAMES = 50
_TYPED = ("lab", "point", "position", "height", "direction", "pole", "photo", "remarks", "by")


def add_mount(parser: Parser) -> None:
    """Add the options."""
    parser.option("--node", "CODE", "option code")
    parser.option("--port", "PORT", "option port mount")
    parser.choice("--way", WAYS)
    parser.option("--lab", "NAME")
    parser.option("--point", "NAME")
    for name in ("position", "height", "direction", "pole", "remarks"):
        parser.option(f"--{name}", "TEXT")
    parser.option("--photo", "FILE")
    parser.option("--by", "NAME")
    parser.option("--replaces", "ADDRESS", type=whole("--replaces", 0, _MOST_ADDRESS))
    parser.option("--frames", "NUMBER", type=whole("--frames", 1, _MOST_FRAMES), default=None)
    parser.flag("--anyway")
    parser.flag("--json")


def mount(desk: Desk) -> int:
    """Test the link and write the record; return the exit code."""
    given = desk.given
    if given.port and given.way not in (None, CABLE):
        raise FlashError("F806", first=f"--way {given.way}", second="--port")
    typed: dict[str, Any] = {name: getattr(given, name) for name in _TYPED}
    if given.frames is not None:
        typed["frames"] = given.frames
    wanted = Given(
        code=given.node,
        way=given.way,
        port=named(desk, given.port).path if given.port else None,
        replaces=given.replaces,
        anyway=given.anyway,
        **typed,
    )
    done = flow.mount(wanted, desk.workshop, desk.dialogue, lambda node: _length(desk, node))
    if desk.as_json:
        desk.answer(
            {"file": str(done.path), "frames_per_hour": done.frames_per_hour, "record": done.record}
        )
    elif desk.dialogue is None:
        desk.say("file made", file=done.path)
    return 0


def _length(desk: Desk, node: dict[str, Any]) -> int:
    """Return how long the frames of a node are; the longest where no bundle says its profile."""
    try:
        return frames.length(desk.bundle.profile(node.get("profile") or ""))
    except FlashError:
        return frames.MOST
