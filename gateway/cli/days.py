"""`neckar-gateway days`: per node and day, how many samples there should be, and how many came.

Place: the operator's shell -> here -> spool.db and registry.db, read only; the gateway may run.
"""

import argparse
import json
import re
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway import ledger
from gateway.cli import read_only
from gateway.cli.tables import table
from gateway.commands.directory import RegistryDirectory
from gateway.config import load
from gateway.errors import GatewayError, shown
from gateway.registry.errors import RegistryError

_HEADS = ("day", "node", "expected", "received", "recovered", "late", "lost", "missing")
_USUALLY = 7  # days


def add_parser(subparsers: Any) -> None:
    """Add `days`."""
    parser = subparsers.add_parser("days", description="The ledger by node and day (UTC).")
    parser.add_argument("node", nargs="?", help="a measuring point, or the address of a node")
    parser.add_argument("--since", type=_day, help=f"YYYY-MM-DD (else {_USUALLY} days ago)")
    parser.add_argument("--missing", action="store_true", help="only days with something missing")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(func=show)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} should be a day as 2026-11-25") from None


def show(options: argparse.Namespace) -> int:
    """Print the ledger; GatewayError where there is none, RegistryError for no such node."""
    config = load(options.config)
    since = options.since or datetime.now(UTC).date() - timedelta(days=_USUALLY - 1)
    places = _places(config.registry.path)
    db = _open(config.spool.path)
    try:
        known = ledger.nodes(db)
        wanted = known if options.node is None else [_address(places, options.node, known)]
        rows = []
        for address in wanted:
            node = places.find(address)
            name = node.name if node else f"node-{address}"
            for entry in ledger.days(db, address, since):
                if entry["missing"] or not options.missing:
                    rows.append({"node": name, "address": address, **entry})
    except sqlite3.Error as e:
        raise GatewayError(f"spool {config.spool.path}: {e}") from e
    finally:
        db.close()
    if options.json:
        print(json.dumps(rows))
    elif rows:
        print(table(_HEADS, [[row[head] for head in _HEADS] for row in rows]))
    else:
        print(f"no samples since {since}")
    return 0


def _address(places: RegistryDirectory, node: str, known: list[int]) -> int:
    """Return the address of what was typed; a node of the past is known by its entries alone."""
    if not re.fullmatch("[0-9]{1,5}", node):
        address = places.address_of_point(node)
    elif int(node) in known or places.find(int(node)):
        address = int(node)
    else:
        address = None
    if address is None:
        wanted = "a point with hardware, or an address: `neckar-gateway nodes list` has both"
        raise RegistryError(f"node is {shown(node)}, should be {wanted}")
    return address


def _places(path: Path) -> RegistryDirectory:
    if not path.exists():
        text = f"registry {path} is not there yet: `neckar-gateway nodes import` makes it"
        raise GatewayError(text)
    return RegistryDirectory(path)


def _open(path: Path) -> sqlite3.Connection:
    """Return the spool, opened for reading; GatewayError where that is not possible."""
    if not path.exists():
        text = f"spool {path} is not there yet: the gateway makes it when it first runs"
        raise GatewayError(text)
    try:
        return read_only.connect(path)
    except sqlite3.Error as e:
        raise GatewayError(f"spool {path}: {e}") from e
