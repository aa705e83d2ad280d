"""What the gateway says about itself and its nodes: retained JSON, docs/mqtt.md describes it.

Place: reads counters of ingest, spool, publisher and links; publisher sends what it returns.
"""

import json
from typing import TYPE_CHECKING, Any

from gateway.ingest import Heard
from gateway.outputs.json import SCHEMA, gateway_topic, iso, topic
from gateway.sessions import Peer

if TYPE_CHECKING:
    from gateway.app import App

_SILENT_AFTER_S = 60


def offline(city: str, gateway: str) -> tuple[str, bytes]:
    """Return the last will: (topic, payload)."""
    return gateway_topic(city, gateway), _dumps({"schema": SCHEMA, "state": "offline"})


def messages(app: "App") -> list[tuple[str, bytes]]:
    """Return (topic, payload) of the gateway and of every node."""
    config = app.config
    out = [(gateway_topic(config.city, config.gateway), _dumps(gateway(app)))]
    for peer in app.ingest.peers.values():
        name = topic(config.city, peer.node.lab, peer.node.name, "status")
        out.append((name, _dumps(node(app, peer))))
    return out


def gateway(app: "App") -> dict[str, Any]:
    """Return the status of the gateway."""
    ingest, spool, publisher = app.ingest, app.spool, app.publisher
    return {
        "schema": SCHEMA,
        "state": "online",
        "time": iso(app.clock.unix_ms() / 1000),
        "uptime_s": int(app.clock.monotonic_s() - app.started_s),
        "storing": ingest.storing,
        "store_error": ingest.store_error,
        "spool_rows": spool.rows,
        "spool_bytes": spool.bytes,
        "spool_dropped_samples": spool.dropped_samples,
        "published_samples": publisher.samples,
        "refused": dict(ingest.refused),
        "queue_dropped": ingest.queue_dropped,
        "undecodable_rows": publisher.undecodable,
        "links": {
            link.name: {
                "open": link.is_open,
                "frames": link.frames,
                "bytes": link.bytes_in,
                "noise": link.garbled,
                "reconnects": link.reconnects,
                "acks_dropped": link.out_dropped,
                **({"radio": link.modem.status()} if link.modem else {}),
            }
            for link in app.links
        },
    }


def node(app: "App", peer: Peer) -> dict[str, Any]:
    """Return the status of a node: its ledger, how it was heard, what it says of itself."""
    samples = peer.session.samples
    heard = app.ingest.heard[peer.node.id]
    lost = app.ingest.lost[peer.key]
    return {
        "schema": SCHEMA,
        "node": peer.node.name,
        "state": _state(app, heard),
        "heard": iso(heard.at_ms / 1000) if heard.at_ms else None,
        "link": heard.link,
        "firmware": heard.firmware,
        "epoch": peer.node.epoch,
        "expected": samples.top if samples else 0,
        "received": peer.received,
        "duplicates": peer.duplicates,
        "copies": peer.copies,
        "late": app.publisher.late[peer.node.id],
        "missing": samples.missing() if samples else 0,
        "lost": lost,
        "self": heard.fields,
    }


def _state(app: "App", heard: Heard) -> str:
    """A node is silent when three of its intervals and a minute passed without a word."""
    if not heard.at_ms:
        return "unheard"
    patience_s = 3 * heard.fields.get("interval_s", 0) + _SILENT_AFTER_S
    quiet_s = app.clock.monotonic_s() - heard.at_s
    return "online" if quiet_s < patience_s else "silent"


def _dumps(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
