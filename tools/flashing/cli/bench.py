"""`tools/flash batch`: boards are plugged in one after the other, and set up by themselves.

Place: ports -> here -> Bench -> table, <workshop>/runs.
Guarantee: Enter, Ctrl-C or enough boards end it: no new board is begun, and those that were are
finished. Ctrl-C once more stops them, too.
"""

from tools.flashing import ports
from tools.flashing.batch import Bench
from tools.flashing.cli import boards, running, wishes
from tools.flashing.cli.desk import Desk
from tools.flashing.cli.parser import Parser, whole
from tools.flashing.cli.sockets import where
from tools.flashing.dialogue import enter_pressed
from tools.flashing.texts import say

_MOST = 100000


def add_batch(parser: Parser) -> None:
    """Add the options."""
    parser.option("--port", "PORT", "option port batch", action="append")
    parser.option("--count", "NUMBER", type=whole("--count", 1, _MOST))
    boards.add_wish(parser)
    boards.add_run(parser)


def batch(desk: Desk) -> int:
    """Set up boards until enough is enough; return the exit code."""
    given = desk.given
    wish = wishes.Wisher(desk, "node").for_any()
    work = running.provisioned(desk, boards.steps(given), given.dry_run)
    bench = running.opened(desk, work, lambda port: wish, count=given.count)
    bench.display.foot = lambda: say(
        "batch foot", desk.lang, good=bench.good, bad=bench.bad, running=bench.running
    )
    desk.say("batch starts")
    with running.Interrupts(most=2) as interrupts, bench.display:
        while not bench.over:
            _look(desk, bench)
            bench.reap(running.LOOK_S)
            if enter_pressed() or interrupts.count:
                _close(bench)
            if interrupts.count > 1:
                running.stop(bench)
    if bench.outcomes:
        total = bench.good + bench.bad
        percent = round(100 * bench.good / total) if total else 0
        code = running.concluded(desk, bench)
        desk.say("batch yield", good=bench.good, all=total, percent=percent)
        return code
    return 0


def _close(bench: Bench) -> None:
    """Take no more boards, and say so once."""
    if not bench.closed and bench.running:
        bench.display.write("batch ends", running=bench.running)
    bench.close()


def _look(desk: Desk, bench: Bench) -> None:
    """Have the bench look at the ports that are meant."""
    try:
        found = ports.found(desk.workshop.ports)
    except OSError:
        return  # one was pulled while it was read: the next look is soon
    wanted = desk.given.port
    bench.look([port for port in found if not wanted or {port.path, where(port)} & set(wanted)])
