"""Tables for a terminal of 80 columns, used by the commands that list things.

Place: under `nodes`, `points`, `labs`.
"""

from collections.abc import Sequence

WIDTH = 80
_LEAST = 8  # a column is not made narrower
_GAP = "  "


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], width: int = WIDTH) -> str:
    """Return aligned columns; the widest are cut with `…` until a line fits."""
    texts = [[_text(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(heads))]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return "\n".join(_line(row, widths) for row in texts)


def fields(pairs: Sequence[tuple[str, object]]) -> str:
    """Return `name  value` lines, values below each other."""
    longest = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(f"{name:<{longest}}{_GAP}{_text(value)}" for name, value in pairs)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        f"{cell if len(cell) <= width else cell[: width - 1] + '…':<{width}}"
        for cell, width in zip(row, widths, strict=True)
    ]
    return _GAP.join(cells).rstrip()


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)
