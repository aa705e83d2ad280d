"""Results as tables for people.

Place: results of the parts -> here -> terminal.
Guarantee: figures of this run and figures of another day never stand in one table.
"""

from typing import Any

from rich.console import Console
from rich.table import Table

from tools.benchmark import references
from tools.benchmark.node import ESP32_RATIO


def show(console: Console, results: dict[str, dict[str, Any]]) -> None:
    """Print the tables of whatever was measured."""
    tables = {"gateway": _gateway, "bytes": _bytes, "node": _node}
    for part, result in results.items():
        for table in tables[part](result):
            console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _gateway(result: dict[str, Any]) -> list[Table]:
    single, window = result["single"], result["window"]
    broker = single["broker"]
    table = _table(
        f"The gateway, from a port to {broker}", "", "1 sample a frame", "16 samples a frame"
    )
    for key, label in (
        ("frames", "frames sent"),
        ("in_flight", "of one node at once"),
        ("frames_per_s", "frames a second"),
        ("readings_per_s", "readings a second"),
        ("cpu_us_per_frame", "CPU, µs a frame"),
        ("rss_idle_mb", "memory idle, MB"),
        ("rss_max_mb", "memory at most, MB"),
        ("lost", "frames lost"),
        ("startup_s", "start to first word, s"),
    ):
        table.add_row(label, f"{single[key]:,}", f"{window[key]:,}")
    for quantile in ("p50", "p99"):
        times = [str(run["latency_ms"][quantile]) for run in (single, window)]
        table.add_row(f"latency, idle line, ms {quantile}", *times)
    others = _table(references.TITLE, "", "a second", "CPU, µs each", "")
    for row in references.GATEWAYS:
        others.add_row(*row)
    return [table, others]


def _bytes(result: dict[str, Any]) -> list[Table]:
    table = _table(
        "Bytes a reading, whole frames (JSON: payload only)",
        *("set", "window", "readings", "radio", "wire", "JSON", "JSON / radio"),
    )
    rows: dict[tuple[str, int], dict[str, dict[str, Any]]] = {}
    for row in result["rows"]:
        rows.setdefault((row["set"], row["window"]), {})[row["format"]] = row
    last = ""
    for (name, window), forms in rows.items():
        if last and name != last:
            table.add_section()
        each = [forms[form]["bytes_per_reading"] for form in ("neckar", "neckar-wire", "json")]
        readings = str(forms["json"]["readings"])
        ratio = f"{forms['json']['bytes'] / forms['neckar']['bytes']:.1f}"
        figures = [f"{value:.2f}" for value in each]
        table.add_row("" if name == last else name, str(window), readings, *figures, ratio)
        last = name
    return [table]


def _node(result: dict[str, Any]) -> list[Table]:
    heap = _table(
        "Free heap, KB",
        *("profile", "main.py starts", "app is up", f"after {result['samples']} samples"),
        f"ESP32, estimate (/ {ESP32_RATIO})",
    )
    for profile, figures in result["heap_free_kb"].items():
        names = ("start", "app", "running", "running_esp32_estimate")
        heap.add_row(profile, *(f"{figures[name]:.1f}" for name in names))
    codec = _table("A batch of 16 samples of 4 quantities, µs", "", "MicroPython", "CPython")
    for key, label in (("encode_us", "encode and seal"), ("open_us", "open and decode")):
        codec.add_row(label, *(str(result[key][where]) for where in ("micropython", "cpython")))
    code = _table("Code on the board", "", "")
    size = "sources: no mpy-cross that fits" if result["mpy_kb"] is None else result["mpy_kb"]
    code.add_row(".mpy of firmware and protocol, KB", str(size))
    code.add_row("modules", str(result["modules"]))
    return [heap, codec, code]
