"""What a terminal shows of the bytes that a program sends it, and a picture of that.

Place: session -> `Screen.feed` -> `words`, `picture` -> SVG.
Guarantee: of escape sequences (ECMA-48) it knows those that rich sends; others do nothing. A long
line stays whole until the picture is made, which folds it at 80 columns as a terminal does.
"""

import io
import re
from collections.abc import Mapping
from itertools import groupby

from rich.console import Console
from rich.text import Text

COLUMNS = 80
_PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\][^\x07]*\x07|\x1b.|([^\x1b])", re.DOTALL)
_CLOSED = "0"
_LINE_HEIGHT, _MARGINS = 24.4, 16  # rich's lines, ours
# As rich's own, without its fonts: a page must not load anything.
_FORMAT = """<svg viewBox="0 0 {terminal_width} SHEET_HEIGHT" xmlns="http://www.w3.org/2000/svg"
xml:space="preserve">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
<rect fill="#292929" width="100%" height="100%" rx="8" />
<g transform="translate(8, 6)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Screen:
    """Rows of cells, each a character and the codes of its colour."""

    def __init__(self) -> None:
        self._rows: list[list[tuple[str, str]]] = [[]]
        self._row = self._column = 0
        self._codes = _CLOSED

    @property
    def words(self) -> str:
        """Return the text that is to be seen."""
        lines = ["".join(cell[0] for cell in row).rstrip() for row in self._rows]
        return "\n".join(lines).rstrip("\n")

    def copy(self) -> "Screen":
        """Return a screen that stays as this one is now."""
        made = Screen()
        made._rows = [list(row) for row in self._rows]
        return made

    def feed(self, text: str) -> None:
        """Show what a program sent."""
        for piece in _PIECE.finditer(text):
            if piece[3] is not None:
                self._put(piece[3])
            elif piece[2] is not None:
                self._obey(piece[1], piece[2])

    def picture(self, name: str, hidden: Mapping[str, str]) -> str:
        """Return an SVG; `hidden` are texts that are not for the reader, and what stands there."""
        lines = [piece for row in self._shown() for piece in _folded(_line(row, hidden))]
        console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
        console.print(Text("\n").join(lines), no_wrap=True, overflow="ignore", crop=False)
        svg = console.export_svg(code_format=_FORMAT, unique_id=name)
        return svg.replace("SHEET_HEIGHT", str(round(len(lines) * _LINE_HEIGHT + _MARGINS)))

    def _shown(self) -> list[list[tuple[str, str]]]:
        """Return the rows down to the last with a text."""
        return self._rows[: len(self.words.split("\n"))]

    def _put(self, character: str) -> None:
        if character == "\n":
            self._row += 1
            while len(self._rows) <= self._row:
                self._rows.append([])
        elif character == "\r":
            self._column = 0
        elif character.isprintable():
            row = self._rows[self._row]
            row += [(" ", _CLOSED)] * (self._column + 1 - len(row))
            row[self._column] = (character, self._codes)
            self._column += 1

    def _obey(self, numbers: str, what: str) -> None:
        count = int(numbers) if numbers.isdecimal() else 0
        if what == "m":
            self._codes = _CLOSED if numbers in ("", "0") else f"{self._codes};{numbers}"
        elif what == "A":
            self._row = max(0, self._row - max(count, 1))
        elif what == "K":
            row = self._rows[self._row]
            del row[0 if count else self._column :]


def _line(row: list[tuple[str, str]], hidden: Mapping[str, str]) -> Text:
    """Return a row with its colours."""
    cells = list(row)
    for what, instead in hidden.items():
        while (at := "".join(cell[0] for cell in cells).find(what)) >= 0:
            codes = cells[at][1]
            cells[at : at + len(what)] = [(character, codes) for character in instead]
    pieces = [(codes, "".join(c for c, _ in run)) for codes, run in groupby(cells, _codes)]
    line = Text.from_ansi("".join(f"\x1b[{codes}m{words}" for codes, words in pieces))
    line.rstrip()
    return line


def _codes(cell: tuple[str, str]) -> str:
    return cell[1]


def _folded(line: Text) -> list[Text]:
    """Return a line in pieces as wide as the terminal."""
    return [line[at : at + COLUMNS] for at in range(0, max(len(line), 1), COLUMNS)]
