"""Letters that fit: fonts, characters that they have, and texts that shrink before they are cut.

Place: label, sign -> here -> pictures, pages.
Guarantee: what `fitted` returns is not larger than its room. The fonts come with the project
(Atkinson Hyperlegible Next, made to be read by people with low vision; SIL Open Font License): what
a machine has installed changes nothing.
"""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import ImageFont

FONTS = Path(__file__).parent / "fonts"
REGULAR = FONTS / "AtkinsonHyperlegibleNext-Regular.ttf"
BOLD = FONTS / "AtkinsonHyperlegibleNext-Bold.ttf"
ELLIPSIS = "…"


@cache
def _characters() -> frozenset[int]:
    return frozenset(TTFont(REGULAR).getBestCmap()) & frozenset(TTFont(BOLD).getBestCmap())


def drawable(text: str) -> str:
    """Return a text on one line with characters that the fonts have.

    What they lack loses its accents and signs, or becomes a question mark.
    """
    one_line = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(_drawable(character) for character in one_line)


def _drawable(character: str) -> str:
    if ord(character) in _characters():
        return character
    plain = [
        part for part in unicodedata.normalize("NFKD", character) if ord(part) in _characters()
    ]
    return "".join(plain) or "?"


@cache
def font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """Return a font of so many dots."""
    return ImageFont.truetype(path, size)


def fitted(
    text: str, path: Path, width: int, height: int, smallest: int
) -> tuple[ImageFont.FreeTypeFont, str]:
    """Return a font and a text that fit into a room of dots: smaller, then cut with an ellipsis.

    Letters get not smaller than `smallest`, unless the room is lower than those.
    """
    text = drawable(text)
    size = max(1, height)
    while size > 1 and height_of(text, font(path, size)) > height:
        size -= 1
    while size > smallest and font(path, size).getlength(text) > width:
        size -= 1
    letters = font(path, size)
    return letters, cut(text, letters, width)


def cut(text: str, letters: ImageFont.FreeTypeFont, width: int) -> str:
    """Return as much of a text as its room has, with an ellipsis where something is missing."""
    if letters.getlength(text) <= width:
        return text
    while text and letters.getlength(text.rstrip() + ELLIPSIS) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS if text else ""


def height_of(text: str, letters: ImageFont.FreeTypeFont) -> int:
    """Return the height of a line; of digits that of their ink, for nothing hangs below them."""
    if text.isdigit():
        _, top, _, bottom = letters.getbbox(text, anchor="ls")
        return round(bottom - top)
    ascent, descent = letters.getmetrics()
    return ascent + descent
