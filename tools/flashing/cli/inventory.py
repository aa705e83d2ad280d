"""`tools/flash inventory [import | seal]`: which boards there are, here and in other workshops.

Place: Records -> here -> a table, JSON lines, or records to be mailed; a file -> here -> Records.
Guarantee: no key is shown, and what is exported holds keys sealed only.
"""

import sys
from pathlib import Path

from tools.flashing import durable
from tools.flashing import inventory as stock
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser
from tools.flashing.messages import text
from tools.flashing.tables import listing
from tools.flashing.texts import say

_COLUMNS = ("node", "mac", "board", "profile", "point", "state")


def add_inventory(parser: Parser) -> None:
    """Add the options."""
    parser.option("--export", "FILE")
    parser.flag("--json")


def inventory(desk: Desk) -> int:
    """Show all boards, or export their records; 1 where records contradict each other."""
    folder = desk.workshop.records.read()
    if desk.given.export:
        path = Path(desk.given.export)
        durable.write(path, stock.exported(folder.known))
        desk.say("file made", file=path)
    elif desk.as_json:
        for row in stock.rows(folder.known):
            desk.answer(row._asdict())
    else:
        _show(desk, stock.rows(folder.known))
    for problem in folder.problems:
        print(text(problem, desk.lang), file=sys.stderr)
    return 1 if folder.problems else 0


def add_inventory_import(parser: Parser) -> None:
    """Add the options."""
    parser.given("file", "FILE")


def inventory_import(desk: Desk) -> int:
    """Take over records of another workshop; return the exit code."""
    taken = stock.take(desk.workshop.records, Path(desk.given.file))
    desk.say("taken", new=taken.new, known=taken.known)
    return 0


def add_inventory_seal(parser: Parser) -> None:
    """Add the options."""
    parser.given("file", "FILE", "option escrow key")


def inventory_seal(desk: Desk) -> int:
    """Seal records again to gateways that came later; return the exit code."""
    desk.say("sealed", count=stock.seal_again(desk.workshop, Path(desk.given.file)))
    return 0


def _show(desk: Desk, rows: list[stock.Row]) -> None:
    """Print a table for each lab, narrow enough for any terminal; --json has all fields."""
    if not rows:
        desk.say("no nodes")
    for lab in sorted({row.lab for row in rows}):
        cells = [_cells(row, desk.lang) for row in rows if row.lab == lab]
        desk.console.print(f"{say('column lab', desk.lang)} {lab}")
        desk.console.print(listing(_COLUMNS, cells, desk.lang))


def _cells(row: stock.Row, lang: str) -> list[str]:
    state = say(f"state {row.state}", lang)
    named = (row.board or "", row.profile or "", row.point or "")
    return [str(row.address), row.hardware, *named, state]
