"""What many nodes lose, as a table for people and a drawing.

Place: `run` -> rows of `many.measure` -> `text`, `svg`. `python -m tools.benchmark.network.table
[drawing.svg]` does all of it.
Guarantee: the same rows for the same seed; no library draws.
"""

import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.benchmark.network.many import measure

Row = dict[str, Any]
NODES = (100, 500, 1000, 2000)
# (method, hidden share of pairs): only who looks cares whether somebody is hidden.
WAYS = (("at once", 0.0), ("spread", 0.0), ("cad", 0.0), ("cad", 0.3), ("cad", 0.6))
_COLOURS = ("#888888", "#c44e52", "#4c72b0", "#55a868", "#8172b2")
_WIDTH, _HEIGHT, _LEFT, _TOP = 640, 400, 70, 30
_DECADES = 5  # from all readings lost down to 0.001 %


def run(
    days: float = 2.0, seed: int = 1, nodes: Iterable[int] = NODES, downlinks: str = "no yes"
) -> list[Row]:
    """Measure all ways with so many nodes, without a downlink and with one."""
    return [
        measure(count, hidden, method, days, seed, downlink == "yes")
        for downlink in downlinks.split()
        for count in nodes
        for method, hidden in WAYS
    ]


def text(rows: list[Row]) -> str:
    """Return a table, one line a run."""
    lines = [
        "downlink nodes method  hidden   readings   lost  delivered  frames heard: all  settled"
        "   load  ms/reading  deferred forced  duty"
    ]
    for row in rows:
        lost = row["readings_journaled"] - row["readings_delivered"]
        lines.append(
            f"{'yes' if row['downlink'] else 'no':8}{row['nodes']:6d} {row['method']:8}"
            f"{100 * row['hidden']:5.0f} %{row['readings_journaled']:11d}{lost:7d}"
            f"{100 * row['reading_delivery']:9.3f} %{100 * row['frame_delivery']:16.1f} %"
            f"{100 * row['settled_frame_delivery']:7.1f} %{100 * row['load']:5.1f} %"
            f"{row['airtime_ms_per_reading']:12.1f}{row['deferred']:10d}{row['forced']:7d}"
            f"{row['duty_violations']:6d}"
        )
    return "\n".join(lines) + "\n"


def svg(rows: list[Row], downlink: bool = False) -> str:
    """Return a drawing: readings lost over nodes, one line a way, both axes logarithmic."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="18">Readings lost, one SF9 channel, a sample every 15 minutes,'
        f" {'with' if downlink else 'without any'} downlink</text>",
    ]
    for decade in range(_DECADES + 1):
        y = _y(10.0**-decade)
        label = f"{100 * 10.0**-decade:g} %"
        parts.append(_line(((_LEFT, y), (_WIDTH - 130, y)), "#dddddd"))
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{label}</text>')
    chosen = [row for row in rows if row["downlink"] == downlink]
    for count in sorted({row["nodes"] for row in chosen}):
        x = _x(count)
        parts.append(f'<text x="{x:.0f}" y="{_HEIGHT - 14}" text-anchor="middle">{count}</text>')
    for (method, hidden), colour in zip(WAYS, _COLOURS, strict=True):
        points = [
            (_x(row["nodes"]), _y(1 - row["reading_delivery"]))
            for row in chosen
            if (row["method"], row["hidden"]) == (method, hidden)
        ]
        if points:
            name = f"{method}, {100 * hidden:.0f} % hidden" if method == "cad" else method
            parts.append(_line(points, colour))
            parts.append(
                f'<text x="{points[-1][0] + 8:.0f}" y="{points[-1][1] + 4:.0f}"'
                f' fill="{colour}">{name}</text>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(nodes: int) -> float:
    share = math.log(nodes / NODES[0]) / math.log(NODES[-1] / NODES[0])
    return _LEFT + 10 + share * (_WIDTH - _LEFT - 150)


def _y(lost: float) -> float:
    decades = min(-math.log10(lost), _DECADES) if lost > 0 else _DECADES
    return _TOP + decades / _DECADES * (_HEIGHT - _TOP - 40)


def _line(points: Iterable[tuple[float, float]], colour: str) -> str:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>'


def main() -> None:
    """Measure, print, and draw where a file is named."""
    rows = run()
    print(text(rows), end="")
    for name in sys.argv[1:2]:
        Path(name).write_text(svg(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
