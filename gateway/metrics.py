"""Counters of all parts -> the text that Prometheus reads (exposition format 0.0.4).

Place: app and census -> here -> http.
Guarantee: the number of series is bounded by links, labs and our own words; none is named after
a node, so that a city of 60,000 does not fill a monitor. docs/observe.md lists all of them.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.census import Census
from gateway.health import ERROR, Health
from gateway.radios import duty_used, radios
from gateway.status import link_status

if TYPE_CHECKING:
    from gateway.app import App

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

GAUGE, COUNTER = "gauge", "counter"

Series = Iterable[tuple[dict[str, str], float | None]]


class Page:
    """Metric by metric; `text` is the page."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, kind: str, words: str, series: Series | float | None) -> None:
        """Add a metric: (labels, value) of each series, or one value; None is left out.

        A counter's name ends in `_total`; names carry their units.
        """
        rows = [({}, series)] if series is None or isinstance(series, (int, float)) else series
        lines = [
            f"neckar_{name}{_labels(labels)} {_number(value)}"
            for labels, value in rows
            if value is not None
        ]
        if lines:
            help_text = words.replace("\\", r"\\").replace("\n", r"\n")
            self._lines += [f"# HELP neckar_{name} {help_text}", f"# TYPE neckar_{name} {kind}"]
            self._lines += lines

    def text(self) -> str:
        """Return the page; each line ends with a newline."""
        return "".join(line + "\n" for line in self._lines)


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if isinstance(value, int):  # bool included
        return str(int(value))
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(str(value), repr(value))


def text(app: "App", census: Census, health: Health) -> str:
    """Return the page of this moment."""
    page = Page()
    _gateway(page, app, health)
    _pipeline(page, app)
    _links(page, app)
    _nodes(page, census)
    _process(page)
    return page.text()


def _gateway(page: Page, app: "App", health: Health) -> None:
    problems = health.problems()
    up_s = app.clock.monotonic_s() - app.started_s
    errors = sum(p.level == ERROR for p in problems)
    page.add("up_seconds", GAUGE, "How long this gateway has been running.", up_s)
    page.add("errors", GAUGE, "What /health names: readings do not move.", errors)
    page.add("warnings", GAUGE, "What /status warns of.", len(problems) - errors)
    page.add(
        "security_events_total",
        COUNTER,
        "Security events by kind; docs/observe.md explains them.",
        _by("kind", app.security.counts),
    )
    page.add(
        "commands_total",
        COUNTER,
        "Commands by the state that they came to.",
        _by("state", app.commands.counters),
    )


def _pipeline(page: Page, app: "App") -> None:
    ingest, spool, publisher = app.ingest, app.spool, app.publisher
    age_s = None if spool.oldest_ms is None else (app.clock.unix_ms() - spool.oldest_ms) / 1000
    add = page.add
    add("samples_stored_total", COUNTER, "New samples that are or were on disk.", ingest.samples)
    add("refused_frames_total", COUNTER, "Frames not taken, by kind.", _by("kind", ingest.refused))
    add("queue_dropped_total", COUNTER, "Frames dropped before the disk.", ingest.queue_dropped)
    add("waiting_frames", GAUGE, "Frames taken and not yet stored.", ingest.waiting)
    add("commits_total", COUNTER, "Transactions that became durable.", ingest.commits)
    add("storing", GAUGE, "1 while the disk takes what it is given.", ingest.storing)
    add("spool_rows", GAUGE, "Rows that wait for the broker.", spool.rows)
    add("spool_bytes", GAUGE, "Bytes that wait for the broker.", spool.bytes)
    limit = app.config.spool.max_mb * 2**20
    add("spool_limit_bytes", GAUGE, "Beyond this the oldest are dropped.", limit)
    add("spool_oldest_age_seconds", GAUGE, "Age of the oldest row; none: empty.", age_s)
    dropped = spool.dropped_samples
    add("spool_dropped_samples_total", COUNTER, "Samples dropped for size or age.", dropped)
    add("published_samples_total", COUNTER, "Samples the broker acknowledged.", publisher.samples)
    add("in_flight_messages", GAUGE, "Messages without their PUBACK.", publisher.waiting)
    add("undecodable_rows_total", COUNTER, "Rows that the disk changed.", publisher.undecodable)
    late = sum(publisher.late.values())
    add("late_samples_total", COUNTER, "Samples that were late when they were published.", late)
    connected = publisher.connected
    add("broker_connected", GAUGE, "1 while there is a connection to the broker.", connected)


# Name, kind, words, key in the status of a link.
_LINK = (
    ("link_open", GAUGE, "1 while the link is open.", "open"),
    ("link_frames_total", COUNTER, "Frames that came over the link.", "frames"),
    ("link_bytes_total", COUNTER, "Bytes that came over the link.", "bytes"),
    ("link_noise_total", COUNTER, "Records or datagrams that were damaged.", "noise"),
    ("link_reconnects_total", COUNTER, "How often it was opened again.", "reconnects"),
    ("link_answers_dropped_total", COUNTER, "Answers that found no room.", "acks_dropped"),
)


def _links(page: Page, app: "App") -> None:
    states = [(link.name, link.kind, link_status(link)) for link in app.links]
    for metric, kind, words, key in _LINK:
        page.add(metric, kind, words, [({"link": n, "kind": k}, s[key]) for n, k, s in states])
    said = [pair for name, _, state in states for pair in radios(name, state)]
    page.add(
        "radio_answers_total",
        COUNTER,
        "Answers by what became of them.",
        [
            ({"radio": name, "result": result}, count)
            for name, radio in said
            for result, count in sorted((radio.get("answers") or {}).items())
        ],
    )
    page.add(
        "radio_duty_ratio",
        GAUGE,
        "Share of its time on the air within the last hour that is used.",
        [
            ({"radio": name, "band": band}, used)
            for name, radio in said
            for band, used in duty_used(radio).items()
        ],
    )


def _nodes(page: Page, census: Census) -> None:
    labs = sorted(census.labs.items())
    page.add("nodes_registered", GAUGE, "Nodes in the registry.", census.registered)
    unheard = max(census.registered - census.heard, 0)
    page.add("nodes_unheard", GAUGE, "Of these: not heard since the start.", unheard)
    states = [
        ({"lab": name, "state": state}, getattr(lab, state))
        for name, lab in labs
        for state in ("online", "silent")
    ]
    page.add("nodes", GAUGE, "Nodes heard since the start, by lab and state.", states)
    for metric, words, key in (
        ("nodes_incomplete", "Nodes of which samples are missing.", "incomplete"),
        ("samples_missing", "Samples that may still come.", "missing"),
        ("samples_lost", "Samples that never will come.", "lost"),
    ):
        page.add(metric, GAUGE, words, [({"lab": n}, getattr(lab, key)) for n, lab in labs])


def _process(page: Page) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE")
    page.add("process_resident_memory_bytes", GAUGE, "Memory in RAM.", resident)
    page.add("process_cpu_seconds_total", COUNTER, "CPU time used.", time.process_time())
    files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    page.add("process_open_fds", GAUGE, "Open files and sockets.", files)


def _by(label: str, counts: Any) -> Series:
    return [({label: name}, count) for name, count in sorted(counts.items())]
