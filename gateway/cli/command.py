"""`neckar-gateway command ...`: tell a node or a lab something, and see what became of it.

Place: the operator's shell -> here -> commands.db -> the running gateway, within a second.
Guarantee: what is wrong is one line with exit code 2, and nothing of it is stored. It works while
the gateway runs, and while it does not: then the command waits for it.

0  stored; with --wait: carried out
1  with --wait: failed or expired
"""

import argparse
import getpass
import json
import re
import time
from dataclasses import asdict
from typing import Any

from gateway.commands import operations, requests
from gateway.commands.directory import RegistryDirectory
from gateway.commands.intake import Intake, Limits
from gateway.commands.records import ACKNOWLEDGED, CLI, QUEUED, Group, Order, RefusedError
from gateway.commands.requests import Request, check_expiry
from gateway.commands.store import Store
from gateway.commands.tables import Groups
from gateway.config import Config, load

_LOOK_S = 0.2
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHOWN = 50


def add_parser(subparsers: Any) -> None:
    """Add `command` with all that it can do."""
    parser = subparsers.add_parser("command", description=__doc__.split("\n\n", maxsplit=1)[0])
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    send = what.add_parser("send", help="tell one node something")
    send.add_argument("target", metavar="POINT|ADDRESS")
    _add_command(send)
    lab = what.add_parser("lab", help="tell each node of a lab something")
    lab.add_argument("lab", metavar="LAB")
    _add_command(lab)
    config = what.add_parser("config", help="set a node's settings: try, confirm, read back")
    config.add_argument("target", metavar="POINT|ADDRESS")
    config.add_argument("fields", metavar="KEY=VALUE", nargs="*", help="null: the default again")
    _add_times(config)
    config.set_defaults(func=_config)
    listing = what.add_parser("list", help="the newest commands, and what became of them")
    listing.add_argument("--json", action="store_true", help="one JSON object on each line")
    listing.set_defaults(func=_list)
    cancel = what.add_parser("cancel", help="take back what has not left")
    cancel.add_argument("id", metavar="ID", help="a number of `list`; lab-3 for a lab's")
    cancel.set_defaults(func=_cancel)


def _add_command(parser: argparse.ArgumentParser) -> None:
    names = ", ".join(name for name in operations.OPERATIONS if name != "config")
    parser.add_argument("op", metavar="COMMAND", help=names)
    parser.add_argument("arguments", metavar="NAME=VALUE", nargs="*")
    parser.add_argument("--yes", action="store_true", help="for what cannot be undone")
    _add_times(parser)
    parser.set_defaults(func=_send)


