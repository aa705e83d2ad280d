"""Samples of one node -> Neckar's own topics and JSON payloads; docs/mqtt.md describes them.

Place: outputs/samples -> here -> publisher.
Guarantee: ids are stable, `<node>/<epoch>/<sample>`; one message holds samples of one node and one
quantity group, oldest first; a quality is named only where it is not "valid".
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from gateway.config import Node
from gateway.outputs.samples import Sample
from protocol.quality import QUALITY_NAMES
from protocol.quantities import INTERVAL

SCHEMA = "neckar/1"


def topic(city: str, lab: str, node: str, what: str) -> str:
    """Return the topic of one group (or `status`) of one node."""
    return f"neckar/{city}/{lab}/{node}/{what}"


def gateway_topic(city: str, gateway: str) -> str:
    """Return the topic of a gateway's status; no lab may be called `gateways`."""
    return topic(city, "gateways", gateway, "status")


def iso(time_s: float) -> str:
    """Return unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(int(time_s), UTC).isoformat()[:19] + "Z"


def to_messages(
    city: str, node: Node, samples: Iterable[Sample], now_s: float, late_after_s: int, limit: int
) -> list[tuple[str, bytes]]:
    """Return (topic, payload) of these samples, at most `limit` samples to a message."""
    groups: dict[str, list[dict[str, Any]]] = {}
    units: dict[str, dict[str, str]] = {}
    for sample in samples:
        late = now_s - sample.time_s > late_after_s
        for group, ids in _groups(sample).items():
            groups.setdefault(group, []).append(_entry(node, sample, ids, late))
            known = units.setdefault(group, {})
            for quantity in map(sample.quantity, ids):
                known[quantity.name] = quantity.unit
    return [
        (
            topic(city, node.lab, node.name, group),
            _payload(node, units[group], entries[i : i + limit]),
        )
        for group, entries in groups.items()
        for i in range(0, len(entries), limit)
    ]


def _groups(sample: Sample) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for qid in sample.values:
        groups.setdefault(sample.quantity(qid).group, []).append(qid)
    return groups


def _entry(node: Node, sample: Sample, ids: list[int], late: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": f"{node.id}/{node.epoch}/{sample.number}",
        "time": iso(sample.time_s),
        "uncertainty_s": sample.uncertainty_s,
        "late": late,
    }
    if any(sample.quantity(qid).kind == INTERVAL for qid in ids):
        entry["interval_s"] = sample.interval_s
    entry["values"] = {sample.quantity(qid).name: sample.values[qid] for qid in ids}
    quality = {
        sample.quantity(qid).name: QUALITY_NAMES[sample.quality[qid]]
        for qid in ids
        if qid in sample.quality
    }
    if quality:
        entry["quality"] = quality
    return entry


def _payload(node: Node, units: dict[str, str], entries: list[dict[str, Any]]) -> bytes:
    message = {
        "schema": SCHEMA,
        "node": node.name,
        "lab": node.lab,
        "units": units,
        "samples": entries,
    }
    return json.dumps(message, separators=(",", ":")).encode()
