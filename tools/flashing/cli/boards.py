"""`tools/flash node | modem | swap | rekey`: boards that are plugged in now, one or all.

Place: options, questions -> Wish -> running -> the boards.
"""

from argparse import Namespace

from tools.flashing.cli import running, sockets, wishes
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser, one_of, whole
from tools.flashing.errors import FlashError
from tools.flashing.wish import STEPS

_MOST_ADDRESS = 65535
_MOST_MAH = 1000000


def add_wish(parser: Parser) -> None:
    """Add what a board is to become."""
    parser.option("--lab", "NAME")
    parser.option("--board", "NAME")
    parser.option("--profile", "NAME")
    parser.choice("--link", ("wired", "lora"))
    parser.option("--battery", "MAH", type=whole("--battery", 1, _MOST_MAH))
    parser.option("--set", "SETTING", action="append", default=[])


def add_run(parser: Parser) -> None:
    """Add how it is done."""
    parser.option("--only", "STEPS", gaps={"steps": ", ".join(STEPS)})
    parser.flag("--erase")
    parser.flag("--dry-run")
    parser.flag("--json")


def add_node(parser: Parser) -> None:
    """Add the options."""
    _add_ports(parser)
    add_wish(parser)
    parser.option("--point", "NAME")
    parser.option("--address", "ADDRESS", type=whole("--address", 0, _MOST_ADDRESS))
    add_run(parser)


def add_modem(parser: Parser) -> None:
    """Add the options."""
    _add_ports(parser)
    parser.option("--lab", "NAME")
    parser.option("--board", "NAME")
    parser.option("--set", "SETTING", action="append", default=[])
    add_run(parser)


def add_swap(parser: Parser) -> None:
    """Add the options."""
    parser.option("--point", "NAME", required=True)
    parser.option("--replaces", "ADDRESS", type=whole("--replaces", 0, _MOST_ADDRESS))
    parser.option("--port", "PORT")
    add_wish(parser)
    add_run(parser)


def add_rekey(parser: Parser) -> None:
    """Add the options."""
    _add_ports(parser)
    parser.flag("--dry-run")
    parser.flag("--json")


def _add_ports(parser: Parser) -> None:
    parser.option("--port", "PORT")
    parser.flag("--all")


def steps(given: Namespace) -> list[str] | None:
    """Return the steps of --only, or None for all; F805 for one that is none."""
    if given.only is None:
        return None
    names = [name for name in given.only.split(",") if name]
    return [one_of("--only", STEPS)(name) for name in names or [given.only]]


def node(desk: Desk) -> int:
    """Set up boards as nodes; return the exit code."""
    return _set_up(desk, wishes.Wisher(desk, "node"))


def modem(desk: Desk) -> int:
    """Set up boards as modems; return the exit code."""
    return _set_up(desk, wishes.Wisher(desk, "modem"))


def swap(desk: Desk) -> int:
    """Have a new board take over a measuring point; return the exit code."""
    desk.given.replaces = wishes.replaced(desk)
    return _set_up(desk, wishes.Wisher(desk, "node"))


def rekey(desk: Desk) -> int:
    """Give nodes new keys; return the exit code."""
    found = sockets.chosen(desk)
    bench = running.opened(desk, running.rekeyed(desk), lambda port: running.UNKNOWN, again=False)
    return running.all_of(desk, bench, found)


def _set_up(desk: Desk, wisher: wishes.Wisher) -> int:
    given = desk.given
    only = steps(given)
    found = sockets.chosen(desk)
    if len(found) > 1 and getattr(given, "address", None) is not None:
        raise FlashError("F806", first="--all", second="--address")
    if len(found) > 1 and getattr(given, "point", None) is not None:
        raise FlashError("F806", first="--all", second="--point")
    wanted = {port.path: wisher.for_port(port) for port in found}
    stays = [path for path, (_, is_recorded) in wanted.items() if is_recorded]
    work = running.provisioned(desk, only, given.dry_run, stays)
    bench = running.opened(desk, work, lambda port: wanted[port.path][0], again=False)
    return running.all_of(desk, bench, found)
