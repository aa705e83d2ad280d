"""Which sizes labels have, and where their printers cannot print.

Place: workshop, command line -> LabelSize -> label, sheet.
"""

import re
from typing import NamedTuple

from tools.flashing.errors import FlashError

MM_PER_INCH = 25.4
_SMALLEST_MM, _LARGEST_MM = 8.0, 300.0
_LEAST_DPI, _MOST_DPI = 100, 1200
_USUAL_DPI = 300


class LabelSize(NamedTuple):
    """A label as it comes out of the printer."""

    width_mm: float
    height_mm: float
    dpi: int

    @property
    def margins_mm(self) -> tuple[float, float]:
        """Return what stays white at left and right, and above and below."""
        return _MARGINS_MM.get(self, _USUAL_MARGINS_MM)

    def dots(self, mm: float) -> int:
        """Return how many whole dots of the printer a length has."""
        return int(mm / MM_PER_INCH * self.dpi)


SIZES = {
    "brother-62x29": LabelSize(62, 29, 300),
    "brother-29x90": LabelSize(29, 90, 300),
    "dymo-89x36": LabelSize(89, 36, 300),
    "zebra-50x25": LabelSize(50, 25, 203),
}
# A sheet of 3 x 8 labels on A4.
SHEET = LabelSize(70, 37, 600)
# Brother prints 58.9 x 22.9 mm of a die-cut label of 62 x 29, and 25.9 x 83.9 of one of 29 x 90. A
# LabelWriter leaves 5.8 mm white at the end that leaves it first. Both are from drivers by others,
# no printer was at hand. Office printers leave up to 4.3 mm at the edges of the paper.
_MARGINS_MM = {
    SIZES["brother-62x29"]: (1.6, 3.1),
    SIZES["brother-29x90"]: (1.6, 3.1),
    SIZES["dymo-89x36"]: (6.0, 1.6),
    SIZES["zebra-50x25"]: (1.5, 1.5),
    SHEET: (5.0, 5.0),
}
_USUAL_MARGINS_MM = (2.0, 2.0)
_FREE = re.compile(r"(\d+(?:[.,]\d+)?)x(\d+(?:[.,]\d+)?)(?:@(\d+))?")


def size_named(name: str) -> LabelSize:
    """Return the size of a name of SIZES, or of `62x29` or `62x29@300`: mm, and dots per inch.

    FlashError F602 where it is neither, or no printer has it. Without dots per inch: 300.
    """
    known = SIZES.get(name)
    if known is not None:
        return known
    free = _FREE.fullmatch(name.strip().lower().replace("×", "x").replace(" ", ""))
    if free is not None:
        width, height = (float(free[at].replace(",", ".")) for at in (1, 2))
        dpi = int(free[3] or _USUAL_DPI)
        is_usual = all(_SMALLEST_MM <= side <= _LARGEST_MM for side in (width, height))
        if is_usual and _LEAST_DPI <= dpi <= _MOST_DPI:
            return LabelSize(width, height, dpi)
    raise FlashError("F602", size=name, known=list(SIZES))
