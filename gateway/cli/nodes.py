"""`neckar-gateway nodes ...`: which hardware may be heard, where it hangs, and with which keys.

Place: the operator's shell -> here -> registry.db; a running gateway notices within a second.
Guarantee: no key is printed.
"""

import argparse
import base64
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.cli.registry_file import (
    address,
    epoch,
    gateway_key,
    moment,
    node_key,
    open_database,
    print_json,
)
from gateway.cli.tables import fields, table
from gateway.config import load
from gateway.registry import service, views
from gateway.registry.database import Database
from gateway.registry.errors import RefusedError, RegistryError
from gateway.registry.gateway_key import GatewayKey
from gateway.registry.installations import utc
from gateway.registry.merge import Choices, Summary, merge
from gateway.registry.record_files import parse
from gateway.registry.records import FORMAT
from gateway.registry.sealing import seal

_WRONG = 2
_MOST_BYTES = 64 * 2**20  # 60,000 nodes have 40 MB
_MOST_CONFLICTS = 50
_TYPED = "nodes add"


def add_parser(subparsers: Any) -> None:
    """Add `nodes` and what can be done with them."""
    parser = subparsers.add_parser("nodes", description="The hardware that may be heard.")
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)

    act = acts.add_parser("list", help="all nodes")
    act.add_argument("--json", action="store_true", help="for programs")
    act.set_defaults(func=list_nodes)

    act = acts.add_parser("show", help="one node: keys, places, what was done to it")
    act.add_argument("address", type=address)
    act.add_argument("--json", action="store_true", help="for programs")
    act.set_defaults(func=show)

    act = acts.add_parser("import", help="take records of nodes and mounts that tools/flash made")
    act.add_argument("files", nargs="+", metavar="FILE", help="JSON lines or an array; - is stdin")
    act.add_argument("--create", action="store_true", help="make labs that are not there")
    act.add_argument("--keep-places", action="store_true", help="the registry's places are right")
    act.add_argument(
        "--reinstate", type=address, action="append", default=[], metavar="ADDRESS",
        help="a revoked node that a newer key brings back",
    )  # fmt: skip
    act.set_defaults(func=import_files)

    act = acts.add_parser("export", help="the registry without keys, as JSON lines")
    act.set_defaults(func=export)

    _add_parser_of_add(acts)
    _add_parsers_of_service(acts)


def _add_parser_of_add(acts: Any) -> None:
    act = acts.add_parser("add", help="register a node whose key is at hand in a file")
    act.add_argument("--address", type=address, required=True)
    act.add_argument("--point", help="its measuring point")
    act.add_argument("--lab", required=True)
    act.add_argument("--key-file", type=Path, required=True, help="one key, 32 hexadecimal digits")
    act.add_argument("--epoch", type=epoch, default=1, help="number of the key, counts up (1)")
    act.add_argument("--hardware", help="its MAC address")
    act.add_argument("--board", help="kind of board")
    act.add_argument("--radio", action="store_true", help="it sends by LoRa")
    act.add_argument("--replaces", type=address, metavar="ADDRESS", help="what hung there before")
    act.add_argument("--create", action="store_true", help="make lab and point if need be")
    act.set_defaults(func=add)


def _add_parsers_of_service(acts: Any) -> None:
    act = acts.add_parser("revoke", help="take nothing from a node any more: lost, stolen, forged")
    act.add_argument("address", type=address)
    act.add_argument("--reason", required=True)
    act.add_argument("--epoch", type=epoch, help="only this key, which is not the newest")
    act.add_argument("--at", type=moment, metavar="TIME", help="when it was taken down (now)")
    act.set_defaults(func=revoke)

    act = acts.add_parser("retire", help="put a node out of service: broken, wiped")
    act.add_argument("address", type=address)
    act.add_argument("--reason", required=True)
    act.add_argument("--at", type=moment, metavar="TIME", help="when it was taken down (now)")
    act.set_defaults(func=retire)

    act = acts.add_parser("swap", help="hang other hardware at a measuring point")
    act.add_argument("point")
    act.add_argument("--address", type=address, required=True, help="of the new hardware")
    act.add_argument("--reason", default="hardware replaced")
    act.add_argument("--at", type=moment, metavar="TIME", help="when it was hung up (now)")
    act.set_defaults(func=swap)


def list_nodes(options: argparse.Namespace) -> int:
    """Print all nodes."""
    with open_database(options) as database:
        rows = views.nodes(database)
    if options.json:
        print_json(rows)
        return 0
    names = ("address", "point", "lab", "state", "epoch", "radio", "board", "hardware")
    print(table([name.upper() for name in names], [[row[n] for n in names] for row in rows]))
    return 0


