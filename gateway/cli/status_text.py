"""The state of a gateway as text for a terminal of 80 columns, the most important first.

Place: the JSON of /status -> here -> cli/status.
Guarantee: what nodes, modems and brokers say of themselves is shown without control characters;
at most a screen or two, however many nodes there are.
"""

import textwrap
from collections.abc import Iterator
from typing import Any

from gateway.radios import duty_used, fault, radios

_WIDTH = 80
_LEFT = 11
_ROWS = 5
_RED, _YELLOW, _GREEN, _BOLD, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
_COLOURS = {"error": _RED, "warning": _YELLOW, "": _GREEN}  # by the level of the worst problem
_WORST = (("silent_s", "silent"), ("missing", "missing"), ("lost", "lost"))
_UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def render(state: dict[str, Any], colour: bool = False) -> str:
    """Return the text; its last line ends with a newline."""
    lines = [*_headline(state, colour), ""]
    if state["state"] == "online":
        lines += [*_links(state["links"]), *_broker(state)]
    lines += _spool(state["spool"])
    if state["state"] == "online":
        lines += [*_nodes(state["nodes"]), *_commands(state["commands"])]
        lines += _security(state["security"])
    return "".join(line.rstrip() + "\n" for line in lines)


def clean(text: object) -> str:
    """Return a text from somewhere else so that it can change nothing but its own place."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _headline(state: dict[str, Any], colour: bool) -> Iterator[str]:
    problems = state["problems"]
    errors = sum(p["level"] == "error" for p in problems)
    worst = "error" if errors else "warning" if problems else ""
    if state["state"] != "online":
        verdict = "DOES NOT RUN"
    elif errors:
        verdict = "NOT WELL: readings do not move"
    elif problems:
        things = "one thing" if len(problems) == 1 else f"{len(problems)} things"
        verdict = f"readings move, {things} to look at"
    else:
        verdict = "all well"
    name = f"{clean(state['gateway'])} in {clean(state['city'])}: "
    up = f"up {duration(state['uptime_s'])}" if "uptime_s" in state else ""
    room = " " * max(_WIDTH - len(name) - len(verdict) - len(up), 2)
    yield name + _paint(verdict, _BOLD + _COLOURS[worst], colour) + room + up
    for problem in problems:
        level = problem["level"]
        mark = _paint("!" if level == "error" else "-", _COLOURS[level], colour)
        first, *rest = _wrapped(clean(problem["text"]), 4)
        yield f"  {mark} {first}"
        yield from ("    " + line for line in rest)
        first, *rest = _wrapped(clean(problem["do"]), 7)
        yield f"    -> {first}"
        yield from ("       " + line for line in rest)


def _links(links: dict[str, Any]) -> Iterator[str]:
    yield f"{'links':<{_LEFT + 15}}state       frames     noise  reopened  time on air"
    for name, link in links.items():
        said = dict(radios(name, link))
        yield (
            f"  {_cut(clean(name), 22):<{_LEFT + 11}}  {'open' if link['open'] else 'CLOSED':<6}"
            f"{link['frames']:>12,}{link['noise']:>10,}{link['reconnects']:>10,}"
            f"  {_on_air(said.pop(name, {}))}"
        )
        for concentrator, radio in said.items():
            state = "mute" if fault(radio) else "fine"
            left = f"    {_cut(clean(concentrator), 20):<{_LEFT + 9}}  {state:<6}"
            yield f"{left}{radio['frames']:>12,}{'':>22}{_on_air(radio)}"


def _on_air(radio: dict[str, Any]) -> str:
    return ", ".join(f"{clean(band)} {used * 100:.0f} %" for band, used in duty_used(radio).items())


def _broker(state: dict[str, Any]) -> Iterator[str]:
    broker = state["broker"]
    is_up = "connected" if broker["connected"] else f"away {duration(broker['away_s'])}"
    where = f"{clean(broker['host'])}:{broker['port']}{' (TLS)' if broker['tls'] else ''}"
    text = f"{where}: {is_up}, {state['published_samples']:,} samples published"
    yield from _block("broker", text)


def _spool(spool: dict[str, Any]) -> Iterator[str]:
    if spool["rows"] is None:
        text = "not known"
    elif not spool["rows"]:
        text = "empty: the broker has everything"
    else:
        limit = f"{spool['limit_bytes'] // 2**20:,} MB"
        text = f"{spool['rows']:,} frames wait, {spool['bytes'] / 2**20:,.1f} of {limit}"
        if spool["oldest_age_s"] is not None:
            text += f", the oldest for {duration(spool['oldest_age_s'])}"
    if spool.get("dropped_samples"):
        text += f"; {spool['dropped_samples']:,} samples dropped since the start"
    yield from _block("spool", text)


def _nodes(nodes: dict[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{nodes[key]:,} {key}" for key in ("online", "silent", "unheard"))
    yield from _block("nodes", f"{nodes['registered']:,} registered: {counts}")
    labs = sorted(nodes["labs"].items(), key=lambda item: -item[1]["silent"])
    for name, lab in labs[:_ROWS]:
        if lab["silent"]:
            total = lab["online"] + lab["silent"]
            yield from _block("", f"{clean(name)}: {lab['silent']:,} of {total:,} silent")
    for key, title in _WORST:
        rows = nodes["worst"][key]
        show = duration if key == "silent_s" else "{:,}".format
        said = [f"{clean(row['node'])} {show(row['value'])}" for row in rows[:_ROWS]]
        if rows[_ROWS:]:
            said.append("...")
        if said:
            yield from _block(f"  {title}", ", ".join(said))


def _commands(commands: dict[str, int]) -> Iterator[str]:
    said = [f"{count:,} {clean(name)}" for name, count in commands.items() if count]
    yield from _block("commands", ", ".join(said) or "none")


def _security(security: dict[str, Any]) -> Iterator[str]:
    said = [f"{count:,} {clean(kind)}" for kind, count in sorted(security["counts"].items())]
    yield from _block("security", ", ".join(said) or "no events since the start")
    for record in security["recent"][:_ROWS]:
        details = [f"{k} {v}" for k, v in record.items() if k not in ("time", "event") and v]
        text = f"{record['time']} {record['event']}: {', '.join(details)}"
        yield " " * _LEFT + _cut(clean(text), _WIDTH - _LEFT)


def duration(seconds: float) -> str:
    """Return a time in its two largest units."""
    for size, unit, small, small_unit in _UNITS:
        if seconds >= size:
            rest = int(seconds % size) // small
            return f"{int(seconds) // size} {unit}" + (f" {rest} {small_unit}" if rest else "")
    return f"{int(seconds)} s"


def _block(title: str, text: str) -> Iterator[str]:
    first, *rest = _wrapped(text, _LEFT)
    yield f"{title:<{_LEFT}}{first}"
    yield from (" " * _LEFT + line for line in rest)


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, _WIDTH - indent) or [""]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_PLAIN}" if colour else text
