"""Labs and measuring points: what is known of them, and who approved that they are public.

Place: cli, merge -> here -> registry.db.
Guarantee: a value that is wrong is refused with its field, the value and what would be right. A
point becomes public only by `approve`.
"""

import re
import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.errors import shown
from gateway.registry import stated
from gateway.registry.database import Change, Database
from gateway.registry.errors import RegistryError
from gateway.registry.mounts import Mount
from gateway.registry.records import (
    LAB,
    LAB_WANTED,
    PLACE_BOUNDS,
    POINT,
    POINT_WANTED,
    SLUG,
    SLUG_WANTED,
    Record,
)

# The strategy's four fields.
FIELDS = ("bildung", "teilhabe", "mobilitaet", "digital")
LAB_COLUMNS = ("name", "purpose", "operator", "contact", "begin_day", "end_day")
POINT_COLUMNS = (
    "field", "profile", "operator", "lat", "lon", "height_m", "direction_deg", "pole", "remarks",
)  # fmt: skip
_TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,500}")


def set_lab(database: Database, lab: str, values: Mapping[str, Any]) -> bool:
    """Make a lab or change fields of it; None empties a field. Return whether it is new."""
    check_slug("lab", lab, LAB, LAB_WANTED)
    checked = {name: _lab_value(name, value) for name, value in values.items()}
    with database.change() as change:
        before = change.row("SELECT * FROM lab WHERE id = ?", lab)
        if before is None:
            change.execute("INSERT INTO lab (id) VALUES (?)", (lab,))
        both = {**(dict(before) if before else {}), **checked}
        begin, end = both.get("begin_day"), both.get("end_day")
        if begin and end and end < begin:
            raise RegistryError(f"end is {end!r}, should be a day after begin, {begin}")
        _update(change, "lab", lab, checked, before)
    return before is None


def set_point(database: Database, point: str, lab: str | None, values: Mapping[str, Any]) -> bool:
    """Make a point or change fields of it; None empties a field. Return whether it is new."""
    check_slug("point", point, POINT, POINT_WANTED)
    checked = {name: point_value(name, value) for name, value in values.items()}
    with database.change() as change:
        before = change.row("SELECT * FROM point WHERE id = ?", point)
        if lab is not None:
            _need_lab(change, lab)
            checked["lab"] = lab
        if before is None:
            if lab is None:
                raise RegistryError(f"point {point!r} is new: say its lab with --lab")
            change.execute("INSERT INTO point (id, lab) VALUES (?, ?)", (point, lab))
        _update(change, "point", point, checked, before)
        for row in change.execute(
            "SELECT DISTINCT address FROM installation WHERE point = ?", (point,)
        ).fetchall():
            change.touch(row["address"])
    return before is None


def approve(database: Database, point: str, by: str, day: str) -> None:
    """Make a point public: who approved it, and on which day."""
    by, day = check_text("by", by), _day("day", day)
    with database.change() as change:
        need_point(change, point)
        today = date.fromtimestamp(change.now_s).isoformat()
        if day > today:
            raise RegistryError(f"day is {day!r}, should be a day until now, {today}")
        change.execute(
            "UPDATE point SET public = 1, approved_by = ?, approved_day = ? WHERE id = ?",
            (by, day, point),
        )
        change.event("point approved", f"point {point}", by=by, day=day)


def withdraw(database: Database, point: str, reason: str) -> None:
    """Take a point back from the public; RegistryError where it is not public."""
    reason = check_text("reason", reason)
    with database.change() as change:
        if not need_point(change, point)["public"]:
            raise RegistryError(f"point {point!r} is not public: there is nothing to withdraw")
        change.execute(
            "UPDATE point SET public = 0, approved_by = NULL, approved_day = NULL WHERE id = ?",
            (point,),
        )
        change.event("point withdrawn", f"point {point}", reason=reason)


def adopt(change: Change, record: Record, create: bool, keep: bool) -> str | None:
    """Make or fill lab and point of a record; return what does not fit.

    `keep`: what the registry says of a place stays, also where the record says something else.
    """
    problem = make(change, record, create)
    if problem or record.point is None:
        return problem
    given: dict[str, Any] = dict(record.place)
    if record.profile is not None:
        given["profile"] = record.profile
    point = need_point(change, record.point)
    for name, value in given.items():
        if point[name] is None:
            put(change, record.point, name, value)
        elif point[name] != value and not keep:
            if name in stated.later(change, record.point, record.made_s):
                continue  # who mounted it knows better
            return differs(point, name, value)
    return None


