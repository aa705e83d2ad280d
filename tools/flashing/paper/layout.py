"""Where everything of a sign stands.

    +---------------------------+
    | title             picture |   white on a dark band
    +---------------------------+
    | purpose                   |
    | measured   | not measured |
    | QR   responsible, contact |
    |      data protection      |
    | device, place, date       |
    +---------------------------+

Place: sign -> `draw` -> page.
Guarantee: letters shrink together until everything fits, never below 6.5 points; what still does
not fit is FlashError F605.
"""

from typing import TYPE_CHECKING, NamedTuple, cast

from tools.flashing.errors import FlashError
from tools.flashing.paper import pictogram, qr, words
from tools.flashing.paper.label import day
from tools.flashing.paper.lettering import ELLIPSIS, drawable
from tools.flashing.paper.pages import FAMILY, Pages

if TYPE_CHECKING:
    from tools.flashing.paper.sign import Sign

_MARGIN = 7.0
_BAND = 25.0
_GAP = 4.0  # the quiet zone of the code fits into it
_CODE_MM = 26.0
_FOOT = 7.5
_CAPTION = 3.5
_SECTION = 0.9  # above a heading
_LINE = 1.28  # height of a line in sizes of its letters
_MM_PER_POINT = 25.4 / 72
_SIZES = (10.0, 9.6, 9.2, 8.8, 8.4, 8.0, 7.6, 7.2, 6.8, 6.5)  # points
# Of the title: one line of large letters is better than two of larger ones.
_TITLES = ((18.0, 1), (17.0, 1), (16.0, 1), (15.0, 1), (16.0, 2), (14.0, 2), (12.0, 2), (11.0, 3))
_DARK, _INK, _GREY = (0, 63, 92), (25, 25, 25), (85, 85, 85)
_YES, _NO = (0, 110, 60), (165, 25, 25)


class _Text(NamedTuple):
    """A text with its place: what a page is made of before it is known whether it fits."""

    text: str
    style: str = ""
    colour: tuple[int, int, int] = _INK


def draw(page: Pages, sign: "Sign", lang: str, subject: str, quantities: list[str]) -> None:
    """Fill a page with a sign in a language."""
    said = words.SUBJECTS[subject][lang]
    _band(page, said.title, sign.operator, subject)
    own = sign.purpose if lang == "de" else sign.purpose_en
    head = words.HEADINGS[lang]
    names = dict.fromkeys(words.QUANTITIES[name][lang == "en"] for name in quantities)
    often = words.every(int(sign.profile["interval_s"]), lang)
    body = _Body(
        _Text(drawable(own or said.purpose)),
        _Text(f"{head['measured']} {often}", "B", _YES),
        [_Text(name) for name in names],
        _Text(head["not_measured"], "B", _NO),
        [_Text(item) for item in said.not_measured],
        _contact(sign, lang),
    )
    for size in _SIZES:
        if body.fits(page, size):
            _code(page, sign.url, head["live"], body.draw(page, size))
            break
    else:
        raise FlashError("F605", field=_longest(sign), points=f"{_SIZES[-1]:g}")
    _foot(page, sign, lang)


def _longest(sign: "Sign") -> str:
    """Return the name of the field that should be shorter."""
    names = ("purpose", "purpose_en", "operator", "office", "phone", "mail", "data_protection")
    return max(names, key=lambda name: len(getattr(sign, name)))


def _contact(sign: "Sign", lang: str) -> list[_Text]:
    """Return the lines beside the QR code: a heading is bold, what belongs to it follows."""
    head = words.HEADINGS[lang]
    reach = [part for part in (sign.office, sign.phone, sign.mail) if part.strip()]
    until = f"{head['until']} {day(sign.until, lang)}." if sign.until else head["open_end"]
    return [
        _Text(head["operator"], "B"),
        _Text(drawable(sign.operator)),
        _Text(head["contact"], "B"),
        *(_Text(drawable(part)) for part in reach),
        _Text(head["data_protection"], "B"),
        _Text(head["no_personal_data"]),
        _Text(drawable(sign.data_protection)),
        _Text(until),
    ]


class _Body:
    """Purpose, two columns and contact, with letters of a size that is still to be found."""

    def __init__(
        self,
        purpose: _Text,
        measured: _Text,
        is_measured: list[_Text],
        not_measured: _Text,
        is_not: list[_Text],
        contact: list[_Text],
    ):
        self._purpose = purpose
        self._columns = ((measured, is_measured, _YES), (not_measured, is_not, _NO))
        self._contact = contact

    def fits(self, page: Pages, size: float) -> bool:
        """Say whether letters of so many points leave everything its room."""
        upper = self._flow(page, size, is_drawn=False)
        return upper <= self._contact_top(page, size) - _GAP

    def draw(self, page: Pages, size: float) -> float:
        """Write it; return where the contact begins."""
        self._flow(page, size, is_drawn=True)
        top = begin = self._contact_top(page, size)
        page.set_draw_color(_GREY)
        page.set_line_width(0.2)
        page.line(_MARGIN, top - _GAP / 2, page.w - _MARGIN, top - _GAP / 2)
        left = _MARGIN + _CODE_MM + _GAP
        for text in self._contact:
            top += _SECTION if text.style and top > begin else 0
            top += _write(page, text, size - 0.6, left, top, page.w - _MARGIN - left)
        return begin

    def _contact_top(self, page: Pages, size: float) -> float:
        left = _MARGIN + _CODE_MM + _GAP
        width = page.w - _MARGIN - left
        high = sum(_write(page, text, size - 0.6, left, 0, width, False) for text in self._contact)
        high += _SECTION * sum(bool(text.style) for text in self._contact[1:])
        return page.h - _MARGIN - _FOOT - max(high, _CODE_MM + _CAPTION + _GAP)

    def _flow(self, page: Pages, size: float, is_drawn: bool) -> float:
        """Return where the columns end."""
        width = page.w - 2 * _MARGIN
        top = _BAND + _GAP + 1
        top += _write(page, self._purpose, size, _MARGIN, top, width, is_drawn) + _GAP
        column = (width - _GAP) / 2
        ends = []
        for at, (title, items, colour) in enumerate(self._columns):
            left, y = _MARGIN + at * (column + _GAP), top
            y += _write(page, title, size, left, y, column, is_drawn) + 0.8
            indent = size * _MM_PER_POINT * 1.25
            for item in items:
                if is_drawn:
                    _mark(page, left, y, size, colour, is_cross=colour == _NO)
                y += _write(page, item, size - 0.4, left + indent, y, column - indent, is_drawn)
                y += 0.7
            ends.append(y)
        return max(ends)


