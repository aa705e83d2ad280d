"""The label of a board: which node it is, for people and for telephones.

    +--------+  17                big: to be read at arm's length
    |  QR    |  air-17            where it hangs, or its profile
    |        |  innenstadt · heltec_v3
    +--------+  Stadt Heilbronn
                25.11.2026

Place: provisioning, command line -> Label -> PNG and PDF for a label printer.
Guarantee: the QR code has the node's address and nothing else; no key is ever on paper. Each of its
modules is a whole number of the printer's dots and at least 0.4 mm. No text overlaps or leaves its
line: it shrinks, then ends in an ellipsis. The same label gives the same bytes.
"""

import math
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw

from tools.flashing.errors import FlashError
from tools.flashing.mount import code
from tools.flashing.paper import pages, qr
from tools.flashing.paper.lettering import BOLD, REGULAR, fitted, height_of
from tools.flashing.paper.sizes import MM_PER_INCH, LabelSize

LEAST_MODULE_MM = 0.4  # a telephone at 15 cm still tells modules of this size
_LEAST_TEXT_MM = 8.0  # room beside the code
_TEXT_SHARE = 0.42  # of the width, where there is enough of it
_SMALL_MM = 2.1  # 6 points: letters get not smaller before they are cut
_ROW_MM = 2.6  # a line lower than this is left out
_DIGITS_SHARE, _NAME_SHARE = 0.42, 0.17  # of the height


@dataclass(frozen=True)
class Label:
    """What stands on it; `name` is the point where it will hang, or its profile."""

    address: int
    name: str
    lab: str
    board: str
    operator: str
    made: date
    lang: str = "de"


class Files(NamedTuple):
    """The same label twice: one dot a pixel with its resolution, and a page of its size."""

    png: bytes
    pdf: bytes


def make_label(label: Label, size: LabelSize) -> Files:
    """Return the files of a label; FlashError F601 where it is too small for a code that scans."""
    picture = draw_label(label, size)
    title = code.text(label.address)
    page = pages.Pages(size.width_mm, size.height_mm, title, label.lang, label.made)
    page.picture(picture, 0, 0, size.dpi)
    return Files(png(picture, size.dpi), page.bytes())


def png(picture: Image.Image, dpi: int) -> bytes:
    """Return a picture as PNG that knows its resolution (pHYs)."""
    file = BytesIO()
    picture.save(file, "PNG", dpi=(dpi, dpi), optimize=True)
    return file.getvalue()


class _Face(NamedTuple):
    """A label as it is read, broader than high; everything in dots."""

    width: int
    height: int
    margin_x: int
    margin_y: int
    dpi: int

    def dots(self, mm: float) -> int:
        return max(1, int(mm / MM_PER_INCH * self.dpi))


def draw_label(label: Label, size: LabelSize) -> Image.Image:
    """Return a label in black and white; one that is higher than wide lies on its side."""
    is_upright = size.height_mm > size.width_mm
    width, height = size.dots(size.width_mm), size.dots(size.height_mm)
    margin_x, margin_y = (size.dots(margin) for margin in size.margins_mm)
    face = _Face(width, height, margin_x, margin_y, size.dpi)
    if is_upright:
        face = _Face(height, width, margin_y, margin_x, size.dpi)
    rows = qr.modules(code.text(label.address))
    module = _module(len(rows), face, size)
    picture = Image.new("1", (face.width, face.height), 1)
    canvas = ImageDraw.Draw(picture)
    canvas.fontmode = "1"
    left = max(face.margin_x, qr.QUIET * module)
    qr.draw(canvas, rows, left, (face.height - len(rows) * module) // 2, module)
    _letter(canvas, label, face, left + (len(rows) + qr.QUIET) * module)
    return picture.transpose(Image.Transpose.ROTATE_90) if is_upright else picture


def _module(count: int, face: _Face, size: LabelSize) -> int:
    """Return how many dots a module has, as many as leave room for the text."""
    least = math.ceil(LEAST_MODULE_MM / MM_PER_INCH * size.dpi)
    least_text = face.dots(_LEAST_TEXT_MM)
    for text in (max(_TEXT_SHARE * face.width, least_text), least_text):
        for module in range(face.height // count, least - 1, -1):
            quiet = qr.QUIET * module
            across = max(face.margin_x, quiet) + count * module + quiet + text + face.margin_x
            down = count * module + 2 * max(face.margin_y, quiet)
            if across <= face.width and down <= face.height:
                return module
    quiet = qr.QUIET * least
    across = max(face.margin_x, quiet) + count * least + quiet + least_text + face.margin_x
    down = count * least + 2 * max(face.margin_y, quiet)
    raise FlashError(
        "F601",
        width=f"{size.width_mm:g}",
        height=f"{size.height_mm:g}",
        dpi=size.dpi,
        least_width=math.ceil((across + 1) / size.dpi * MM_PER_INCH),
        least_height=math.ceil((down + 1) / size.dpi * MM_PER_INCH),
    )


def _letter(canvas: ImageDraw.ImageDraw, label: Label, face: _Face, left: int) -> None:
    """Write the lines beside the code; those that would be too low to read are left out.

    Address and date are never cut: half of a number is another number. The address has its room
    (`_module`), the date gets smaller.
    """
    top, room = face.margin_y, face.height - 2 * face.margin_y
    digits, name = round(room * _DIGITS_SHARE), round(room * _NAME_SHARE)
    made = day(label.made, label.lang)
    where = " · ".join(part for part in (label.lab, label.board) if part)
    small = [text for text in (where, label.operator, made) if text]
    small = small[: (room - digits - name) // face.dots(_ROW_MM)]
    smallest = face.dots(_SMALL_MM)
    rows = [(str(label.address), BOLD, digits, smallest), (label.name, BOLD, name, smallest)]
    for text in small:
        height = min(name, (room - digits - name) // len(small))
        rows.append((text, REGULAR, height, 1 if text == made else smallest))
    for text, path, height, least in rows:
        width = face.width - face.margin_x - left
        letters, shown = fitted(text, path, width, height, least)
        middle = top + height // 2
        if shown.isdigit():
            at, anchor = middle - height_of(shown, letters) // 2, "lt"
        else:
            at, anchor = middle, "lm"
        canvas.text((left, at), shown, fill=0, font=letters, anchor=anchor)
        top += height


def day(when: date, lang: str) -> str:
    """Return a date as a language writes it."""
    return when.strftime("%d.%m.%Y") if lang == "de" else when.strftime("%Y-%m-%d")