def show(options: argparse.Namespace) -> int:
    """Print one node."""
    with open_database(options) as database:
        node = views.node(database, options.address)
    if options.json:
        print_json(node)
        return 0
    names = ("address", "point", "lab", "state", "radio", "board", "hardware")
    print(fields([(name, node[name]) for name in names]))
    print("\nkeys")
    keys = [(k["epoch"], k["state"], utc(k["imported_s"]), k["source"]) for k in node["keys"]]
    print(table(["EPOCH", "STATE", "IMPORTED", "FROM"], keys))
    print("\nplaces")
    until = [utc(p["to_s"]) if p["to_s"] is not None else None for p in node["places"]]
    places = [
        (p["point"], utc(p["from_s"]), to) for p, to in zip(node["places"], until, strict=True)
    ]
    print(table(["POINT", "FROM", "TO"], places))
    print("\nevents")
    events = [
        (utc(e["at_s"]), e["who"], e["what"], e["detail"].get("reason", e["detail"].get("source")))
        for e in node["events"]
    ]
    print(table(["WHEN", "WHO", "WHAT", "WHY"], events))
    return 0


def import_files(options: argparse.Namespace) -> int:
    """Take files of records, each whole or not at all; 2 where one was refused."""
    config = load(options.config)
    key = gateway_key(config)
    choices = Choices(options.create, options.keep_places, frozenset(options.reinstate))
    code = 0
    with Database(config.registry.path) as database:
        for path in options.files:
            name = "stdin" if path == "-" else path
            try:
                records = parse(name, _read(path), int(time.time()))
                print(f"{name}: {_told(merge(database, key, name, records, choices))}")
            except RefusedError as e:
                code = _WRONG
                for line in e.conflicts[:_MOST_CONFLICTS]:
                    print(f"neckar-gateway: {line}", file=sys.stderr)
                count = len(e.conflicts)
                print(f"neckar-gateway: {name}: {count} refused, nothing imported", file=sys.stderr)
            except RegistryError as e:
                if e.exit_code != _WRONG:
                    raise
                code = _WRONG
                print(f"neckar-gateway: {e}; nothing imported of {name}", file=sys.stderr)
    return code


def _read(path: str) -> bytes:
    """Return the content of a file or of standard input."""
    try:
        if path == "-":
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else e
        raise RegistryError(f"{path} cannot be read: {reason}") from None
    if len(content) > _MOST_BYTES:
        raise RegistryError(f"{path} has more than {_MOST_BYTES >> 20} MB")
    return content


def _told(summary: Summary) -> str:
    parts = [
        (summary.nodes, "new nodes"),
        (summary.keys, "new keys"),
        (summary.mounts, "mounts"),
        (summary.retired, "retired"),
        (summary.repaired, "keys repaired"),
        (summary.known, "known already"),
    ]
    return ", ".join(f"{count} {words}" for count, words in parts if count)


def export(options: argparse.Namespace) -> int:
    """Print everything but keys, one JSON object a line."""
    with open_database(options) as database:
        for line in views.export(database):
            print(json.dumps(line, ensure_ascii=False))
    return 0


def add(options: argparse.Namespace) -> int:
    """Register a node with a key from a file: seal it to this gateway, and import that."""
    config = load(options.config)
    key = gateway_key(config)
    secret = node_key(options.key_file)
    with Database(config.registry.path) as database:
        if options.point is not None and not options.create:
            service.need_point(database, options.point)
        record = _record(options, database, key, secret)
        text = json.dumps(record, ensure_ascii=False).encode()
        records = parse(_TYPED, text, int(time.time()))
        summary = merge(database, key, _TYPED, records, Choices(create=options.create))
    print(f"node {options.address}: {_told(summary)}")
    return 0


def _record(
    options: argparse.Namespace, database: Database, key: GatewayKey, secret: bytes
) -> dict[str, Any]:
    """Return the record of what was typed; typed again it is the same, with its first time."""
    sealed = seal(key.public, options.address, options.epoch, secret)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    known = database.row(
        "SELECT record, mark FROM node_key WHERE address = ? AND epoch = ?",
        options.address, options.epoch,
    )  # fmt: skip
    if known is not None and known["mark"] == key.mark(secret):
        made = utc(json.loads(known["record"])["made_s"])
    record = {
        "record": FORMAT,
        "address": options.address,
        "epoch": options.epoch,
        "hardware": options.hardware or f"unknown-{options.address}",
        "board": options.board,
        "radio": options.radio,
        "lab": options.lab,
        "point": options.point,
        "made": made,
        "replaces": options.replaces,
        "sealed": {key.id: base64.b64encode(sealed).decode("ascii")},
    }
    return {name: value for name, value in record.items() if value is not None}


def revoke(options: argparse.Namespace) -> int:
    """Revoke a node, or one of its older keys."""
    with open_database(options) as database:
        if options.epoch is None:
            service.revoke(database, options.address, options.reason, options.at)
            print(f"node {options.address} is revoked; its frames are quarantined")
        else:
            service.revoke_epoch(database, options.address, options.epoch, options.reason)
            print(f"node {options.address}: its key of epoch {options.epoch} is revoked")
    return 0


def retire(options: argparse.Namespace) -> int:
    """Put a node out of service."""
    with open_database(options) as database:
        service.retire(database, options.address, options.reason, options.at)
    print(f"node {options.address} is retired")
    return 0


def swap(options: argparse.Namespace) -> int:
    """Hang a node at a measuring point, in place of what is there."""
    with open_database(options) as database:
        old = service.swap(database, options.point, options.address, options.reason, options.at)
    gone = f"; node {old} hangs nowhere now: retire it once it is wiped" if old is not None else ""
    print(f"node {options.address} hangs at {options.point}{gone}")
    return 0
