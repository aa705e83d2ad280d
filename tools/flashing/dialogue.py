"""Asks a technician at a terminal: numbered answers, with what was answered last as the default.

Place: cli.wishes, cli.sockets -> here -> the terminal -> answers.
Guarantee: nothing is asked where nobody can answer: without a terminal there is no Dialogue. The
end of the input is F811, never an endless question.
"""

import re
import select
import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from tools.flashing.errors import FlashError
from tools.flashing.texts import say

NAME = re.compile(r"[a-z0-9_-]{1,64}")


class Dialogue:
    """Asks in `lang` on `console`, and reads the answers from `lines`."""

    def __init__(self, console: Console, lines: TextIO, lang: str):
        self._console = console
        self._lines = lines
        self.lang = lang

    def choose(
        self,
        question: str,
        option: str,
        possible: Sequence[str],
        usual: str | None = None,
        table: RenderableType | None = None,
    ) -> str:
        """Return one of several words, by number or by name; Enter is `usual`.

        `question` is a row of the texts, `option` the one that answers it without being asked.
        `table` shows the words in another way, its rows numbered from 1.
        """
        self._console.print(Text(say(question, self.lang), style="bold"))
        if table is not None:
            self._console.print(table)
        else:
            for number, word in enumerate(possible, 1):
                self._console.print(Text(f"  {number:2}  {word}"))
        while True:
            answer = self._answer(question, option, usual)
            if answer in possible:
                return answer
            if answer.isdecimal() and 1 <= int(answer) <= len(possible):
                return possible[int(answer) - 1]
            self._console.print(Text(say("number wanted", self.lang, most=len(possible))))

    def name(self, question: str, option: str, usual: str | None = None) -> str | None:
        """Return a name that the registry takes, or None where nothing is answered."""
        while True:
            answer = self._answer(question, option, usual or "", say(question, self.lang))
            if not answer:
                return None
            if NAME.fullmatch(answer):
                return answer
            self._console.print(Text(say("name wanted", self.lang)))

    def line(self, question: str, option: str, **values: object) -> str:
        """Return whatever is answered to a question with gaps."""
        return self._answer(question, option, "", say(question, self.lang, **values))

    def tell(self, words: str) -> None:
        """Show a line or some."""
        self._console.print(Text(words))

    def yes(self, words: str) -> bool:
        """Return whether a question, in words, is answered with yes; the end of the input is no."""
        self._console.print(Text(f"{words} [{say('yes or no', self.lang)}] "), end="")
        line = self._lines.readline()
        if not line:
            self._console.print()
        return line.strip().lower() in ("j", "ja", "y", "yes")

    def _answer(self, question: str, option: str, usual: str | None, words: str = "") -> str:
        default = f" [{usual}]" if usual else ""
        self._console.print(Text(f"{words}{default}> ".lstrip()), end="")
        line = self._lines.readline()
        if not line:
            self._console.print()
            asked = words or say(question, self.lang)
            raise FlashError("F811", question=asked, option=option)
        answer = line.strip()
        if not answer and usual is not None:
            return usual
        return answer


def is_terminal(stream: TextIO | None = None) -> bool:
    """Say whether somebody can answer."""
    stream = stream or sys.stdin
    return bool(stream) and not stream.closed and stream.isatty()


def enter_pressed(stream: TextIO | None = None) -> bool:
    """Say whether Enter was pressed since the last look; False without a terminal."""
    stream = stream or sys.stdin
    if not is_terminal(stream):
        return False
    ready, _, _ = select.select([stream], [], [], 0)
    if ready:
        stream.readline()
    return bool(ready)
