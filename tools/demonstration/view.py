"""The live table in the terminal: what a platform would show of each node.

Place: reads platform and stage; writes to the terminal, nothing else.
"""

import time
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tools.demonstration.nodes import Node, readings_per_sample
from tools.demonstration.stage import Stage
from tools.demonstration.texts import text

_COLUMNS = (
    "node",
    "link",
    "values",
    "age",
    "frames",
    "bytes",
    "expected",
    "received",
    "late",
    "lost",
)


def render(stage: Stage, lang: str) -> Group:
    """Return the table of this moment."""
    table = Table(title=text("title", lang), expand=True)
    for name in _COLUMNS:
        left = name in ("node", "link", "values")
        table.add_column(text(name, lang), justify="left" if left else "right", no_wrap=not left)
    for node in stage.nodes:
        table.add_row(*_row(stage, node, lang))
    return Group(table, Text(_footer(stage, lang)))


def _row(stage: Stage, node: Node, lang: str) -> list[str]:
    view = stage.platform.nodes.get(node.name)
    link = text("air" if node.wiring else "cable", lang)
    if view is None:
        return [node.name, link] + [""] * (len(_COLUMNS) - 2)
    status = view.status
    sent = stage.air.get("bytes", {}).get(node.name, 0) if node.wiring else node.bytes_up
    readings = status.get("received", 0) * readings_per_sample(node)
    return [
        node.name,
        link,
        "  ".join(f"{name} {_short(value)}" for name, value in view.values.items()),
        f"{time.time() - view.newest_s:.0f} s" if view.newest_s else "",
        str(status.get("self", {}).get("frames_sent", "")),
        f"{sent / readings:.1f}" if readings else "",
        str(status.get("expected", "")),
        str(status.get("received", "")),
        str(view.late),
        str(status.get("lost", "")),
    ]


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "/".join(str(v) for v in value)
    return "–" if value is None else f"{value:g}"


def _footer(stage: Stage, lang: str) -> str:
    gateway = stage.platform.gateway
    parts = [f"Gateway: {gateway.get('state', '…')}, Spool {gateway.get('spool_rows', '…')}"]
    if stage.options.chaos:
        done = ", ".join(f"{count}× {what}" for what, count in stage.chaos.done.items())
        parts.append(f"{text('chaos', lang)}: {done}")
    return "   ".join(parts)


def summary(result: dict[str, Any], lang: str) -> Table:
    """Return the numbers at the end as a table."""
    table = Table(title=text("result", lang), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in result.items():
        shown = f"p50 {value['p50']}, p99 {value['p99']}" if isinstance(value, dict) else str(value)
        table.add_row(text(name, lang), shown)
    return table
