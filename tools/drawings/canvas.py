"""A sheet of SVG: boxes, lines and text that has to fit.

Place: drawings -> `Canvas` -> file.
Guarantee: plain SVG 1.1 with shapes and text only, so any viewer shows it. A text that is wider
than its room is a ValueError. Widths are an estimate on the safe side, since nobody knows the
reader's font.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

FONT = "DejaVu Sans, Verdana, Arial, sans-serif"
# Width of a letter in sizes of the font, a little more than DejaVu Sans needs.
EM, BOLD_EM = 0.62, 0.7
INK = "#202020"
PAPER = "#ffffff"
BOARD = "#e3ecf5"
PART = "#f3ecdd"


def width_of(text: str, size: int, is_bold: bool = False) -> float:
    """Return how wide a text is at most."""
    return len(text) * size * (BOLD_EM if is_bold else EM)


class Canvas:
    """Units are points of a sheet of this size; a phone shows 600 of them side by side."""

    def __init__(self, width: int, height: int, title: str):
        self._head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="{FONT}" role="img">'
        )
        self._shapes = [f"<title>{escape(title)}</title>"]
        self.box(0, 0, width, height, PAPER, is_framed=False)

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, is_framed: bool = True
    ) -> None:
        """Draw a rectangle."""
        frame = f' stroke="{INK}" stroke-width="2" rx="6"' if is_framed else ""
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self._shapes.append(f'<rect {place} fill="{fill}"{frame}/>')

    def line(
        self, points: Sequence[tuple[float, float]], colour: str = INK, width: float = 4
    ) -> None:
        """Draw a wire through points, with a white edge where it crosses another."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        for stroke, thickness in ((PAPER, width + 4), (colour, width)):
            self._shapes.append(
                f'<polyline points="{path}" fill="none" stroke="{stroke}" '
                f'stroke-width="{thickness:g}"/>'
            )

    def dot(self, x: float, y: float, colour: str = INK) -> None:
        """Draw where wires meet."""
        self._shapes.append(f'<circle cx="{x:g}" cy="{y:g}" r="6" fill="{colour}"/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        room: float,
        size: int = 18,
        anchor: str = "start",
        is_bold: bool = False,
    ) -> None:
        """Write one line whose middle is at `y`; `room` is how wide it may be."""
        if width_of(words, size, is_bold) > room:
            raise ValueError(f"{words!r} is wider than {room:g}")
        weight = ' font-weight="bold"' if is_bold else ""
        self._shapes.append(
            f'<text x="{x:g}" y="{y + size * 0.36:g}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{INK}"{weight}>{escape(words)}</text>'
        )

    def resistor(self, x: float, y: float, is_upright: bool) -> None:
        """Draw a resistor over a wire, with its middle there."""
        half = (8, 17) if is_upright else (17, 8)
        self.box(x - half[0], y - half[1], 2 * half[0], 2 * half[1], PAPER)

    def capacitor(self, x: float, y: float) -> None:
        """Draw a capacitor over an upright wire."""
        self.box(x - 12, y - 4, 24, 8, PAPER, is_framed=False)
        for at in (y - 5, y + 5):
            self.line([(x - 13, at), (x + 13, at)], width=3)

    def svg(self) -> str:
        """Return the file."""
        return "\n".join([self._head, *self._shapes, "</svg>", ""])
