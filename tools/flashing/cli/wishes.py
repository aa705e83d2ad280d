"""What a board is to become: from the options, from its record, from the only choice, or asked.

Place: options, records, bundle, dialogue -> Wisher -> Wish.
Guarantee: without a terminal nothing is guessed: what has more than one answer is F812.
"""

import contextlib
import json
import re
from argparse import Namespace
from typing import Any

from tools.flashing import record_conflicts
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.sockets import Seen, recognized
from tools.flashing.dialogue import NAME
from tools.flashing.errors import FlashError
from tools.flashing.ports import Port
from tools.flashing.record_files import RETIRED, Known
from tools.flashing.wish import Wish, wish_of

_LAST = "last.json"
_FIELD = re.compile(r"([a-z_]+)(?:\.([a-z0-9_]+))?=(.*)", re.DOTALL)
_FIELDS = ("lab", "board", "profile")


class Wisher:
    """Makes the wishes of one command; what was answered for one board holds for the next."""

    def __init__(self, desk: Desk, role: str):
        self._desk = desk
        self._role = role
        self._settings = settings(desk.given)
        self._answers: dict[str, str | None] = {}
        self._fields = _FIELDS if role == "node" else ("lab", "board")

    def for_any(self) -> Wish:
        """Return one wish for all boards to come."""
        return self._wish(None, None)

    def for_port(self, port: Port) -> tuple[Wish, bool]:
        """Return the wish for the board at a port, and whether that is what its record says.

        The board is asked who it is only where that saves questions.
        """
        given = [self._given(field) for field in self._fields]
        if all(given):
            return self._wish(None, None), False
        seen = recognized(self._desk, port)
        if seen.error is not None:
            raise seen.error
        known = self._desk.workshop.records.known(seen.mac)
        if known is None or known.state == RETIRED or self._role != "node":
            return self._wish(seen, None), False
        record = known.record
        self._desk.say(
            "known",
            address=known.address,
            board=record.get("board"),
            profile=record.get("profile"),
        )
        if self._changes():
            return self._wish(seen, known), False
        return wish_of(record), True

    def _changes(self) -> bool:
        """Say whether an option asks for anything that a record may not say."""
        given = self._desk.given
        names = (*_FIELDS, "point", "address", "replaces", "link", "battery", "set", "erase")
        return any(getattr(given, name, None) not in (None, False, []) for name in names)

    def _wish(self, seen: Seen | None, known: Known | None) -> Wish:
        given = self._desk.given
        values = {field: self._value(field, seen, known) for field in self._fields}
        point = getattr(given, "point", None)
        if point is not None and not NAME.fullmatch(point):
            raise FlashError("F825", option="--point", value=point, example="luft-17")
        if point is None and known is None and seen is not None and self._role == "node":
            dialogue = self._desk.dialogue
            point = dialogue.name("which point", "--point") if dialogue else None
        self._remember(values)
        return Wish(
            board=values["board"],
            profile=values.get("profile"),
            lab=values["lab"],
            role=self._role,
            point=point,
            replaces=getattr(given, "replaces", None),
            settings=self._settings,
            address=getattr(given, "address", None),
            erase=given.erase,
        )

    def _given(self, field: str) -> str | None:
        """Return what an option says, or the only thing that it could say; F805."""
        given: str | None = getattr(self._desk.given, field)
        possible = self._possible(field, None)
        if given is not None and given not in possible:
            raise FlashError("F805", option=f"--{field}", value=given, possible=possible)
        return possible[0] if given is None and len(possible) == 1 else given

    def _possible(self, field: str, seen: Seen | None) -> list[str]:
        if field == "lab":
            return sorted(self._desk.workshop.labs)
        bundle = self._desk.bundle
        if field == "profile":
            return list(bundle.profiles)
        chip = seen.chip if seen is not None else ""
        return [name for name in bundle.boards if not chip or bundle.board(name)["mcu"] == chip]

    def _value(self, field: str, seen: Seen | None, known: Known | None) -> str:
        given = self._given(field)
        if given is not None:
            return given
        recorded = known.record.get(field) if known is not None else None
        if recorded is not None:
            return str(recorded)
        possible = self._possible(field, seen)
        if not possible:
            raise FlashError("F819", option=f"--{field}")
        if len(possible) == 1:
            return possible[0]
        dialogue = self._desk.dialogue
        if dialogue is None:
            raise FlashError("F812", option=f"--{field}", possible=possible)
        if self._answers.get(field) not in possible:
            last = self._last().get(field)
            usual = last if last in possible else None
            answer = dialogue.choose(f"which {field}", f"--{field}", possible, usual)
            self._answers[field] = answer
        return str(self._answers[field])

    def _last(self) -> dict[str, Any]:
        """Return what was answered last time."""
        try:
            found = json.loads((self._desk.workshop.folder / _LAST).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _remember(self, values: dict[str, str]) -> None:
        if not self._answers:
            return
        text = json.dumps({**self._last(), **values}) + "\n"
        with contextlib.suppress(OSError):  # a convenience, no more
            (self._desk.workshop.folder / _LAST).write_text(text, encoding="utf-8")


def settings(given: Namespace) -> dict[str, Any]:
    """Return what the options put into /config.json; F825 for what is no setting."""
    found: dict[str, Any] = {}
    if getattr(given, "link", None):
        found["link"] = given.link
    if getattr(given, "battery", None):
        found.update(power="battery", battery_mah=given.battery)
    for word in given.set:
        match = _FIELD.fullmatch(word)
        if match is None:
            raise FlashError("F825", option="--set", value=word, example="interval_s=60")
        name, below, text = match.groups()
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if below is None:
            found[name] = value
        else:
            group = found.setdefault(name, {})
            if not isinstance(group, dict):
                raise FlashError("F806", first=f"--set {name}={group}", second=f"--set {word}")
            group[below] = value
    return found


def replaced(desk: Desk) -> int:
    """Return the address of the node that hangs at --point; F820 where none is known.

    The new one is of the same lab and profile where no option says otherwise.
    """
    given, records = desk.given, desk.workshop.records
    if given.replaces is not None:
        holder = records.by_address(given.replaces)
    else:
        holder = record_conflicts.holders(records.read().known).get(given.point)
        if holder is None:
            raise FlashError("F820", point=given.point)
    if holder is None:
        return int(given.replaces)
    for field in ("lab", "profile"):
        if getattr(given, field) is None:
            setattr(given, field, holder.record.get(field))
    return holder.address
