"""From the label to the record: which node, how good its link is, where it hangs, who says so.

Place: cli -> `mount` -> testing, place -> record.
Guarantee: nothing is written before everything is known; what is written is whole and signed. Each
answer is checked at once, and asked again where it does not fit. With nobody to ask, what is not
given is left out, or an error where it is needed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tools.flashing import messages, record_conflicts
from tools.flashing.errors import FlashError
from tools.flashing.mount import code, place, record, verdict
from tools.flashing.mount.frames import MOST
from tools.flashing.mount.given import Given, Talk
from tools.flashing.mount.testing import LinkTest
from tools.flashing.mount.verdict import Link
from tools.flashing.record_files import FINISHED, RETIRED
from tools.flashing.texts import say
from tools.flashing.workshop import Workshop

_T = TypeVar("_T")


@dataclass(frozen=True)
class Done:
    """A mount that is on the disk; `frames_per_hour` is None on a wire and without a test."""

    path: Path
    record: dict[str, Any]
    link: Link | None
    frames_per_hour: int | None


def mount(
    given: Given,
    workshop: Workshop,
    talk: Talk | None,
    frame_bytes: Callable[[dict[str, Any]], int] = lambda record: MOST,
    clock: Callable[[], float] = time.time,
) -> Done:
    """Test, ask, sign and write; FlashError where that does not end in a record.

    `frame_bytes` says of a node's record how long its frames are.
    """
    signer = workshop.signer()  # now, while nobody is on the ladder yet
    address = _asked(talk, "mount code", "--node", given.code, code.address, needed=True)
    if address == given.replaces:
        raise FlashError("F348", address=address)
    known = workshop.records.by_address(address)
    if known is not None and known.state != FINISHED:
        raise FlashError("F514" if known.state == RETIRED else "F515", address=address)
    node: dict[str, Any] = {}
    if known is not None:
        point = record_conflicts.point_of(workshop.records.read().known, address)
        node = {**known.record, "point": point}
    lab = _lab(given, workshop, node)
    _place(None, given, workshop.by)  # what does not fit is said before the long test
    point = _point(talk, given, node)
    length = frame_bytes(node)
    link, tested_at = LinkTest(given, workshop, talk, clock, length).run(address, lab)
    values = {
        "address": address,
        "epoch": node.get("epoch"),
        "hardware": node.get("hardware"),
        "lab": lab,
        "point": point,
        "replaces": given.replaces,
        "link": link and record.link_part(link, given.by_way, tested_at),
        **_place(talk, given, workshop.by),
    }
    path = record.write(workshop.folder, values, signer, clock())
    if talk is not None:
        talk.tell(say("mount done", talk.lang, path=path))
    per_hour = None if link is None or link.sf is None else verdict.frames_per_hour(link.sf, length)
    return Done(path, record.read(path), link, per_hour)


def _lab(given: Given, workshop: Workshop, node: dict[str, Any]) -> str:
    """Return the lab: as given, as the node's record says, or the only one there is."""
    if given.lab is not None:
        return workshop.lab(given.lab).name
    if node:
        return str(node["lab"])
    if len(workshop.labs) == 1:
        return next(iter(workshop.labs))
    raise FlashError("F510", known=sorted(workshop.labs))


def _point(talk: Talk | None, given: Given, node: dict[str, Any]) -> str:
    """Return the measuring point; that of the node's record is the usual one."""
    usual = node.get("point")
    if given.point is None and usual is not None and talk is None:
        return str(usual)

    def check(text: str) -> str:
        return place.point(text or str(usual or ""))

    shown = f" [{usual}]" if usual else ""
    return _asked(talk, "mount point", "--point", given.point, check, needed=True, usual=shown)


def _place(talk: Talk | None, given: Given, by: str) -> dict[str, Any]:
    """Return what is said of the place, the photo and who was there."""
    found: dict[str, Any] = {}
    for name, check in (
        ("position", place.position),
        ("height", place.height),
        ("direction", place.direction),
        ("pole", place.pole),
    ):
        found |= _asked(talk, f"mount {name}", f"--{name}", getattr(given, name), check) or {}
    if talk is not None and given.photo is None:
        talk.tell(say("mount photo hint", talk.lang))
    photo = _asked(talk, "mount photo", "--photo", given.photo, place.photo)
    remarks = _asked(talk, "mount remarks", "--remarks", given.remarks, place.remarks)
    return {
        "place": found,
        "photo": photo,
        "remarks": remarks,
        "by": place.who(by if given.by is None else given.by),
    }


def _asked(
    talk: Talk | None,
    question: str,
    option: str,
    given: str | None,
    check: Callable[[str], _T],
    needed: bool = False,
    **values: object,
) -> Any:
    """Return a checked answer; None where none is given and none is needed."""
    if given is not None:
        return check(given)
    if talk is None:
        if needed:
            raise FlashError("F512", option=option)
        return None
    while True:
        answer = talk.line(question, option, **values)
        if not answer and not needed:
            return None
        try:
            return check(answer)
        except FlashError as e:
            talk.tell(messages.text(e, talk.lang))
