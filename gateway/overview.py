"""All that an operator wants to see of a running gateway at once: the JSON of /status.

Place: app, census and health -> here -> http -> `neckar-gateway status`.
Guarantee: its size is bounded by the number of links and labs, not by nodes or uptime. What the
retained MQTT status says as well has the same names here: docs/mqtt.md; the rest: docs/observe.md.
"""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway import status
from gateway.census import Census
from gateway.health import WARNING, Health, Problem

if TYPE_CHECKING:
    from gateway.app import App

_RECENT = 20


def overview(app: "App", census: Census, health: Health) -> dict[str, Any]:
    """Return the state of everything, worst first where there is a choice."""
    config, spool, publisher = app.config, app.spool, app.publisher
    return {
        **status.gateway(app),
        "gateway": config.gateway,
        "city": config.city,
        "pid": os.getpid(),
        "problems": [asdict(p) for p in (*health.problems(), *_silent(census))],
        "broker": {
            "host": config.mqtt.host,
            "port": config.mqtt.port,
            "tls": config.mqtt.tls,
            "connected": publisher.connected,
            "error": publisher.error or "",
            "away_s": int(health.broker_away_s),
            "waiting_messages": publisher.waiting,
        },
        "spool": {
            "rows": spool.rows,
            "bytes": spool.bytes,
            "limit_bytes": config.spool.max_mb * 2**20,
            "oldest_age_s": _age_s(app),
            "dropped_samples": spool.dropped_samples,
        },
        "nodes": census.to_dict(),
        "commands": dict(app.commands.counters),
        "security": {
            "counts": dict(app.security.counts),
            "recent": list(app.security.recent)[-_RECENT:][::-1],
        },
    }


def _silent(census: Census) -> list[Problem]:
    silent = sum(lab.silent for lab in census.labs.values())
    if not silent:
        return []
    text = f"{silent} of {census.heard} nodes silent"
    do = "start with the longest: its power, its mast, what changed around it"
    return [Problem(WARNING, "nodes_silent", text, do)]


def _age_s(app: "App") -> int | None:
    oldest_ms = app.spool.oldest_ms
    return None if oldest_ms is None else max((app.clock.unix_ms() - oldest_ms) // 1000, 0)
