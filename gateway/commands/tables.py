"""Groups and settings in the file of commands.

Place: beside `store`, in its file and its transactions.
"""

import json

from gateway.commands.records import RUNNING, Group, NodeConfig
from gateway.commands.store import Store, errors, opened

_GROUP = (
    "lab", "op", "arguments", "created_ms", "expires_ms", "who", "origin", "key", "state", "total",
)  # fmt: skip
_GROUP_INSERT = f"INSERT INTO grp ({', '.join(_GROUP)}) VALUES (?,?,?,?,?,?,?,?,?,?)"  # noqa: S608
_GROUP_SELECT = f"SELECT {', '.join(_GROUP)}, id FROM grp WHERE "  # noqa: S608
_CONFIG = (
    "address", "point", "lab", "desired", "wanted", "tried", "state", "hash", "status_hash",
    "reported", "text", "reason",
)  # fmt: skip
_JSON = ("desired", "wanted", "tried", "reported")
_CONFIG_INSERT = (
    f"INSERT OR REPLACE INTO config ({', '.join(_CONFIG)})"  # noqa: S608
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
)
_CONFIG_SELECT = f"SELECT {', '.join(_CONFIG)} FROM config WHERE address = ?"  # noqa: S608


class Groups:
    """Commands to whole labs."""

    def __init__(self, store: Store):
        self._store = store

    def add(self, group: Group) -> Group:
        """Store a new group; it gets its id."""
        values = vars(group) | {"arguments": json.dumps(group.arguments)}
        with self._store.transaction():
            row = [values[name] for name in _GROUP]
            added = self._store.db.execute(_GROUP_INSERT, row)
            group.id = added.lastrowid or 0
        return group

    def update(self, group: Group) -> None:
        """Store state and number of members."""
        with self._store.transaction():
            self._store.db.execute(
                "UPDATE grp SET state = ?, total = ? WHERE id = ?",
                (group.state, group.total, group.id),
            )

    def running(self) -> list[Group]:
        """Return the groups that are not over; a cancelled one may wait for what was sent."""
        return self._where("state = ? ORDER BY id", (RUNNING,))

    def newest(self, limit: int) -> list[Group]:
        """Return the newest groups, the newest first."""
        return self._where("1 ORDER BY id DESC LIMIT ?", (limit,))

    def get(self, id_: int) -> Group | None:
        """Return one group."""
        return next(iter(self._where("id = ?", (id_,))), None)

    def by_key(self, lab: str, key: str) -> Group | None:
        """Return the group of a lab that was given this id by who asked."""
        return next(iter(self._where("lab = ? AND key = ?", (lab, key))), None)

    def progress(self, id_: int) -> dict[str, int]:
        """Return how many members are in each state; `waiting`: queued, and not released yet."""
        with errors():
            rows = self._store.db.execute(
                "SELECT CASE WHEN state = 'queued' AND NOT released THEN 'waiting' ELSE state END"
                " s, count(*) FROM command WHERE grp = ? GROUP BY s",
                (id_,),
            )
            return dict(rows.fetchall())

    def _where(self, where: str, values: tuple) -> list[Group]:
        with errors():
            rows = self._store.db.execute(_GROUP_SELECT + where, values).fetchall()
        found = [dict(zip((*_GROUP, "id"), row, strict=True)) for row in rows]
        return [Group(**(each | {"arguments": opened(each["arguments"])})) for each in found]


class Configs:
    """What is wanted of each node's settings, and what it has."""

    def __init__(self, store: Store):
        self._store = store

    def save(self, config: NodeConfig) -> None:
        """Store all of it."""
        values = vars(config) | {name: json.dumps(getattr(config, name)) for name in _JSON}
        with self._store.transaction():
            self._store.db.execute(_CONFIG_INSERT, [values[name] for name in _CONFIG])

    def get(self, address: int) -> NodeConfig | None:
        """Return what is known of a node's settings."""
        with errors():
            row = self._store.db.execute(_CONFIG_SELECT, (address,)).fetchone()
        if row is None:
            return None
        values = dict(zip(_CONFIG, row, strict=True))
        values |= {name: opened(values[name]) for name in _JSON}
        return NodeConfig(**values)

    def hashes(self) -> dict[int, int | None]:
        """Return the hash that each of the nodes said last, of all that have settings here."""
        with errors():
            return dict(
                self._store.db.execute("SELECT address, status_hash FROM config").fetchall()
            )
