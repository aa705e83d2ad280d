"""The gateway's figures as tables for people.

Place: gateway, backlog -> here -> view.
Guarantee: what was measured in this run stands in a column of its own.
"""

from typing import Any

from rich.table import Table

from tools.benchmark import references


def new_table(title: str, *columns: str) -> Table:
    """Return a table whose first column is text, the others numbers."""
    table = Table(title=title, title_justify="left")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def gateway_tables(result: dict[str, Any]) -> list[Table]:
    """Return the tables of one run of the gateway."""
    tables = [_beside(result), _runs(result)]
    if "growth" in result:
        tables.append(_growth(result["growth"]))
    return tables


def _beside(result: dict[str, Any]) -> Table:
    latency = result["latency_ms"]
    figures = {
        "frames a second": result["frames_per_s"],
        "readings a second": result["readings_per_s"],
        "CPU, µs a frame": result["cpu_us_per_frame"],
        "memory idle, MB": result["rss_idle_mb"],
        "memory at most, MB": result["rss_max_mb"],
        "frames lost": result["lost"],
        "lost of what it took, kill -9": "tools/soak",
        "lost of a burst": result["burst"]["lost"],
        "latency p99, beyond linger and sync, ms": latency["p99_beyond"],
        "start to first word, s": result["startup_s"],
        "worst growth of the cost": result.get("growth", {}).get("worst_ratio", "not measured"),
    }
    table = new_table(references.TITLE, *references.COLUMNS)
    for name, figure in figures.items():
        table.add_row(name, _figure(figure), *references.ROWS[name])
    table.caption = "\n".join([references.NOTE, *references.installed()])
    return table


def _runs(result: dict[str, Any]) -> Table:
    single, window = result["single"], result["window"]
    title = f"The gateway, from a port to {single['broker']}"
    table = new_table(title, "", "1 sample a frame", f"{window['samples']} samples a frame")
    for key, label in (
        ("frames", "frames sent"),
        ("frames_per_s", "frames a second"),
        ("acked_per_s", "acknowledged a second"),
        ("readings_per_s", "readings a second"),
        ("cpu_us_per_frame", "CPU, µs a frame"),
        ("rss_idle_mb", "memory idle, MB"),
        ("rss_max_mb", "memory at most, MB"),
        ("samples_per_message", "samples in a message"),
        ("lost", "frames lost"),
        ("subscriber_cpu_share", "share of a core: subscriber"),
    ):
        table.add_row(label, _figure(single[key]), _figure(window[key]))
    for key, label in (
        ("cpu_share", "share of a core: nodes"),
        ("frames_per_s", "frames a second that the nodes could send"),
    ):
        table.add_row(label, *(_figure(run["generator"][key]) for run in (single, window)))
    latency = result["latency_ms"]
    for label, times in (
        (f"latency, idle line, linger of {latency['linger']} ms, ms", latency),
        ("the same without a linger, ms", latency["without_linger"]),
        ("the disk's own sync meanwhile, ms", latency["without_linger"]["sync"]),
    ):
        for quantile in ("p50", "p99"):
            table.add_row(f"{label} {quantile}", str(times[quantile]), "")
    beyond = latency["without_linger"]["p99_beyond"]
    table.add_row("without a linger, beyond the sync, ms p99", str(beyond), "")
    return table


def _growth(result: dict[str, Any]) -> Table:
    title = "The cost of a frame as the gateway grows; ten nodes send"
    columns = ("CPU, µs a frame", "frames a second", "memory at most, MB", "start, s")
    table = new_table(title, "", *columns)
    for case, label in (("nodes", "nodes registered"), ("spool", "frames in the spool, no broker")):
        for size, row in result[case].items():
            names = ("cpu_us_per_frame", "frames_per_s", "rss_max_mb", "startup_s")
            table.add_row(f"{int(size):,} {label}", *(_figure(row[name]) for name in names))
    return table


def backlog_tables(result: dict[str, Any]) -> list[Table]:
    """Return the table of a backlog that was caught up."""
    title = (
        f"{result['samples']:,} samples of {result['nodes']:,} nodes waited for {result['broker']}"
    )
    table = new_table(title, "", "")
    for key, label in (
        ("drain_s", "gone after, s"),
        ("samples_per_s", "samples a second"),
        ("readings_per_s", "readings a second"),
        ("live_during", f"live samples meanwhile, {result['live_per_s']} a second"),
        ("lost", "samples lost"),
        ("rss_max_mb", "memory at most, MB"),
    ):
        table.add_row(label, _figure(result[key]))
    for phase, times in result["latency_ms"].items():
        text = f"{times['p50']} / {times['p99']}" if times else "too short to say"
        table.add_row(f"latency of live samples {phase}, ms p50 / p99", text)
    return [table]


def _figure(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,}"
