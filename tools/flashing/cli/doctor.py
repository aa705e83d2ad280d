"""`tools/flash doctor`: why a board does not answer.

Place: port -> here -> doctor.examine -> words, JSON, the archive for whoever helps.
Guarantee: without a terminal nothing is asked, and a board is touched only with --reset.
"""

import sys
from pathlib import Path

from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser
from tools.flashing.cli.sockets import named
from tools.flashing.doctor import examine
from tools.flashing.errors import FlashError
from tools.flashing.workshop import Workshop

_NO_WORKSHOP = "F300"


def add_doctor(parser: Parser) -> None:
    """Add the options."""
    parser.option("--port", "PORT")
    parser.flag("--reset")
    parser.option("--out", "FILE", "option support")
    parser.flag("--json")


def doctor(desk: Desk) -> int:
    """Examine and tell; return the exit code."""
    given = desk.given
    workshop = _workshop(desk)
    port = given.port
    if port is not None and workshop is not None:
        port = named(desk, port).path
    report = examine(
        port,
        workshop,
        lambda question: _asked(desk, question),
        lambda line: print(line, file=sys.stderr if desk.as_json else sys.stdout, flush=True),
        lang=desk.lang,
        reset=given.reset,
        bundle_out=Path(given.out) if given.out else None,
    )
    if desk.as_json:
        desk.answer(report.json())
    else:
        # Folded between words on a terminal; whole lines for a pipe.
        soft = not desk.console.is_terminal
        desk.console.print(report.text(desk.lang), soft_wrap=soft)
    return 0


def _workshop(desk: Desk) -> Workshop | None:
    """Return the workshop, or None where there is none: a broken one is told."""
    try:
        return desk.workshop
    except FlashError as e:
        if e.code != _NO_WORKSHOP or desk.given.workshop:
            raise
        return None


def _asked(desk: Desk, question: str) -> bool:
    dialogue = desk.dialogue
    return dialogue is not None and dialogue.yes(question)