def _write(
    page: Pages,
    text: _Text,
    size: float,
    x: float,
    y: float,
    width: float,
    is_drawn: bool = True,
) -> float:
    """Write a text with line breaks; return how high it is."""
    page.set_font(FAMILY, text.style, size)
    page.set_text_color(text.colour)
    page.set_xy(x, y)
    line = size * _MM_PER_POINT * _LINE
    high = page.multi_cell(width, line, text.text, align="L", dry_run=not is_drawn, output="HEIGHT")
    return cast(float, high)


def _mark(
    page: Pages, x: float, y: float, size: float, colour: tuple[int, int, int], is_cross: bool
) -> None:
    """Draw a tick or a cross before a line."""
    em = size * _MM_PER_POINT
    page.set_draw_color(colour)
    page.set_line_width(em / 7)
    x, y, side = x + em * 0.1, y + em * 0.33, em * 0.6
    if is_cross:
        page.line(x, y, x + side, y + side)
        page.line(x, y + side, x + side, y)
    else:
        page.polyline([(x, y + side * 0.6), (x + side * 0.35, y + side), (x + side, y)])


def _band(page: Pages, title: str, operator: str, subject: str) -> None:
    """Draw the head of the page."""
    page.set_fill_color(_DARK)
    page.rect(0, 0, page.w, _BAND, style="F")
    side = 14.0
    pictogram.draw(page, subject, page.w - _MARGIN - side, (_BAND - side) / 2, side)
    width = page.w - 2 * _MARGIN - side - _GAP
    white = (255, 255, 255)
    shown = _Text(drawable(title), "B", white), _Text(drawable(operator), "", white)
    for size, lines in _TITLES:
        sizes = size, min(size, 15) * 0.68
        highs = [
            _write(page, text, each, _MARGIN, 0, width, False)
            for text, each in zip(shown, sizes, strict=True)
        ]
        if highs[0] <= lines * 1.05 * size * _MM_PER_POINT * _LINE and sum(highs) <= _BAND - 5:
            break
    else:
        raise FlashError("F605", field="operator", points=f"{sizes[1]:.0f}")
    y = (_BAND - sum(highs)) / 2
    for text, each, high in zip(shown, sizes, highs, strict=True):
        _write(page, text, each, _MARGIN, y, width)
        y += high


def _code(page: Pages, url: str, caption: str, top: float) -> None:
    """Draw the way to the live data below a caption; the quiet zone reaches into the margin."""
    rows = qr.modules(url)
    module = min(_CODE_MM / len(rows), _GAP / qr.QUIET)
    _write(page, _Text(caption, "B"), 9.0, _MARGIN, top, _CODE_MM + 2)
    top += _CAPTION + qr.QUIET * module
    page.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        for start, length in _runs(row):
            x, y = _MARGIN + start * module, top + down * module
            page.rect(x, y, length * module, module, style="F")
    page.link(_MARGIN, top, _CODE_MM, _CODE_MM, url)


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return (start, length) of what is dark in a row: fewer shapes, and no gaps between them."""
    runs, at = [], 0
    while at < len(row):
        length = 0
        while at + length < len(row) and row[at + length]:
            length += 1
        if length:
            runs.append((at, length))
        at += max(1, length)
    return runs


def _foot(page: Pages, sign: "Sign", lang: str) -> None:
    """Write which device it is, and what its values are worth.

    A long name of a place shrinks, then ends in an ellipsis: its device has a number.
    """
    head = words.HEADINGS[lang]
    place = [f"{head['node']} {sign.address}", sign.point, sign.lab]
    lines = (
        f"{head['guide']} {head['made']} {day(sign.made, lang)}",
        drawable(" · ".join([part for part in place if part.strip()])),
    )
    page.set_text_color(_GREY)
    width = page.w - 2 * _MARGIN
    for at, line in enumerate(lines):
        size = 7.0
        page.set_font(FAMILY, "", size)
        while size > 5.5 and page.get_string_width(line) > width:
            size -= 0.25
            page.set_font(FAMILY, "", size)
        while page.get_string_width(line) > width:
            line = line.rstrip(ELLIPSIS)[:-1].rstrip() + ELLIPSIS
        page.text(_MARGIN, page.h - _MARGIN - 1.6 + at * 3.2, line)
