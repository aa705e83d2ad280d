"""What became of a command, as topics and JSON; docs/commands.md describes them.

Place: `commands`, intake, settings and groups -> here -> store, or at once -> publisher.

    neckar/<city>/<lab>/<point>/result    each change of state of a command to a node
    neckar/<city>/<lab>/result            progress of a command to a lab
    neckar/<city>/<lab>/<point>/config    retained: settings that are wanted, and those that are
"""

import json
from datetime import UTC, datetime
from typing import Any

from gateway.commands.operations import WORDS
from gateway.commands.records import Group, NodeConfig, Order, RefusedError
from gateway.errors import shown
from protocol import quantities
from protocol.commands import DONE, Result
from protocol.quality import QUALITY_NAMES
from protocol.reading import DESCRIBED, Reading

SCHEMA = "neckar/1"
Message = tuple[str, bytes]


def of_order(city: str, order: Order, unix_ms: int) -> Message:
    """Return the message that says in which state a command is."""
    what: dict[str, Any] = {
        "schema": SCHEMA,
        "node": order.point,
        "lab": order.lab,
        "time": iso(unix_ms),
        "command_id": order.id,
        **_named(order.key),
        "command": order.op,
        "state": order.state,
        "origin": order.origin,
    }
    if order.group is not None:
        what["group"] = order.group
    what |= order.result
    return topic(city, order.lab, order.point, "result"), _json(what)


def of_group(city: str, group: Group, counts: dict[str, int], unix_ms: int) -> Message:
    """Return the message that says how far a command to a lab is."""
    states = ("waiting", "queued", "sent", "acknowledged", "failed", "expired")
    what = {
        "schema": SCHEMA,
        "lab": group.lab,
        "time": iso(unix_ms),
        "group": group.id,
        **_named(group.key),
        "command": group.op,
        "state": group.state,
        "total": group.total,
        **{state: counts.get(state, 0) for state in states},
    }
    return topic(city, group.lab, "", "result"), _json(what)


def of_refusal(
    city: str, lab: str, point: str, key: str | None, error: RefusedError, unix_ms: int
) -> Message:
    """Return the message that says why nothing will be done."""
    what = {
        "schema": SCHEMA,
        **({"node": point} if point else {}),
        "lab": lab,
        "time": iso(unix_ms),
        **_named(key),
        "state": "refused",
        "field": error.field,
        "value": shown(error.value),
        "wanted": error.wanted,
        "error": str(error),
    }
    return topic(city, lab, point, "result"), _json(what)


def of_config(city: str, config: NodeConfig, unix_ms: int) -> Message:
    """Return the retained message about a node's settings."""
    what = {
        "schema": SCHEMA,
        "node": config.point,
        "lab": config.lab,
        "time": iso(unix_ms),
        "state": config.state,
        "desired": config.desired,
        "reported": config.reported,
        "hash": _hex(config.hash),
        "status_hash": _hex(config.status_hash),
        "reason": config.reason,
    }
    return topic(city, config.lab, config.point, "config"), _json(what)


def of_result(result: Result, unix_ms: int) -> dict[str, Any]:
    """Return what a node said of a command, as fields of its message."""
    told: dict[str, Any] = {"code": WORDS[result.code]}
    value = result.value
    if isinstance(value, Reading):
        told["value"] = _reading(value, unix_ms)
    elif isinstance(value, bytes):
        told["value"] = value.hex()
    elif value is not None:
        told["value" if result.code == DONE else "error"] = value
    return told


def _reading(reading: Reading, unix_ms: int) -> dict[str, Any]:
    time_s, uncertainty_s = reading.newest(unix_ms // 1000)
    values: dict[str, Any] = {}
    units: dict[str, str] = {}
    quality: dict[str, str] = {}
    for qid, entry in reading.values.items():
        if qid < DESCRIBED:
            quantity = quantities.by_id(qid)
            name, unit, scale, value = quantity.name, quantity.unit, quantity.scale, entry
        else:
            name, unit, decimals, value = entry
            scale = 10**decimals
        is_plain = value is None or isinstance(value, (list, tuple)) or scale == 1
        values[name] = value if is_plain else value / scale
        units[name] = unit
        if value is None:
            quality[name] = "fault"
        elif qid in reading.quality:
            quality[name] = QUALITY_NAMES[reading.quality[qid]]
    told: dict[str, Any] = {"time": iso(1000 * time_s), "uncertainty_s": uncertainty_s}
    return told | {"values": values, "units": units, **({"quality": quality} if quality else {})}


def topic(city: str, lab: str, point: str, what: str) -> str:
    """Return the topic of a node, or of a lab where `point` is empty."""
    return "/".join(["neckar", city, lab, *([point] if point else []), what])


def iso(unix_ms: int) -> str:
    """Return unix time as ISO 8601 in UTC, to the second; years beyond 9999 end there."""
    seconds = min(max(unix_ms // 1000, 0), 253_402_300_799)
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"


def _named(key: str | None) -> dict[str, str]:
    return {} if key is None else {"id": key}


def _hex(value: int | None) -> str | None:
    return None if value is None else f"{value:08x}"


def _json(what: dict[str, Any]) -> bytes:
    return json.dumps(what, separators=(",", ":")).encode()
