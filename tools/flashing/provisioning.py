"""From whatever is plugged in to a node that runs, with a record and a label.

    look -> image -> files -> test -> key -> start -> record -> label

Place: command line, batch bench -> `provision`, in a thread for each board -> steps -> Result.
Guarantee: each step is skipped where all is right already, so a second run is short, and one that
follows a cut goes on from there. Whatever goes wrong is in the Result; the board runs only if it
was finished.
"""

import time
from collections.abc import Callable, Collection
from contextlib import suppress

from tools.flashing import steps
from tools.flashing.board import Board
from tools.flashing.bundle.opening import Bundle
from tools.flashing.errors import FlashError
from tools.flashing.wish import Observer, Result, Step, Wish
from tools.flashing.workshop import Workshop

_LOOK = "look"
_RENEWED = ("key", "start", "record", "label")
_STOPPING = {"image", "files", "key"}  # they leave a board that does not start by itself


def provision(
    port: str,
    wish: Wish | None,
    workshop: Workshop,
    bundle: Bundle,
    observer: Observer,
    only: Collection[str] | None = None,
    dry_run: bool = False,
    new_key: bool = False,
) -> Result:
    """Do what is missing; `only` these of STEPS, or with `dry_run` nothing but look.

    Without a wish the board stays what its record says. `new_key`: also where it has one.
    """
    result = Result(port)
    board = Board(port, wish, workshop, bundle, observer, new_key)
    try:
        _check(wish, workshop, bundle, new_key)
        _run(board, result, only, dry_run)
    except FlashError as e:
        result.error = e
    finally:
        _close(board, result)
    _tell(board, result)
    return result


def rekey(
    port: str,
    workshop: Workshop,
    bundle: Bundle,
    observer: Observer,
    dry_run: bool = False,
) -> Result:
    """Give a node a new key under its next epoch; the rest of it stays."""
    return provision(port, None, workshop, bundle, observer, _RENEWED, dry_run, new_key=True)


def _check(wish: Wish | None, workshop: Workshop, bundle: Bundle, new_key: bool) -> None:
    """Raise what can be known before a board is touched."""
    if wish is not None:
        bundle.files(wish.board, wish.profile, wish.role)
        workshop.lab(wish.lab)
        if wish.role == "node":
            workshop.recipients(wish.lab)
    if new_key or (wish is not None and wish.role == "node"):
        workshop.service_key(0)  # which a node gets with its key
        workshop.records.ready()


def _close(board: Board, result: Result) -> None:
    try:
        board.close()
    except FlashError as e:
        result.error = result.error or e


def _run(board: Board, result: Result, only: Collection[str] | None, dry_run: bool) -> None:
    board.observer.step(_LOOK)
    _timed(result, _LOOK, board.look)
    if only is not None and board.is_finished and _STOPPING & {*only}:
        only = {*only, "start"}  # a node that ran goes on
    is_sure = True  # of what the next steps would find
    forced = () if only is None else ("test",)
    for name, work in steps.ORDER.items():
        if only is not None and name not in only:
            continue
        if dry_run:
            is_wanted = not is_sure or _is_closed(board, name) or name in forced
            is_wanted = is_wanted or work.is_wanted(board)
            is_sure = is_sure and not (is_wanted and name == "image")
            board.is_changed = board.is_changed or is_wanted
            result.steps.append(Step(name, 0.0, "wanted" if is_wanted else "skipped"))
        elif name != "image" and _is_closed(board, name):
            if board.new_key and board.known is not None:
                raise FlashError("F404", mac=board.mac, address=board.known.address)
            raise FlashError("F413", step=name, lacking="image")
        else:
            _do(board, result, name, work, is_forced=name in forced)
    result.skipped = all(step.outcome == "skipped" for step in result.steps[1:])


def _is_closed(board: Board, name: str) -> bool:
    """Say whether a step that talks to MicroPython has none to talk to."""
    return name in ("files", "test", "key", "start") and board.chip is not None


def _do(board: Board, result: Result, name: str, work: steps.Work, is_forced: bool) -> None:
    def step() -> str:
        if not is_forced and not work.is_wanted(board):
            return "skipped"
        board.observer.step(name)
        work.do(board)
        board.is_changed = True
        return "done"

    _timed(result, name, step)


def _timed(result: Result, name: str, step: Callable[[], str | None]) -> None:
    begun_s = time.monotonic()
    outcome = "failed"
    try:
        outcome = step() or "done"
    finally:
        result.steps.append(Step(name, time.monotonic() - begun_s, outcome))


def _tell(board: Board, result: Result) -> None:
    result.mac = board.mac
    result.label = board.label
    with suppress(FlashError):
        board.learn() if board.mac else None
    if board.known is not None and board.wanted is not None and board.wish.role == "node":
        result.address, result.epoch = board.known.address, board.known.epoch
        result.record = board.known.path if board.is_finished else None