def _add_times(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--expires", metavar="1h", help="not after that: 90s, 30m, 1h, 7d")
    parser.add_argument("--wait", action="store_true", help="until it is over")


class _Desk:
    """The store and the registry of a configuration, as the gateway has them."""

    def __init__(self, options: argparse.Namespace):
        self.config: Config = load(options.config)
        self.store = Store(self.config.commands.path)
        self.places = RegistryDirectory(self.config.registry.path)
        self.groups = Groups(self.store)
        own = self.config.commands
        limits = Limits(own.max_queued, own.default_expiry_s)
        self.intake = Intake(self.store, self.places, self.config.city, limits)

    def where(self, target: str) -> tuple[str, str]:
        """Return (lab, point) of a point or an address."""
        is_number = re.fullmatch(r"\d{1,5}", target)
        address = int(target) if is_number else self.intake.address_of(target)
        node = None if address is None else self.places.find(address)
        if node is None:
            raise RefusedError("target", target, "a point or an address that the registry has")
        return node.lab, node.name

    def take(self, request: Request, wait: bool) -> int:
        """Store a request, say so, and wait where that is wanted."""
        what, _ = self.intake.take(request, CLI, _now_ms())
        print(_line(what) if isinstance(what, Order) else _group_line(self, what))
        return self._wait(what) if wait else 0

    def _wait(self, what: Order | Group) -> int:
        while True:
            if isinstance(what, Order):
                found = self.store.order(what.id)
                if found is None or not found.is_open:
                    print(_line(found or what))
                    return 0 if found is not None and found.state == ACKNOWLEDGED else 1
            else:
                counts = self.groups.progress(what.id)
                if not counts.keys() & {"waiting", QUEUED, "sent"}:
                    print(_group_line(self, self.groups.get(what.id) or what))
                    return 0 if counts.keys() <= {ACKNOWLEDGED} else 1
            time.sleep(_LOOK_S)


def _send(options: argparse.Namespace) -> int:
    if options.op == "config":
        raise RefusedError("command", "config", "given as: neckar-gateway command config")
    given = dict(_pair(text) for text in options.arguments)
    arguments = operations.check(options.op, given, CLI)
    if operations.OPERATIONS[options.op].careful and not options.yes:
        raise RefusedError("--yes", "missing", f"there: {options.op} cannot be undone")
    desk = _Desk(options)
    lab, point = (options.lab, "") if options.what == "lab" else desk.where(options.target)
    return desk.take(_request(options, lab, point, options.op, arguments), options.wait)


def _config(options: argparse.Namespace) -> int:
    fields: dict[str, Any] = {}
    for text in options.fields:
        name, value = _pair(text)
        at = fields
        *above, last = name.split(".")
        for part in above:  # radio.every=4
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise RefusedError(name, value, "within an object, or its upper field set alone")
        at[last] = value
    arguments = operations.check("config", {"set": fields}, CLI)
    desk = _Desk(options)
    request = _request(options, *desk.where(options.target), "config", arguments)
    return desk.take(request, options.wait)


def _request(options: argparse.Namespace, lab: str, point: str, op: str, given: dict) -> Request:
    expires_s = None if options.expires is None else _seconds(options.expires)
    return Request(lab, point, op, given, None, expires_s, getpass.getuser())


def _list(options: argparse.Namespace) -> int:
    desk = _Desk(options)
    for group in desk.groups.newest(_SHOWN):
        if options.json:
            print(json.dumps({**vars(group), "progress": desk.groups.progress(group.id)}))
        else:
            print(_group_line(desk, group))
    for order in desk.store.newest(_SHOWN):
        print(json.dumps(asdict(order)) if options.json else _line(order))
    return 0


def _cancel(options: argparse.Namespace) -> int:
    desk = _Desk(options)
    match = re.fullmatch(r"(lab-)?(\d{1,15})", options.id)
    found: Order | Group | None = None
    if match:
        number = int(match[2])
        found = desk.groups.get(number) if match[1] else desk.store.order(number)
    if found is None or (isinstance(found, Order) and found.origin == "config"):
        raise RefusedError("id", options.id, "one of those that `command list` shows")
    if isinstance(found, Order):
        desk.intake.cancel(found, _now_ms())
        print(_line(found))
    else:
        count = desk.intake.cancel_group(found, _now_ms())
        print(f"{count} of {found.total} had not left and are cancelled")
    return 0


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise RefusedError("argument", text, "like NAME=VALUE")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value  # a text, without the quotes that a shell takes away


def _seconds(text: str) -> int:
    match = re.fullmatch(r"(\d{1,8})([smhd])", text)
    if match is None:
        raise RefusedError("--expires", text, "a number with s, m, h or d, as 90s or 1h")
    try:
        return check_expiry(int(match[1]) * _UNITS[match[2]])
    except RefusedError as e:
        most = f"at most {requests.LONGEST_EXPIRY_S // 86400}d and not 0"
        raise RefusedError("--expires", text, most) from e


def _line(order: Order) -> str:
    said = " ".join(f"{name}={_text(value)}" for name, value in order.result.items())
    given = operations.json_text(order.arguments) if order.arguments else ""
    words = [str(order.id), order.point, order.op, given, order.state, said, f"by {order.who}"]
    return "  ".join(word for word in words if word)


def _group_line(desk: _Desk, group: Group) -> str:
    counts = desk.groups.progress(group.id)
    said = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return f"lab-{group.id}  {group.lab}  {group.op}  {group.state}  {group.total} nodes: {said}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
