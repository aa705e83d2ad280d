"""A QR code as rows of modules, drawn in dots.

Place: a text -> `modules` -> label, sign.
Guarantee: at least level M of error correction, as high as the size allows; never a Micro QR, which
many telephones do not read. The four modules of quiet zone (ISO/IEC 18004, section 9.1) are the
caller's to keep white: QUIET.
"""

import segno
from PIL import ImageDraw

QUIET = 4


def modules(text: str) -> list[list[bool]]:
    """Return the rows of the smallest code that holds a text; True is dark."""
    code = segno.make(text, error="m", boost_error=True, micro=False)
    return [[bool(module) for module in row] for row in code.matrix]


def draw(canvas: ImageDraw.ImageDraw, rows: list[list[bool]], x: int, y: int, module: int) -> None:
    """Draw a code in black with its corner at (x, y), each module so many dots wide."""
    for down, row in enumerate(rows):
        for across, is_dark in enumerate(row):
            if is_dark:
                left, top = x + across * module, y + down * module
                canvas.rectangle((left, top, left + module - 1, top + module - 1), fill=0)
