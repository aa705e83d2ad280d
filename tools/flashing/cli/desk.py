"""What a command works with: the terminal, the language, the workshop, the bundle.

Place: cli -> Desk -> the functions of the commands.
Guarantee: workshop and bundle are opened when a command first wants them, and not before.
"""

import json
import sys
import time
from argparse import Namespace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console

from tools.flashing.cli import terminal
from tools.flashing.dialogue import Dialogue, is_terminal
from tools.flashing.texts import say

if TYPE_CHECKING:
    from tools.flashing.bundle import Bundle
    from tools.flashing.workshop import Workshop

_COLUMNS = 80


class Desk:
    """`given` are the options of the command. With --json people's words go to standard error."""

    def __init__(self, given: Namespace, lang: str, lines: TextIO | None = None):
        self.given = given
        self.lang = lang
        self.as_json = bool(getattr(given, "json", False))
        self.console = console(sys.stderr if self.as_json else sys.stdout)
        self._lines = lines or sys.stdin

    @property
    def dialogue(self) -> Dialogue | None:
        """Return whom to ask, or None where nobody can see a question and answer it."""
        if self.as_json or not (is_terminal(self._lines) and self.console.is_terminal):
            return None
        return Dialogue(self.console, self._lines, self.lang)

    @cached_property
    def workshop(self) -> "Workshop":
        """Return the workshop; F3xx where it is not there or its settings are wrong."""
        from tools.flashing import workshop

        return workshop.load(self.workshop_folder)

    @cached_property
    def workshop_folder(self) -> Path:
        """Return the folder of the workshop, which may not be there."""
        from tools.flashing import workshop

        return Path(self.given.workshop) if self.given.workshop else workshop.default_folder()

    @cached_property
    def bundle(self) -> "Bundle":
        """Return the bundle, checked; F2xx where there is none or it is not to be trusted."""
        from tools.flashing.bundle import open_bundle

        path = Path(self.given.bundle) if self.given.bundle else self.workshop.bundle
        return open_bundle(path, self.workshop.trusted)

    def say(self, name: str, **values: object) -> None:
        """Print one of the texts."""
        self.console.print(say(name, self.lang, **values), soft_wrap=True, highlight=False)

    def answer(self, line: dict[str, Any]) -> None:
        """Print a line of JSON on standard output."""
        try:
            print(json.dumps(line, ensure_ascii=False), flush=True)
        except BrokenPipeError:  # whoever read it is gone; boards are finished all the same
            terminal.hush(sys.stdout)

    def now(self) -> float:
        """Return Unix time."""
        return time.time()


class _Console(Console):
    """One that goes on silently where nobody reads it any more."""

    def on_broken_pipe(self) -> None:
        """Rich would end the thread that prints, be it in the middle of writing a board."""
        self.quiet = True
        terminal.hush(self.file)


def console(stream: TextIO) -> Console:
    """Return a console that colours nothing by itself; without a terminal 80 columns wide."""
    made = _Console(file=stream, highlight=False, emoji=False, markup=False)
    if not made.is_terminal:
        made.width = _COLUMNS
    return made
