"""Results as tables for people.

Place: results of the parts -> here -> terminal.
Guarantee: figures of this run and figures of another day never stand in one table.
"""

from typing import Any

from rich.console import Console
from rich.table import Table

from tools.benchmark import bits, references
from tools.benchmark.codec import STEPS
from tools.benchmark.network import table as networks
from tools.benchmark.node import ESP32_RATIO
from tools.benchmark.sizes import WINDOWS


def show(console: Console, results: dict[str, dict[str, Any]]) -> None:
    """Print the tables of whatever was measured."""
    tables = {"gateway": _gateway, "bytes": _bytes, "node": _node, "network": _network}
    for part, result in results.items():
        for table in tables[part](result):
            console.print(table)
        if "table" in result:
            console.print(networks.text(result["table"]), soft_wrap=True)


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
        "Bytes a reading, everything that is sent (json: payload only), by samples in a window",
        *("set", "format", *map(str, WINDOWS), f"/ neckar, {bits.WINDOW}"),
    )
    sizes: dict[tuple[str, str], dict[int, float]] = {}
    for row in result["rows"]:
        each = sizes.setdefault((row["set"], row["format"]), {})
        each[row["window"]] = row["bytes"] / row["readings"]
    last = ""
    for (name, form), each in sizes.items():
        if last and name != last:
            table.add_section()
        figures = [f"{each[window]:.2f}" if window in each else "" for window in WINDOWS]
        ours = sizes[name, "neckar"].get(bits.WINDOW)
        ratio = f"{each[bits.WINDOW] / ours:.1f}" if ours else ""
        table.add_row("" if name == last else name, form, *figures, ratio)
        last = name
    return [table, _bound(result["bound"])]


def _bound(rows: list[dict[str, Any]]) -> Table:
    table = _table(
        f"Bits a reading: a model of the whole series, and frames of {bits.WINDOW} samples",
        *("set", "quantity", "readings", "model", "coded", "whole frame"),
    )
    last = ""
    for row in rows:
        if last and row["set"] != last:
            table.add_section()
        figures = [f"{row[key]:.2f}" for key in ("bound_bits", "coded_bits", "frame_bits")]
        name = "" if row["set"] == last else row["set"]
        table.add_row(name, row["quantity"], str(row["readings"]), *figures)
        last = row["set"]
    return table


def _node(result: dict[str, Any]) -> list[Table]:
    heap = _table(
        "Free heap, KB",
        *("profile", "main.py starts", "app is up", f"after {result['samples']} samples"),
        f"ESP32, estimate (/ {ESP32_RATIO})",
    )
    for profile, figures in result["heap_free_kb"].items():
        names = ("start", "app", "running", "running_esp32_estimate")
        heap.add_row(profile, *(f"{figures[name]:.1f}" for name in names))
    return [heap, _codec(result["codec"]), _code(result), _drivers(result)]


def _codec(shapes: dict[str, Any]) -> Table:
    table = _table(
        "One batch (quantities x samples), µs and bytes of heap; ratios are ours / prototype",
        *("", "", "CPython, µs", "MicroPython, µs", "heap"),
        *("prototype, µs", "heap", "time", "heap"),
    )
    for shape, found in shapes.items():
        for i, (step, _) in enumerate(STEPS):
            ours, other = found["micropython"][step], (found["prototype"] or {}).get(step)
            figures = [found["cpython"][step]["us"], ours["us"], ours["heap"]]
            if other:
                ratios = [f"{ours[key] / other[key]:.2f}" for key in ("us", "heap")]
                figures += [other["us"], other["heap"], *ratios]
            table.add_row("" if i else shape, step, *map(str, figures))
        table.add_section()
    return table


def _code(result: dict[str, Any]) -> Table:
    table = _table("Code on the board, .mpy", "", "")
    table.add_row("modules", str(result["modules"]))
    if result["mpy_kb"] is None:
        table.add_row("KB", "sources: no mpy-cross that fits")
        return table
    table.add_row("firmware and protocol, KB", str(result["mpy_kb"]))
    table.add_row("protocol, KB", str(result["protocol_mpy_kb"]))
    for module, size in sorted(result["protocol_mpy_bytes"].items(), key=lambda item: -item[1]):
        table.add_row(f"  {module}, bytes", str(size))
    return table


def _drivers(result: dict[str, Any]) -> Table:
    table = _table(
        "The radio drivers, in MicroPython on virtual chips",
        "",
        "µs from interrupt to caller",
        "heap of the driver, B a frame",
        "with asyncio's waiting, B",
    )
    for chip, ways in sorted(result["radio"].items()):
        for way, row in sorted(ways.items()):
            figures = (row["after_us"], row["steps_heap"], row["heap"])
            table.add_row(f"{chip}, {way}", *(f"{x:,}" for x in figures))
    return table


def _network(result: dict[str, Any]) -> list[Table]:
    title = (
        f"{result['nodes']} boards on one SF9 channel, {result['days']:g} days,"
        f" {100 * result['loss']:g} % of good frames lost, {result['gateway_kills']} gateway kills"
    )
    city = _table(title, "", "")
    for key, label in (
        ("journaled", "readings in the journals"),
        ("delivered", "readings at the platform"),
        ("missing", "missing"),
        ("missing_named", "of those, named by the ledger"),
        ("duty_violations", "violations of the duty cycle, says the ether"),
        ("frame_delivery", "share of frames that the modem heard"),
        ("airtime_ms_per_reading", "airtime per reading, ms"),
        ("airtime_ms_predicted", "the same, by formula from the sizes of the frames"),
    ):
        city.add_row(label, f"{result[key]:,}")
    row = result["many"]
    many = _table("1,000 nodes, CAD, 30 % hidden pairs, no downlink, 2 days", "", "")
    many.add_row("readings delivered", f"{100 * row['reading_delivery']:.3f} %")
    many.add_row("frames heard", f"{100 * row['settled_frame_delivery']:.1f} %")
    many.add_row("violations of the duty cycle", str(row["duty_violations"]))
    tables = [city, many]
    if "validation" in result:
        checks = _table("The ether beside LoRaSim and the formulas", "", "N or G", "ours", "theirs")
        for check in result["validation"]:
            figures = (check["measured"], check["reference"])
            checks.add_row(check["what"], f"{check['scale']:g}", *(f"{x:.4f}" for x in figures))
        tables.append(checks)
    return tables
