"""`tools/flash label | sign`: paper for boards and for the public.

Place: records, workshop, bundle, options -> here -> paper -> PNG, PDF.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from tools.flashing import record_conflicts
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser, whole
from tools.flashing.errors import FlashError
from tools.flashing.paper import (
    Label,
    LabelSize,
    Sign,
    size_named,
    write_label,
    write_sheet,
    write_sign,
)
from tools.flashing.record_files import RETIRED, Known
from tools.flashing.texts import say

_MOST_ADDRESS = 65535
_LABELS, _SIGNS = "labels", "signs"
_SHEET_PLACES = 24
_LANGUAGES = {"de": ("de",), "en": ("en",), "de,en": ("de", "en"), "en,de": ("en", "de")}


def add_label(parser: Parser) -> None:
    """Add the options."""
    parser.given("node", "ADDRESS", nargs="+", type=_address(parser))
    parser.option("--size", "SIZE")
    parser.option("--sheet", "NUMBER", type=whole("--sheet", 1, _SHEET_PLACES))
    parser.option("--out", "FOLDER")


def label(desk: Desk) -> int:
    """Make labels, or a sheet of them; return the exit code."""
    given, workshop = desk.given, desk.workshop
    folder = Path(given.out) if given.out else workshop.folder / _LABELS
    labels = [_label(desk, _known(desk, address)) for address in given.node]
    if given.sheet:
        files: list[Path] = [write_sheet(folder, labels, given.sheet)]
    else:
        size = size_named(given.size) if given.size else _usual_size(desk)
        files = [path for each in labels for path in write_label(folder, each, size)]
    for path in files:
        desk.say("file made", file=path)
    return 0


def add_sign(parser: Parser) -> None:
    """Add the options."""
    parser.given("node", "ADDRESS", type=_address(parser))
    parser.option("--data-protection", "TEXT", required=True)
    for name in ("--office", "--phone", "--mail"):
        parser.option(name, "TEXT", default="")
    parser.option("--url", "URL")
    parser.option("--purpose", "TEXT", "option sign purpose")
    parser.option("--purpose-en", "TEXT", default="")
    parser.option("--until", "DATE")
    parser.choice("--languages", list(_LANGUAGES))
    parser.option("--out", "FOLDER")


def sign(desk: Desk) -> int:
    """Make the sign of a node; return the exit code."""
    given, workshop = desk.given, desk.workshop
    known = _known(desk, given.node)
    lab = workshop.lab(known.record["lab"])
    mail = given.mail or ("" if given.phone else workshop.contact)
    made = Sign(
        address=known.address,
        profile=desk.bundle.profile(known.record.get("profile") or ""),
        operator=workshop.operator,
        data_protection=given.data_protection,
        url=given.url or lab.public_url or "",
        made=date.today(),
        office=given.office,
        phone=given.phone,
        mail=mail,
        lab=lab.name,
        point=_point(desk, known),
        purpose=given.purpose or lab.purpose or "",
        purpose_en=given.purpose_en,
        until=_day(given.until),
        languages=_LANGUAGES[given.languages or desk.lang],
    )
    folder = Path(given.out) if given.out else workshop.folder / _SIGNS
    desk.say("file made", file=write_sign(folder, made))
    return 0


def _address(parser: Parser) -> Callable[[str], int]:
    return whole(say("VALUE ADDRESS", parser.lang), 0, _MOST_ADDRESS)


def _known(desk: Desk, address: int) -> Known:
    known = desk.workshop.records.by_address(address)
    if known is None:
        raise FlashError("F823", address=address)
    if known.state == RETIRED:
        raise FlashError("F514", address=address)
    return known


def _point(desk: Desk, known: Known) -> str:
    records = desk.workshop.records.read()
    return record_conflicts.point_of(records.known, known.address) or ""


def _label(desk: Desk, known: Known) -> Label:
    record = known.record
    return Label(
        address=known.address,
        name=_point(desk, known) or record.get("profile") or "",
        lab=record["lab"],
        board=record.get("board") or "",
        operator=desk.workshop.operator,
        made=date.fromtimestamp(known.made_s),
        lang=desk.lang,
    )


def _usual_size(desk: Desk) -> LabelSize:
    size = desk.workshop.label
    return LabelSize(size.width_mm, size.height_mm, size.dpi)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    today = date.today()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day < today:  # a sign that is over says nothing true
        raise FlashError("F825", option="--until", value=text, example=f"{today.year + 1}-12-31")
    return day
