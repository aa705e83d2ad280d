"""Pages of PDF that come out the same, byte for byte, whenever they are made.

Place: label, sheet, sign -> Pages -> PDF.
Guarantee: nothing of the machine and of the clock is in it; its date is the day that is given.
"""

from datetime import UTC, date, datetime, time
from io import BytesIO

from fpdf import FPDF
from PIL import Image

from tools.flashing.paper.lettering import BOLD, REGULAR
from tools.flashing.paper.sizes import MM_PER_INCH

FAMILY = "sign"
_INSET_MM = 0.02 * MM_PER_INCH / 72


class Pages(FPDF):
    """Pages of one size, without margins; the first is there already. Lengths are mm."""

    def __init__(self, width_mm: float, height_mm: float, title: str, lang: str, made: date):
        super().__init__(unit="mm", format=(width_mm, height_mm))
        self.set_margin(0)
        self.set_auto_page_break(False)
        self.c_margin = 0
        self.set_title(title)
        self.set_lang(lang)
        self.set_creation_date(datetime.combine(made, time(), UTC))
        self.set_producer("Neckar")
        self.add_page()

    def picture(self, picture: Image.Image, x: float, y: float, dpi: int) -> None:
        """Put a picture at a place, each dot of it exactly a dot of the printer.

        Places have two digits after the point in a PDF. A picture that ends behind a dot by such
        a rest is stretched over one more, so it ends before.
        """
        width, height = (dots / dpi * MM_PER_INCH - 2 * _INSET_MM for dots in picture.size)
        file = BytesIO()
        picture.save(file, "PNG")
        self.image(file, x + _INSET_MM, y + _INSET_MM, width, height)

    def use_letters(self) -> None:
        """Make the fonts known; a label has its letters in the picture."""
        self.add_font(FAMILY, "", REGULAR)
        self.add_font(FAMILY, "B", BOLD)

    def bytes(self) -> bytes:
        """Return the file."""
        return bytes(self.output())
