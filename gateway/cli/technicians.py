"""`neckar-gateway technicians ...`: whose mount records are taken.

Place: the operator's shell -> here -> registry.db.
"""

import argparse
from typing import Any

from gateway.cli.registry_file import open_database, print_json
from gateway.cli.tables import table
from gateway.registry import technicians
from gateway.registry.installations import utc


def add_parser(subparsers: Any) -> None:
    """Add `technicians` and what can be done with them."""
    parser = subparsers.add_parser("technicians", description="Whose mount records are taken.")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)

    act = acts.add_parser("add", help="trust a technician's signature")
    act.add_argument("name", help="who it is")
    act.add_argument("key", help="public key, as tools/flash prints it: base64 of 32 bytes")
    act.set_defaults(func=add)

    act = acts.add_parser("list", help="all technicians, with the ids of their keys")
    act.add_argument("--json", action="store_true", help="for programs, with the keys")
    act.set_defaults(func=list_technicians)

    act = acts.add_parser("remove", help="trust a signature no more; what was taken stays")
    act.add_argument("which", metavar="NAME|ID", help="all keys of a name, or the id of one")
    act.set_defaults(func=remove)


def add(options: argparse.Namespace) -> int:
    """Trust a key."""
    with open_database(options) as database:
        new = technicians.add(database, options.name, options.key)
    print(f"{options.name} is {'added' if new else 'known already'}")
    return 0


def list_technicians(options: argparse.Namespace) -> int:
    """Print all technicians."""
    with open_database(options) as database:
        rows = technicians.listed(database)
    if options.json:
        print_json(rows)
        return 0
    cells = [(row["name"], row["id"], utc(row["added_s"]), row["mounts"]) for row in rows]
    print(table(["TECHNICIAN", "KEY ID", "ADDED", "MOUNTS"], cells))
    return 0


def remove(options: argparse.Namespace) -> int:
    """Trust a key, or all of a name, no more."""
    with open_database(options) as database:
        name = technicians.remove(database, options.which)
    print(f"{name} is removed; mounts that were taken before stay")
    return 0
