"""What the running gateway asks of the registry: which node, which key, which measuring point.

Place: registry.db, which commands write -> here -> ingest, publisher.
Guarantee: it changes nothing but a file that is not there yet. A key that cannot be opened costs
one node and one line in the log; the others go on. Keys are read node by node, never all at once.
"""

import logging
import sqlite3
from pathlib import Path

from gateway.registry.database import connect, sealed_to, wrong_key
from gateway.registry.errors import RegistryError, RegistryFileError
from gateway.registry.gateway_key import GatewayKey
from gateway.registry.node import Node

UNREGISTERED = "unknown"  # the lab of what no record names
_ADDRESSES = 65536
_OLDER = 3  # keys before the newest that are still tried
_AT_ONCE = 1000  # changes read by one call: some milliseconds
_ANY_EPOCH = 2**32

_log = logging.getLogger(__name__)


class Registry:
    """The registry as the gateway reads it, in one thread; `changed()` each second keeps it true.

    RegistryError where file and key do not fit, RegistryFileError whenever the disk fails.
    `known`: 65536 flags, 1 where an address is in service or revoked.
    """

    def __init__(self, path: Path, private_key: bytes | None):
        self.known = bytearray(_ADDRESSES)
        self._path = path
        self._key = GatewayKey(private_key) if private_key else None
        self._db = connect(path)
        try:
            self._db.execute("PRAGMA query_only = ON")
            self._check_key()
            self._version = -1
            self._seen = self._db.execute("SELECT coalesce(max(change), 0) FROM node").fetchone()[0]
            self._more = False
            for (address,) in self._db.execute("SELECT address FROM node WHERE state <> 'retired'"):
                self.known[address] = 1
            self._version = self._data_version()
        except sqlite3.Error as e:
            self._db.close()
            raise RegistryFileError(f"registry {path}: {e}") from e
        except RegistryError:
            self._db.close()
            raise
        self._complained: set[int] = set()

    def _check_key(self) -> None:
        needed = sealed_to(self._db)
        if needed is None:
            return
        if self._key is None:
            wanted = "nodes are registered, and none can be heard without it"
            raise RegistryError(f"registry.key_file is missing: {wanted} (key {needed})")
        if self._key.id != needed:
            raise wrong_key(self._key.id, needed)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def count(self) -> int:
        """Return how many nodes may be heard."""
        return self.known.count(1)

    def find(self, address: int) -> Node | None:
        """Return a node with its keys opened; None where it is unknown, retired or has no key."""
        row = self._row("SELECT epoch, radio, state FROM node WHERE address = ?", address)
        if row is None or row[2] == "retired":
            return None
        epoch, radio, state = row
        revoked = state == "revoked"
        keys = self._keys(address, epoch, revoked)
        if not keys or keys[0][0] != epoch:
            self._complain(address, f"node {address}: no usable key of epoch {epoch} is registered")
            return None
        name, lab = self.point_of(address, _ANY_EPOCH, float("inf"))
        return Node(address, name, lab, epoch, keys[0][1], bool(radio), tuple(keys[1:]), revoked)

    def _keys(self, address: int, newest: int, revoked: bool) -> list[tuple[int, bytes]]:
        """Return (epoch, key), newest first; of a revoked node also those revoked: evidence."""
        rows = self.rows(
            "SELECT epoch, wrapped FROM node_key WHERE address = ? AND epoch <= ?"
            " AND (state = 'good' OR ?) ORDER BY epoch DESC LIMIT ?",
            address,
            newest,
            revoked,
            1 + _OLDER,
        )
        keys = []
        for epoch, wrapped in rows:
            key = self._key.unwrap(address, epoch, wrapped) if self._key else None
            if key is None:
                self._complain(
                    address,
                    f"node {address}: its key of epoch {epoch} is damaged in the registry;"
                    " import its record again",
                )
            else:
                keys.append((epoch, key))
        return keys

    def _complain(self, address: int, text: str) -> None:
        if address not in self._complained:
            self._complained.add(address)
            _log.error("%s", text)

    def changed(self) -> set[int]:
        """Return the addresses that changed since the last call, at most 1,000; and update `known`.

        The rest of a long list comes with the next calls.
        """
        version = self._data_version()
        if version == self._version and not self._more:
            return set()
        rows = self.rows(
            "SELECT address, state, change FROM node WHERE change > ? ORDER BY change LIMIT ?",
            self._seen,
            _AT_ONCE,
        )
        for address, state, change in rows:
            self.known[address] = state != "retired"
            self._seen = change
            self._complained.discard(address)
        self._more = len(rows) == _AT_ONCE
        self._version = version
        return {row[0] for row in rows}

    def _data_version(self) -> int:
        return self.rows("PRAGMA data_version")[0][0]

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """Return what a SELECT finds."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as e:
            raise RegistryFileError(f"registry {self._path}: {e}") from e

    def _row(self, sql: str, *values: object) -> tuple | None:
        rows = self.rows(sql, *values)
        return rows[0] if rows else None

    def point_of(self, address: int, epoch: int, time_s: float) -> tuple[str, str]:
        """Return (measuring point, lab) that hardware served at a time (Unix, UTC).

        Before its first installation: that one. At no point: `node-<address>`, so that hardware in
        a cupboard is not taken for the point it hung at. What a record says of a newer epoch does
        not hold for an older one.
        """
        statements = self.rows(
            "SELECT since_s, point FROM installation"
            " WHERE address = ? AND (by_record = 0 OR epoch <= ?) ORDER BY since_s, epoch",
            address,
            epoch,
        )
        since, found = statements[0] if statements else (0, None)
        for since_s, point in statements[1:]:
            if since_s > time_s:
                break
            since, found = since_s, point
        if found is not None and not self._row(
            "SELECT 1 FROM installation"
            " WHERE point = ? AND address <> ? AND since_s > ? AND since_s <= ? LIMIT 1",
            found,
            address,
            since,
            time_s,
        ):
            return found, self._lab("SELECT lab FROM point WHERE id = ?", found)
        return f"node-{address}", self._lab("SELECT lab FROM node WHERE address = ?", address)

    def _lab(self, sql: str, name: str | int) -> str:
        row = self._row(sql, name)
        return row[0] if row else UNREGISTERED
