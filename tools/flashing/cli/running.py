"""Works on boards and shows it: what node, modem, swap, rekey and batch have in common.

Place: ports, wishes -> Bench with provisioning -> display, table, JSON, <workshop>/runs.
Guarantee: Ctrl-C ends each board between two steps or blocks; one more ends everything at once.
What was not finished by then has no main.py, so it does not run.
"""

import signal
import time
from collections.abc import Callable, Collection, Sequence
from types import FrameType, TracebackType
from typing import Any, Self

from tools.flashing.batch import Bench, Work
from tools.flashing.cli.desk import Desk
from tools.flashing.crash import told
from tools.flashing.display import Display, Line
from tools.flashing.errors import FlashError
from tools.flashing.outcome import Outcome
from tools.flashing.ports import Port
from tools.flashing.runs import Runs, Typical
from tools.flashing.tables import summary
from tools.flashing.wish import Result, Wish, wish_of

_RUNS = "runs"
_DISK = ("F303", "F320", "F321", "F322", "F323")
LOOK_S = 0.2
UNKNOWN = Wish(board="", profile=None, lab="")  # of a board that stays what its record says


def provisioned(
    desk: Desk, only: Sequence[str] | None, dry_run: bool, stays: Collection[str] = ()
) -> Work:
    """Return what sets up one board with the desk's workshop and bundle.

    `stays` are ports of boards that stay what their records say.
    """
    from tools.flashing.provisioning import provision

    workshop, bundle = desk.workshop, desk.bundle

    def work(port: str, wish: Wish, line: Line) -> Result:
        wanted = None if port in stays else wish
        return provision(port, wanted, workshop, bundle, line, only=only, dry_run=dry_run)

    return work


def rekeyed(desk: Desk) -> Work:
    """Return what gives a node a new key."""
    from tools.flashing.provisioning import rekey

    workshop, bundle, dry_run = desk.workshop, desk.bundle, desk.given.dry_run

    def work(port: str, wish: Wish, line: Line) -> Result:
        return rekey(port, workshop, bundle, line, dry_run)

    return work


def opened(desk: Desk, work: Work, wishes: Callable[[Port], Wish], **more: Any) -> Bench:
    """Return a bench that shows what it does, and keeps what came of it."""
    runs = Runs(desk.workshop.folder / _RUNS)
    display = Display(desk.console, desk.lang, Typical(runs.newest()), time.monotonic)
    dry_run = bool(getattr(desk.given, "dry_run", False))

    def recorded(wish: Wish, result: Result) -> Wish:
        if wish is not UNKNOWN or not result.mac:
            return wish
        known = desk.workshop.records.known(result.mac)
        return wish if known is None else wish_of(known.record)

    def keep(outcome: Outcome) -> None:
        line = outcome.line(desk.lang)
        if desk.as_json:
            desk.answer(line)
        if dry_run:
            return
        try:
            runs.append({"time": round(desk.now()), **line}, desk.now())
        except OSError as e:
            error = outcome.result.error
            if error is None or error.code not in _DISK:  # of one disk nobody is told twice
                display.warn(told(e))

    return Bench(work, wishes, display, keep, known=recorded, **more)


class Interrupts:
    """Counts Ctrl-C while boards are worked on; the one after `most` ends everything at once.

    An exception that may come anywhere would lose a board that has just ended.
    """

    def __init__(self, most: int):
        self.count = 0
        self._most = most
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._came)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _came(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > self._most:
            raise KeyboardInterrupt


def all_of(desk: Desk, bench: Bench, ports: Sequence[Port]) -> int:
    """Work on boards that are plugged in, all at once; return the exit code."""
    with Interrupts(most=1) as interrupts, bench.display:
        bench.look(ports)
        bench.close()
        while not bench.over:
            bench.reap(LOOK_S)
            if interrupts.count:
                stop(bench)
    return concluded(desk, bench)


def stop(bench: Bench) -> None:
    """Have all boards end where they can, and say so once."""
    if not bench.stopped and bench.running:
        bench.stop()
        bench.display.write("stopping")


def concluded(desk: Desk, bench: Bench) -> int:
    """Show what came of all boards; return the exit code."""
    outcomes = bench.told()
    if outcomes and not desk.as_json:
        desk.console.print(summary(outcomes, desk.lang, bench.display.steps))
    if any(_was_stopped(outcome.result.error) for outcome in bench.outcomes):
        raise FlashError("F809")
    return 1 if bench.bad else 0


def _was_stopped(error: FlashError | None) -> bool:
    return error is not None and error.code == "F809"
