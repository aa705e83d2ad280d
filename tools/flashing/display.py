"""The lines that a technician watches while boards are worked on.

Place: provisioning, in the thread of each board -> Line -> Display -> the terminal.
Guarantee: what is printed is whole lines, whichever threads end at once. No line is longer than the
terminal. Without a terminal there are plain lines and no escape codes.

    1-2.1        MicroPython schreiben      ━━━━━━━━━━╸━━━━━━━    noch 14 s
    1-2.3        fehlgeschlagen: F406       ━━━━━━━━━━━━━╸━━━━
"""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tools.flashing.errors import FlashError
from tools.flashing.messages import text as message
from tools.flashing.outcome import Outcome
from tools.flashing.runs import Typical
from tools.flashing.texts import say
from tools.flashing.wish import STEPS

_WHERE_WIDTH = 14
_STEP_WIDTH = 27
_BAR_WIDTH = 18
_LEFT_WIDTH = 16
_A_SECOND = 1.0
_FRAMES_PER_S = 4
_MINUTE = 60


class Line:
    """The line of one board; what `wish.Observer` is, and more.

    `check` is called before each step and with each progress: it raises FlashError where the board
    has to be left as it is. `claim` is called once the MAC is known, and may raise as well.
    """

    def __init__(
        self,
        display: "Display",
        where: str,
        check: Callable[[], None] | None = None,
        claim: Callable[[str], None] | None = None,
    ):
        self.where = where
        self.failed: str | None = None
        self._display = display
        self._check = check or _nothing
        self.claim = claim
        self._step = ""
        self._began_s = 0.0
        self._first_s = display.clock()
        self._done = self._total = 0
        self._shown = 0.0

    def step(self, name: str) -> None:
        """One of STEPS begins."""
        self._check()
        with self._display.lock:
            self._step, self._began_s = name, self._display.clock()
            self._done = self._total = 0
        if not self._display.live:
            self._display.write("note", where=self.where, text=self._words())

    def progress(self, done: int, total: int) -> None:
        """So many bytes of this step are through."""
        self._check()
        with self._display.lock:
            self._done, self._total = done, total

    def note(self, what: FlashError) -> None:
        """Somebody may want to know this; it ends nothing."""
        self._display.write("note", where=self.where, text=message(what, self._display.lang))

    def found(self, mac: str) -> None:
        """The board here has this MAC; FlashError where it must not be touched."""
        if self.claim is not None:
            self.claim(mac)

    def left_s(self) -> float:
        """Return the seconds that this board is likely to take still."""
        if not self._step:
            return sum(map(self._display.typical.seconds, self._display.steps))
        spent = self._display.clock() - self._began_s
        usual = self._display.typical.seconds(self._step)
        if self._done and spent >= _A_SECOND:
            rest = spent * (self._total - self._done) / self._done
        else:
            rest = usual - spent
        after = self._display.steps[self._display.steps.index(self._step) + 1 :]
        return max(rest, 0.0) + sum(map(self._display.typical.seconds, after))

    def cells(self) -> tuple[RenderableType, ...]:
        """Return the four cells of the line, as it is now."""
        left = self.left_s()
        spent = self._display.clock() - self._first_s
        share = spent / (spent + left) if spent + left else 0.0
        self._shown = max(self._shown, share)  # an estimate that grew does not pull the bar back
        bar = ProgressBar(total=1.0, completed=self._shown, width=_BAR_WIDTH)
        if self.failed is not None:
            words = say("failed short", self._display.lang, code=self.failed)
            return self.where, Text(words, style="red"), bar, ""
        return self.where, self._words(), bar, _left(left, self._display.lang)

    def _words(self) -> str:
        if not self._step:
            return say("starts", self._display.lang, where=self.where)
        return say(f"step {self._step}", self._display.lang)


