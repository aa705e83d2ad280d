"""What the gateway says about itself and its nodes: retained JSON, docs/mqtt.md describes it.

Place: reads counters of ingest, spool, publisher and links; publisher sends what it returns.
Guarantee: at most `PER_S` nodes in a second and `AT_ONCE` at a time, and of a node only what has
changed: the statuses of 60,000 nodes go round in minutes and delay no reading.
"""

import json
from array import array
from typing import TYPE_CHECKING, Any

from gateway.outputs.json import SCHEMA, gateway_topic, iso, topic
from gateway.sessions import Heard, Peer

if TYPE_CHECKING:
    from gateway.app import App

AT_ONCE = 200
PER_S = 200  # a city of 60,000 goes round in five minutes, for a fiftieth of a core
_SILENT_AFTER_S = 60
_ADDRESSES = 1 << 16


def offline(city: str, gateway: str) -> tuple[str, bytes]:
    """Return the last will: (topic, payload)."""
    return gateway_topic(city, gateway), _dumps({"schema": SCHEMA, "state": "offline"})


class Statuses:
    """Ask `messages` about once a second, and call `connected` when a connection begins."""

    def __init__(self, app: "App"):
        self._app = app
        self._round: list[Peer] = []  # who is still to be looked at, last first
        self._size = 0
        self._next_s = 0.0
        self._at_s = 0.0
        self._owed = 0.0  # looks at nodes, fractions of one included
        self._last = array("q", bytes(8 * _ADDRESSES))  # hash of what was last said, by address

    def connected(self) -> None:
        """Say everything anew: the will may have been published, or the broker lost its store."""
        self._next_s = 0.0
        self._round = []
        self._owed = float(AT_ONCE)
        self._last = array("q", bytes(8 * _ADDRESSES))

    def messages(self, now_s: float) -> list[tuple[str, bytes]]:
        """Return (topic, payload) of what is due: the gateway each `status_s`, nodes between.

        All nodes that were heard since the start have their turn within `status_s`, or as soon as
        `PER_S` allows; who says the same as the last time is passed over.
        """
        config = self._app.config
        out = []
        if now_s >= self._next_s:
            self._next_s = now_s + config.status_s
            name = gateway_topic(config.city, config.gateway)
            out.append((name, _dumps(gateway(self._app))))
        for _ in range(self._due(now_s)):
            peer = self._round.pop()
            name = topic(config.city, peer.node.lab, peer.node.name, "status")
            payload = _dumps(node(self._app, peer))
            if self._is_news(peer.node.id, payload):
                out.append((name, payload))
        return out

    def _due(self, now_s: float) -> int:
        """Return how many nodes have their turn now, so that a round takes `status_s`."""
        if not self._round:
            self._round = list(self._app.ingest.peers.values())[::-1]
            self._size = len(self._round)
        per_s = min(self._size / self._app.config.status_s, PER_S)
        self._owed = min(self._owed + per_s * (now_s - self._at_s), AT_ONCE)
        self._at_s = now_s
        due = min(int(self._owed + 1e-6), len(self._round))
        self._owed -= due
        return due

    def _is_news(self, address: int, payload: bytes) -> bool:
        digest = hash(payload)
        is_news = self._last[address] != digest
        self._last[address] = digest
        return is_news


def gateway(app: "App") -> dict[str, Any]:
    """Return the status of the gateway."""
    ingest, spool, publisher = app.ingest, app.spool, app.publisher
    return {
        "schema": SCHEMA,
        "state": "online",
        "time": iso(app.clock.unix_ms() / 1000),
        "uptime_s": int(app.clock.monotonic_s() - app.started_s),
        "plaintext": app.config.mqtt.exposed,
        "storing": ingest.storing,
        "store_error": ingest.store_error,
        "spool_rows": spool.rows,
        "spool_bytes": spool.bytes,
        "spool_dropped_samples": spool.dropped_samples,
        "published_samples": publisher.samples,
        "refused_topics": publisher.refused_topics,
        "refused": dict(ingest.refused),
        "queue_dropped": ingest.queue_dropped,
        "undecodable_rows": publisher.undecodable,
        "links": {link.name: link_status(link) for link in app.links},
    }


def link_status(link: Any) -> dict[str, Any]:
    """Return what is common to all links, and what a kind of them adds."""
    return {
        "open": link.is_open,
        "frames": link.frames,
        "bytes": link.bytes_in,
        "noise": link.garbled,
        "reconnects": link.reconnects,
        "acks_dropped": link.out_dropped,
        **link.status(),
    }


def node(app: "App", peer: Peer) -> dict[str, Any]:
    """Return the status of a node: its ledger, how it was heard, what it says of itself."""
    samples = peer.session.samples
    heard = peer.heard
    return {
        "schema": SCHEMA,
        "node": peer.node.name,
        "state": state(app, heard),
        "heard": iso(heard.at_ms / 1000) if heard.at_ms else None,
        "link": heard.link,
        "firmware": heard.firmware,
        "epoch": peer.session.epoch,
        "expected": samples.top if samples else 0,
        "received": peer.received,
        "duplicates": peer.duplicates,
        "copies": peer.copies,
        "late": app.publisher.late[peer.node.id],
        "missing": samples.missing() if samples else 0,
        "lost": peer.lost,
        "self": heard.fields,
    }


def state(app: "App", heard: Heard) -> str:
    """A node is silent when three of its intervals and a minute passed without a word."""
    if not heard.at_ms:
        return "unheard"
    patience_s = 3 * heard.fields.get("interval_s", 0) + _SILENT_AFTER_S
    quiet_s = app.clock.monotonic_s() - heard.at_s
    return "online" if quiet_s < patience_s else "silent"


def _dumps(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
