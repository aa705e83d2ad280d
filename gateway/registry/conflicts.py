"""The words for records that cannot be taken: both versions, and where each comes from.

Place: under `merge`. Reads only.
Guarantee: no key is named, only epochs.
"""

import json
import sqlite3

from gateway.registry.database import Change
from gateway.registry.installations import utc
from gateway.registry.records import Record


def of_board(change: Change, record: Record, node: sqlite3.Row | None) -> str | None:
    """Return what keeps a record from its node: one address, one board."""
    if node is not None and node["hardware"] != record.hardware:
        return (
            f"address {record.address} is hardware {record.hardware} here, but hardware"
            f" {node['hardware']} {_origin(change, record.address)}:"
            " give one of them another address"
        )
    twin = change.row(
        "SELECT address FROM node WHERE hardware = ? AND address <> ?",
        record.hardware,
        record.address,
    )
    if twin is not None:
        return (
            f"hardware {record.hardware} is node {record.address} here, but node"
            f" {twin['address']} {_origin(change, twin['address'])}: one board has one address"
        )
    return None


def of_key(change: Change, record: Record, mark: bytes) -> str | None:
    """Return which other node or epoch has the key of a record."""
    twin = change.row("SELECT * FROM node_key WHERE mark = ?", mark)
    if twin is None:
        return None
    return (
        f"node {record.address}, epoch {record.epoch} has the key of node {twin['address']}, epoch"
        f" {twin['epoch']} {_from(twin)}: each needs a key of its own"
    )


def of_versions(record: Record, known: sqlite3.Row, mark: bytes) -> str | None:
    """Return how a record differs from the one that is there for its node and epoch."""
    name = f"node {record.address}, epoch {record.epoch}"
    if known["mark"] != mark:
        return f"{name} has another key here than {_from(known)}: a new key needs a new epoch"
    before, now = json.loads(known["record"]), json.loads(record.text())
    if before == now:
        return None
    different = [
        f"{field} is {now[field]!r} here, but {before.get(field)!r}"
        for field in now
        if now[field] != before.get(field)
    ]
    return f"{name}: {'; '.join(different)} {_from(known)}"


def of_revoked(record: Record, node: sqlite3.Row) -> str:
    """Return the words for a newer key of a node that was revoked."""
    return (
        f"node {record.address} has a newer key here, epoch {record.epoch}, but was revoked with"
        f" epoch {node['epoch']}: add --reinstate {record.address} if it is in good hands"
    )


def not_sealed(record: Record, key: str) -> str:
    """Return the words for a record whose key this gateway cannot have."""
    return (
        f"the key of node {record.address} is not sealed for this gateway ({key}), but for"
        f" {', '.join(sorted(record.sealed))}: have it sealed again for the key of `keys show`"
    )


def _origin(change: Change, address: int) -> str:
    row = change.row(
        "SELECT * FROM node_key WHERE address = ? ORDER BY epoch DESC LIMIT 1", address
    )
    return _from(row) if row else "in the registry"


def _from(key: sqlite3.Row) -> str:
    return f"in {key['source']}, imported {utc(key['imported_s'])}"
