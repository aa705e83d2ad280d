"""`neckar-gateway labs ...`: the labs that measuring points belong to.

Place: the operator's shell -> here -> registry.db.
"""

import argparse
from typing import Any

from gateway.cli.registry_file import open_database, print_json
from gateway.cli.tables import table
from gateway.registry import places, views


def add_parser(subparsers: Any) -> None:
    """Add `labs` and what can be done with them."""
    parser = subparsers.add_parser("labs", description="The labs.")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)

    act = acts.add_parser("list", help="all labs")
    act.add_argument("--json", action="store_true", help="for programs, with all fields")
    act.set_defaults(func=list_labs)

    act = acts.add_parser("set", help="make a lab, or change it; '' empties a field")
    act.add_argument("lab", help="part of topics")
    act.add_argument("--name", help="as people call it")
    act.add_argument("--purpose", help="what it is for, in a sentence or two")
    act.add_argument("--operator", help="who runs it")
    act.add_argument("--contact", help="whom to ask")
    act.add_argument("--begin", dest="begin_day", metavar="DAY", help="such as 2026-11-25")
    act.add_argument("--end", dest="end_day", metavar="DAY", help="such as 2028-12-31")
    act.set_defaults(func=set_lab)


def list_labs(options: argparse.Namespace) -> int:
    """Print all labs."""
    with open_database(options) as database:
        rows = views.labs(database)
    if options.json:
        print_json(rows)
        return 0
    names = ("id", "name", "operator", "begin_day", "end_day", "points", "nodes")
    heads = ["LAB", "NAME", "OPERATOR", "BEGIN", "END", "POINTS", "NODES"]
    print(table(heads, [[row[name] for name in names] for row in rows]))
    return 0


def set_lab(options: argparse.Namespace) -> int:
    """Make or change a lab."""
    given = {name: getattr(options, name) for name in places.LAB_COLUMNS}
    values = {n: v or None for n, v in given.items() if v is not None}
    with open_database(options) as database:
        new = places.set_lab(database, options.lab, values)
    print(f"lab {options.lab} is {'made' if new else 'set'}")
    return 0
