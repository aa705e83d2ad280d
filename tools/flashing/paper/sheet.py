"""Many labels on sheets for an office printer: A4, 3 x 8 labels of 70 x 37 mm.

Place: batch bench, command line -> labels -> one PDF.
Guarantee: as of a single label; a sheet that was begun is used from its next free label on.
"""

from collections.abc import Sequence

from tools.flashing.mount import code
from tools.flashing.paper import pages
from tools.flashing.paper.label import Label, draw_label
from tools.flashing.paper.sizes import SHEET

_WIDTH_MM, _HEIGHT_MM = 210, 297
_COLUMNS, _ROWS = 3, 8
_LEFT_MM = (_WIDTH_MM - _COLUMNS * SHEET.width_mm) / 2
_TOP_MM = (_HEIGHT_MM - _ROWS * SHEET.height_mm) / 2
PER_SHEET = _COLUMNS * _ROWS


def make_sheet(labels: Sequence[Label], first: int = 1) -> bytes:
    """Return a PDF of at least one label; `first`, from 1 on, is where the first sheet is free."""
    if not labels or not 1 <= first <= PER_SHEET:
        raise ValueError(f"{len(labels)} labels from place {first} on")
    title = f"{code.text(labels[0].address)} – {code.text(labels[-1].address)}"
    page = pages.Pages(_WIDTH_MM, _HEIGHT_MM, title, labels[0].lang, labels[0].made)
    for at, label in enumerate(labels, first - 1):
        row, column = divmod(at % PER_SHEET, _COLUMNS)
        if at % PER_SHEET == 0 and at > 0:
            page.add_page()
        x, y = _LEFT_MM + column * SHEET.width_mm, _TOP_MM + row * SHEET.height_mm
        page.picture(draw_label(label, SHEET), x, y, SHEET.dpi)
    return page.bytes()
