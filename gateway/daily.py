"""The ledger by day on topics: `neckar/<city>/<lab>/<point>/days`, retained.

Place: spool (read) -> here -> publisher, beside the statuses.
Guarantee: at most `AT_ONCE` nodes are looked at each second; who says the same as before is passed
over.
"""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway import ledger
from gateway.outputs.json import SCHEMA, topic

if TYPE_CHECKING:
    from gateway.app import App
    from gateway.sessions import Peer

AT_ONCE = 20
EVERY_S = 600.0
_DAYS = 7


class Daily:
    """Ask `messages` about once a second, and call `connected` when a connection begins."""

    def __init__(self, app: "App"):
        self._app = app
        self._round: list[Peer] = []
        self._next_s = 0.0
        self._last: dict[int, int] = {}

    def connected(self) -> None:
        """Say everything anew: the broker may have lost its store."""
        self._next_s = 0.0
        self._round = []
        self._last.clear()

    def messages(self, now_s: float) -> list[tuple[str, bytes]]:
        """Return (topic, payload) of what has changed."""
        if not self._round and now_s >= self._next_s:
            self._next_s = now_s + EVERY_S
            self._round = list(self._app.ingest.peers.values())
        out = []
        for peer in self._round[:AT_ONCE]:
            try:
                message = self._message(peer)
            except sqlite3.Error:  # the disk fails: the status says so, and the next round comes
                continue
            if self._last.get(peer.node.id) != hash(message[1]):
                self._last[peer.node.id] = hash(message[1])
                out.append(message)
        del self._round[:AT_ONCE]
        return out

    def _message(self, peer: "Peer") -> tuple[str, bytes]:
        node = peer.node
        today = datetime.fromtimestamp(self._app.clock.unix_ms() / 1000, UTC).date()
        days = ledger.days(self._app.spool.reader, node.id, today - timedelta(days=_DAYS - 1))
        name = topic(self._app.config.city, node.lab, node.name, "days")
        value = {"schema": SCHEMA, "node": node.name, "days": days}
        return name, json.dumps(value, separators=(",", ":")).encode()