class Display:
    """A context while boards are worked on: lines at the bottom, and above them what is over.

    `clock` returns seconds; `foot` the text of the last line, or nothing; `steps` are what boards
    go through.
    """

    def __init__(
        self,
        console: Console,
        lang: str,
        typical: Typical,
        clock: Callable[[], float],
        foot: Callable[[], str] | None = None,
        steps: Sequence[str] = STEPS,
    ):
        self.console = console
        self.lang = lang
        self.typical = typical
        self.clock = clock
        self.foot = foot
        self.steps = steps
        # Never held while something is printed: the thread that draws the lines takes rich's lock
        # first and then this one, and printing takes rich's.
        self.lock = threading.Lock()
        self._printing = threading.Lock()
        # What cannot move the cursor up gets lines, as a pipe does.
        self.live = console.is_terminal and not console.is_dumb_terminal
        self._lines: list[Line] = []
        self._running: Live | None = None

    def __enter__(self) -> Self:
        if self.live:
            self._running = Live(
                console=self.console,
                get_renderable=self.render,
                refresh_per_second=_FRAMES_PER_S,
                transient=True,
            )
            self._running.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._running is not None:
            self._running.stop()

    def add(
        self,
        where: str,
        check: Callable[[], None] | None = None,
        claim: Callable[[str], None] | None = None,
    ) -> Line:
        """Return a new line for a board; a line that failed at the same place goes."""
        line = Line(self, where, check, claim)
        with self.lock:
            self._lines = [old for old in self._lines if old.where != where] + [line]
        return line

    def end(self, line: Line, outcome: Outcome) -> None:
        """Say what came of a board; only a line that failed stays."""
        with self.lock:
            if outcome.good or outcome.repeated:
                self._lines = [old for old in self._lines if old is not line]
            else:
                line.failed = outcome.result.error.code if outcome.result.error else ""
        self._print(_ended(outcome, self.lang), "red" if not outcome.good else "green")

    def write(self, name: str, **values: object) -> None:
        """Print a text above the lines."""
        self._print(say(name, self.lang, **values))

    def warn(self, error: FlashError) -> None:
        """Print what is wrong, but ends nothing."""
        self._print(message(error, self.lang), "yellow")

    def bell(self) -> None:
        """Ring, where somebody can hear it."""
        if self.live:
            self.console.bell()

    def render(self) -> RenderableType:
        """Return the lines of this moment."""
        table = Table.grid(padding=(0, 1))
        for width in (_WHERE_WIDTH, _STEP_WIDTH, _BAR_WIDTH, _LEFT_WIDTH):
            table.add_column(width=width, no_wrap=True, overflow="ellipsis")
        with self.lock:
            for line in self._lines:
                table.add_row(*line.cells())
        foot = self.foot() if self.foot is not None else ""
        return Group(table, Text(foot, no_wrap=True, overflow="ellipsis")) if foot else table

    def _print(self, words: str, style: str = "") -> None:
        with self._printing:
            self.console.print(Text(words, style=style), soft_wrap=not self.live)


def _ended(outcome: Outcome, lang: str) -> str:
    result = outcome.result
    if result.error is not None:
        return say("failed", lang, where=outcome.where, text=message(result.error, lang))
    wanted = [say(f"step {s.name}", lang) for s in result.steps if s.outcome == "wanted"]
    if wanted:
        return say("would do", lang, where=outcome.where, steps=", ".join(wanted))
    name = "nothing to do" if result.skipped else "ready"
    what = result.mac
    if result.address is not None:
        what = say("node", lang, address=result.address) + f" ({result.mac})"
    seconds = format(outcome.seconds, ".0f")
    return say(name, lang, where=outcome.where, seconds=seconds, what=what)


def _left(seconds: float, lang: str) -> str:
    """Return how long it still takes, in words."""
    whole = round(seconds)
    if whole < 1:
        return say("nearly", lang)
    time = f"{whole} s" if whole < _MINUTE else f"{whole // _MINUTE}:{whole % _MINUTE:02d} min"
    return say("left", lang, time=time)


def _nothing() -> None:
    """Check nothing."""
