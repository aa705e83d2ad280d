"""`tools/flash retire`: wipe a board, prove it, and put that down.

Place: port -> here -> retiring -> the board, its record.
Guarantee: at a terminal nothing is wiped before its address was typed.
"""

from tools.flashing import retiring
from tools.flashing.cli import running, sockets
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser
from tools.flashing.display import Line
from tools.flashing.errors import FlashError
from tools.flashing.wish import Result, Wish


def add_retire(parser: Parser) -> None:
    """Add the options."""
    parser.option("--port", "PORT")
    parser.flag("--yes")
    parser.flag("--dry-run")
    parser.flag("--json")


def retire(desk: Desk) -> int:
    """Wipe one board; return the exit code."""
    given = desk.given
    found = sockets.chosen(desk)
    workshop = desk.workshop
    if not given.yes and not given.dry_run:
        _ask(desk, found[0])

    def work(port: str, wish: Wish, line: Line) -> Result:
        return retiring.retire(port, workshop, line, given.dry_run)

    bench = running.opened(desk, work, lambda port: running.UNKNOWN, again=False)
    bench.display.steps = retiring.STEPS
    return running.all_of(desk, bench, found)


def _ask(desk: Desk, port: sockets.Port) -> None:
    """Have the address typed of the board that is to be wiped; F811, F812 or F821 else."""
    if desk.dialogue is None:
        raise FlashError("F812", option="--yes", possible="--yes, --dry-run")
    seen = sockets.look_at(port)
    if seen.error is not None:
        raise seen.error
    known = desk.workshop.records.known(seen.mac)
    if known is None:
        raise FlashError("F414", mac=seen.mac)
    typed = desk.dialogue.line("retire sure", "--yes", mac=seen.mac, address=known.address)
    if typed != str(known.address):
        raise FlashError("F821", mac=seen.mac)