def make(change: Change, record: Record | Mount, create: bool) -> str | None:
    """Make the lab, if that is allowed, and the point of a record; return what does not fit."""
    lab = record.lab
    if change.row("SELECT 1 FROM lab WHERE id = ?", lab) is None:
        if not create:
            return no_lab(change, lab)
        change.execute("INSERT INTO lab (id) VALUES (?)", (lab,))
        change.event("lab made", f"lab {lab}", source=record.source)
    if record.point is None:
        return None
    point = change.row("SELECT lab FROM point WHERE id = ?", record.point)
    if point is None:
        change.execute("INSERT INTO point (id, lab) VALUES (?, ?)", (record.point, lab))
        change.event("point made", f"point {record.point}", lab=lab, source=record.source)
    elif point["lab"] != lab:
        return f"point {record.point!r} is in lab {lab!r} here, but in {point['lab']!r} there"
    return None


def put(change: Change, point: str, name: str, value: Any) -> None:
    """Write a field of a point that a record names."""
    change.execute(
        f"UPDATE point SET {name} = ? WHERE id = ?",  # noqa: S608 - a field of a record
        (value, point),
    )


def differs(point: sqlite3.Row, name: str, value: Any) -> str:
    """Return the words for a field of a point that the registry has otherwise."""
    return (
        f"{name} of point {point['id']!r} is {value!r} here, but {point[name]!r} in the"
        " registry: add --keep-places if the registry is right, else `points set` it first"
    )


def no_lab(change: Change, lab: str) -> str:
    """Return the words for a lab that is not there."""
    names = ", ".join(row["id"] for row in change.execute("SELECT id FROM lab ORDER BY id LIMIT 9"))
    return (
        f"lab {lab!r} is unknown; known are: {names or 'none'}. Make it with"
        f" `neckar-gateway labs set {lab}` or --create"
    )


def _need_lab(change: Change, lab: str) -> None:
    if change.row("SELECT 1 FROM lab WHERE id = ?", lab) is None:
        raise RegistryError(no_lab(change, lab))


def need_point(change: Change, point: str) -> sqlite3.Row:
    """Return a point, or raise RegistryError."""
    row = change.row("SELECT * FROM point WHERE id = ?", point)
    if row is None:
        raise RegistryError(f"point {point!r} is unknown; `neckar-gateway points list` names all")
    return row


def _update(
    change: Change, table: str, name: str, values: dict[str, Any], before: sqlite3.Row | None
) -> None:
    """Write fields, and an event with what each was before."""
    changed = {k: v for k, v in values.items() if before is None or before[k] != v}
    for column, value in changed.items():  # the columns come from LAB_COLUMNS, POINT_COLUMNS
        change.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (value, name))  # noqa: S608
    if changed or before is None:
        was = {k: before[k] for k in changed} if before else {}
        what = f"{table} changed" if before else f"{table} made"
        change.event(what, f"{table} {name}", now=changed, was=was)


def check_slug(field: str, value: str, pattern: str = SLUG, wanted: str = SLUG_WANTED) -> str:
    """Return a name for topics, or raise RegistryError."""
    if not re.fullmatch(pattern, value):
        raise RegistryError(f"{field} is {shown(value)}, should be {wanted}")
    return value


def _lab_value(name: str, value: Any) -> Any:
    if name not in LAB_COLUMNS:
        raise RegistryError(f"{name} is no field of a lab; known are {', '.join(LAB_COLUMNS)}")
    if value is None:
        return None
    return _day(name, value) if name.endswith("_day") else check_text(name, value)


def point_value(name: str, value: Any) -> Any:
    """Return a checked value of a field of a point."""
    if name not in POINT_COLUMNS:
        raise RegistryError(f"{name} is no field of a point; known are {', '.join(POINT_COLUMNS)}")
    if value is None:
        return None
    if name in PLACE_BOUNDS:
        lowest, highest = PLACE_BOUNDS[name]
        if not lowest <= value <= highest:
            raise RegistryError(
                f"{name} is {value!r}, should be a number from {lowest} to {highest}"
            )
        return float(value)
    if name == "field" and value not in FIELDS:
        raise RegistryError(f"field is {value!r}, should be one of {', '.join(FIELDS)}")
    return check_slug(name, value) if name == "profile" else check_text(name, value)


def check_text(name: str, value: str) -> str:
    """Return a text that people read, or raise RegistryError."""
    if not _TEXT.fullmatch(value):
        wanted = "a text of up to 500 characters in one line"
        raise RegistryError(f"{name} is {shown(value)}, should be {wanted}")
    return value


def _day(name: str, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        label = name.removesuffix("_day")
        raise RegistryError(f"{label} is {value!r}, should be a day such as 2026-11-25") from None
