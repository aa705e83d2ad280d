"""A small picture of what is measured, drawn with lines: no file, no font, no rights of others.

Place: sign -> `draw` -> page.
"""

import math
from collections.abc import Callable

from tools.flashing.paper.pages import Pages

_WHITE = (255, 255, 255)


def draw(page: Pages, subject: str, x: float, y: float, side: float) -> None:
    """Draw the picture of a subject of `words.SUBJECTS` in white into a square of mm."""
    page.set_draw_color(_WHITE)
    page.set_fill_color(_WHITE)
    page.set_line_width(side / 11)
    _PICTURES[subject](page, x, y, side)


def _wave(page: Pages, x: float, y: float, width: float, height: float) -> None:
    steps = 40
    points = [
        (x + width * at / steps, y - height * math.sin(4 * math.pi * at / steps))
        for at in range(steps + 1)
    ]
    page.polyline(points)


def _air(page: Pages, x: float, y: float, side: float) -> None:
    for share in (0.25, 0.5, 0.75):
        _wave(page, x, y + side * share, side, side / 12)


def _water(page: Pages, x: float, y: float, side: float) -> None:
    for share in (0.68, 0.9):
        _wave(page, x, y + side * share, side, side / 14)
    page.line(x + side / 2, y + side * 0.05, x + side / 2, y + side * 0.42)
    tip = (x + side / 2, y + side * 0.54)
    page.polygon(
        [tip, (tip[0] - side / 8, tip[1] - side / 6), (tip[0] + side / 8, tip[1] - side / 6)],
        style="F",
    )


def _noise(page: Pages, x: float, y: float, side: float) -> None:
    for at, share in enumerate((0.3, 0.7, 1.0, 0.5, 0.8, 0.35)):
        height = side * share
        left = x + side * at / 5.5
        page.rect(left, y + (side - height) / 2, side / 11, height, style="F")


def _traffic(page: Pages, x: float, y: float, side: float) -> None:
    roof = [(0.22, 0.5), (0.34, 0.24), (0.66, 0.24), (0.78, 0.5)]
    page.polyline([(x + side * across, y + side * down) for across, down in roof])
    page.rect(x + side * 0.04, y + side * 0.5, side * 0.92, side * 0.24, style="F")
    for across in (0.25, 0.75):
        page.circle(x + side * across, y + side * 0.77, side * 0.11, style="F")


def _weather(page: Pages, x: float, y: float, side: float) -> None:
    middle = x + side / 2, y + side / 2
    page.circle(*middle, side * 0.2, style="F")
    for at in range(8):
        angle = math.pi * at / 4
        page.line(
            *(
                place + side * share * function(angle)
                for share in (0.31, 0.47)
                for place, function in zip(middle, (math.cos, math.sin), strict=True)
            )
        )


def _parking(page: Pages, x: float, y: float, side: float) -> None:
    page.rect(x, y, side, side, style="D", round_corners=True, corner_radius=side / 8)
    page.line(x + side * 0.36, y + side * 0.22, x + side * 0.36, y + side * 0.8)
    page.circle(x + side * 0.5, y + side * 0.38, side * 0.16, style="D")


def _device(page: Pages, x: float, y: float, side: float) -> None:
    page.rect(x + side * 0.15, y + side * 0.4, side * 0.7, side * 0.5, style="D")
    page.line(x + side * 0.7, y + side * 0.4, x + side * 0.7, y + side * 0.08)


_PICTURES: dict[str, Callable[[Pages, float, float, float], None]] = {
    "air": _air,
    "device": _device,
    "noise": _noise,
    "parking": _parking,
    "traffic": _traffic,
    "water": _water,
    "weather": _weather,
}
