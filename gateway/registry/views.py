"""What commands show of the registry, and its export.

Place: registry.db -> here -> cli.
Guarantee: reads only; no key, wrapped key or mark is ever in what is returned.
"""

import json
from collections.abc import Iterator
from typing import Any

from gateway.registry.database import Database
from gateway.registry.errors import RegistryError

EXPORT = "neckar/registry/1"

# The point that a node hangs at now: of its last statement, unless another took it since.
_NODES = """
SELECT n.address, (
    SELECT h.point FROM history h WHERE h.address = n.address AND h.to_s IS NULL
    ORDER BY h.from_s DESC LIMIT 1
) AS point, n.lab, n.state, n.epoch, n.radio, n.board, n.hardware, n.extra
FROM node n
"""
_POINTS = """
SELECT p.*, (
    SELECT h.address FROM history h WHERE h.point = p.id AND h.to_s IS NULL
    ORDER BY h.from_s DESC LIMIT 1
) AS node
FROM point p
"""


def nodes(database: Database) -> list[dict[str, Any]]:
    """Return all nodes by address, each with the point it hangs at."""
    return [_plain(row) for row in database.rows(f"{_NODES} ORDER BY n.address")]


def node(database: Database, address: int) -> dict[str, Any]:
    """Return a node with its keys' epochs, its places so far and its events."""
    row = database.row(f"{_NODES} WHERE n.address = ?", address)
    if row is None:
        raise RegistryError(f"node {address} is unknown; `neckar-gateway nodes list` names all")
    keys = database.rows(
        "SELECT epoch, state, source, imported_s FROM node_key WHERE address = ? ORDER BY epoch",
        address,
    )
    places = database.rows("SELECT * FROM history WHERE address = ? ORDER BY from_s", address)
    return {
        **_plain(row),
        "keys": [_plain(key) for key in keys],
        "places": [_plain(place) for place in places],
        "events": events(database, f"node {address}"),
    }


def points(database: Database) -> list[dict[str, Any]]:
    """Return all measuring points, each with the node that hangs there."""
    return [_plain(row) for row in database.rows(f"{_POINTS} ORDER BY p.lab, p.id")]


def labs(database: Database) -> list[dict[str, Any]]:
    """Return all labs, each with the number of its points and nodes in service."""
    rows = database.rows(
        "SELECT l.*, (SELECT count(*) FROM point p WHERE p.lab = l.id) AS points,"
        " (SELECT count(*) FROM node n WHERE n.lab = l.id AND n.state = 'in_service') AS nodes"
        " FROM lab l ORDER BY l.id"
    )
    return [_plain(row) for row in rows]


def events(database: Database, subject: str) -> list[dict[str, Any]]:
    """Return what was done to a subject (`node 17`, `point air-17`, `lab x`), oldest first."""
    rows = database.rows(
        "SELECT at_s, who, what, detail FROM event WHERE subject = ? ORDER BY number", subject
    )
    return [_plain(row) for row in rows]


def export(database: Database) -> Iterator[dict[str, Any]]:
    """Yield everything but keys, one dict for each thing, with its `kind`."""
    kinds = {
        "lab": "SELECT * FROM lab ORDER BY id",
        "point": "SELECT * FROM point ORDER BY id",
        "node": "SELECT address, hardware, board, radio, lab, state, epoch, extra FROM node"
        " ORDER BY address",
        "key": "SELECT address, epoch, state, source, imported_s FROM node_key"
        " ORDER BY address, epoch",
        "installation": "SELECT * FROM history ORDER BY from_s, address, epoch",
        "technician": "SELECT id, name, added_s FROM technician ORDER BY name, id",
        "mount": "SELECT record, source, imported_s FROM mount ORDER BY address, made_s",
        "event": "SELECT * FROM event ORDER BY number",
    }
    for kind, sql in kinds.items():
        for row in database.rows(sql):
            yield {"export": EXPORT, "kind": kind, **_plain(row)}


def _plain(row: Any) -> dict[str, Any]:
    """Return a row as JSON can take it: flags as booleans, JSON columns opened."""
    values = dict(row)
    for flag in ("radio", "public"):
        if flag in values:
            values[flag] = bool(values[flag])
    for column in ("extra", "detail", "record"):
        if column in values:
            values[column] = json.loads(values[column])
    return values
