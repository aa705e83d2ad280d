"""`neckar-gateway points ...`: measuring points, which outlive the hardware that hangs there.

Place: the operator's shell -> here -> registry.db; a running gateway notices within a second.
"""

import argparse
from datetime import date
from typing import Any

from gateway.cli.registry_file import open_database, print_json
from gateway.cli.tables import table
from gateway.registry import places, views

_NUMBERS = {
    "lat": "degrees north (WGS 84)",
    "lon": "degrees east",
    "height_m": "metres above the ground",
    "direction_deg": "where the sensor looks: degrees from north, clockwise",
}
_TEXTS = {
    "profile": "what kind of node it is",
    "operator": "who runs it, if not the lab's operator",
    "pole": "number of the pole",
    "remarks": "whatever else",
}


def add_parser(subparsers: Any) -> None:
    """Add `points` and what can be done with them."""
    parser = subparsers.add_parser("points", description="The measuring points.")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)

    act = acts.add_parser("list", help="all points")
    act.add_argument("--json", action="store_true", help="for programs, with all fields")
    act.set_defaults(func=list_points)

    act = acts.add_parser("set", help="make a point, or change it; '' empties a field")
    act.add_argument("point")
    act.add_argument("--lab", help="the lab it belongs to: part of its topics")
    act.add_argument("--field", choices=("", *places.FIELDS), help="field of the city's strategy")
    for name, text in {**_TEXTS, **_NUMBERS}.items():
        number = name in _NUMBERS
        option = "--" + name.replace("_", "-")
        act.add_argument(option, type=_number if number else str, metavar="X", help=text)
    act.set_defaults(func=set_point)

    act = acts.add_parser("approve", help="make a point public")
    act.add_argument("point")
    act.add_argument("--by", required=True, help="who approved it: name and office")
    act.add_argument("--day", help="when, such as 2026-11-25 (today)")
    act.set_defaults(func=approve)

    act = acts.add_parser("withdraw", help="take a point back from the public")
    act.add_argument("point")
    act.add_argument("--reason", required=True)
    act.set_defaults(func=withdraw)


def _number(text: str) -> float | str:
    if text == "":
        return text
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} should be a number") from None


def list_points(options: argparse.Namespace) -> int:
    """Print all points."""
    with open_database(options) as database:
        rows = views.points(database)
    if options.json:
        print_json(rows)
        return 0
    names = ("id", "lab", "node", "field", "profile", "lat", "lon", "public")
    print(table(["POINT", *(n.upper() for n in names[1:])], [[r[n] for n in names] for r in rows]))
    return 0


def set_point(options: argparse.Namespace) -> int:
    """Make or change a point."""
    given = {name: getattr(options, name) for name in places.POINT_COLUMNS}
    values = {n: None if v == "" else v for n, v in given.items() if v is not None}
    with open_database(options) as database:
        new = places.set_point(database, options.point, options.lab, values)
    print(f"point {options.point} is {'made' if new else 'set'}")
    return 0


def approve(options: argparse.Namespace) -> int:
    """Make a point public."""
    day = options.day if options.day is not None else date.today().isoformat()
    with open_database(options) as database:
        places.approve(database, options.point, options.by, day)
    print(f"point {options.point} is public, approved by {options.by} on {day}")
    return 0


def withdraw(options: argparse.Namespace) -> int:
    """Take a point back from the public."""
    with open_database(options) as database:
        places.withdraw(database, options.point, options.reason)
    print(f"point {options.point} is not public any more")
    return 0
