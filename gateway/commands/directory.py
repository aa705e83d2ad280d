"""Who can be told something: points and labs of the registry -> nodes.

Place: registry.db -> here -> intake, groups, posting; used by the gateway and the command line.
Guarantee: reads only. Only the gateway has keys, from its Registry: the command line needs none.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from gateway.commands.records import CommandsError
from gateway.registry.node import Node

# The point that a node hangs at now, as `gateway.registry.views` has it.
_NODE = """
SELECT n.address, p.id, coalesce(p.lab, n.lab), n.epoch, n.radio, n.state FROM node n
LEFT JOIN point p ON p.id = (
    SELECT h.point FROM history h WHERE h.address = n.address AND h.to_s IS NULL
    ORDER BY h.from_s DESC LIMIT 1
) WHERE n.address = ? AND n.state <> 'retired'
"""
_OF_POINT = """
SELECT address FROM history WHERE point = ? AND to_s IS NULL ORDER BY from_s DESC LIMIT 1
"""
_OF_LAB = """
SELECT h.address FROM point p JOIN history h ON h.point = p.id AND h.to_s IS NULL WHERE p.lab = ?
"""
_PATIENCE_S = 2.0


class RegistryDirectory:
    """A reader of registry.db; CommandsError where the file cannot be read.

    `with_key` finds a node with its key, which `rekey` needs.
    """

    def __init__(self, path: Path, with_key: Callable[[int], Node | None] | None = None):
        self._path = path
        self._with_key = with_key
        self._rows_of("SELECT 1 FROM node LIMIT 1")

    def find(self, address: int) -> Node | None:
        """Return a node, or None."""
        if self._with_key is not None:
            return self._with_key(address)
        rows = self._rows_of(_NODE, address)
        if not rows:
            return None
        _, point, lab, epoch, radio, state = rows[0]
        name = point or f"node-{address}"
        return Node(address, name, lab, epoch, b"", bool(radio), (), state == "revoked")

    def address_of_point(self, point: str) -> int | None:
        """Return the address of the node at a point."""
        rows = self._rows_of(_OF_POINT, point)
        return rows[0][0] if rows else None

    def addresses_of_lab(self, lab: str) -> list[int]:
        """Return the addresses of the nodes of a lab."""
        return sorted(row[0] for row in self._rows_of(_OF_LAB, lab))

    def _rows_of(self, sql: str, *values: object) -> list[tuple]:
        # Opened for each look: commands are few, and the file may be replaced by a backup.
        try:
            db = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", _PATIENCE_S, uri=True)
            try:
                return db.execute(sql, values).fetchall()
            finally:
                db.close()
        except sqlite3.Error as e:
            raise CommandsError(f"registry {self._path}: {e}") from e
