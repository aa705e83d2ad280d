"""The file of commands: what is wanted, how far it is, and what has to be told.

Place: intake, settings, groups and the command line -> here -> SQLite (WAL, synchronous=FULL).
Guarantee: what a transaction holds is on disk when it ends, all or nothing, over kills and power
cuts. A number for a node is not given again before 65,535 others were. The gateway and the command
line may write at the same time; `changed` says that somebody else did.

Blocking: each transaction is a sync of the disk. Commands are few; nothing is written for a frame.
"""

import contextlib
import json
import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from gateway.commands.records import CommandsError, Order

_VERSION = 1
_WAL_BYTES = 2**20
_PATIENCE_S = 2.0  # for the other writer, whose transactions take milliseconds
_NAMES = (
    "address", "point", "lab", "op", "arguments", "created_ms", "expires_ms", "who", "origin",
    "key", "state", "number", "grp", "released", "attempts", "result",
)  # fmt: skip
_OPEN = "state IN ('queued', 'sent')"
_INSERT = f"INSERT INTO command ({', '.join(_NAMES)}) VALUES ({','.join('?' * 16)})"  # noqa: S608
_SELECT = f"SELECT {', '.join(_NAMES)}, id FROM command WHERE "  # noqa: S608
_COUNT = f"SELECT count(*) FROM command WHERE {_OPEN} AND origin != 'config'"  # noqa: S608
_PRUNE = (
    f"DELETE FROM command WHERE NOT {_OPEN} AND (created_ms < ? OR id <= (SELECT id"  # noqa: S608
    f" FROM command WHERE NOT {_OPEN} ORDER BY id DESC LIMIT 1 OFFSET ?))"
)


class Store:
    """One SQLite file, all calls from one thread. `first_number` begins the numbers of a node.

    It is random: should this file be lost, the next one must not give the number that the node has
    kept as its last, for it would only repeat what it said then.
    """

    def __init__(self, path: Path, first_number: Callable[[], int] | None = None):
        self._first_number = first_number or (lambda: random.randrange(65536))  # noqa: S311
        self._depth = 0
        try:
            _make(path)
            self.db = sqlite3.connect(
                path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            self._prepare(path)
        except (OSError, sqlite3.Error) as e:
            raise CommandsError(f"commands {path}: {e}") from e
        self._seen = self._data_version()

    def _prepare(self, path: Path) -> None:
        db = self.db
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
        with self.transaction():  # two may come first at the same time
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                schema = files("gateway.commands").joinpath("schema.sql").read_text("utf-8")
                for statement in schema.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={_VERSION}")
            elif version != _VERSION:
                raise CommandsError(f"{path} has version {version}, this gateway has {_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def _data_version(self) -> int:
        return int(self.db.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        """Say whether somebody else has written since the last call."""
        with errors():
            version = self._data_version()
        was, self._seen = self._seen, version
        return version != was

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all within durable together; one inside another is part of it."""
        if self._depth:
            yield
            return
        with errors():
            self.db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self.db.execute("COMMIT")
            finally:
                self._depth = 0
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")

    # ------------------------------------------------------------------ commands

    def add(self, order: Order) -> Order:
        """Store a new command; it gets its id, and its number where it goes to the node."""
        with self.transaction():
            if order.number is None and order.op != "config" and order.is_open:
                order.number = self.next_number(order.address)
            order.id = self.db.execute(_INSERT, _row(order)).lastrowid or 0
        return order

    def next_number(self, address: int) -> int:
        """Return a number that is new to a node."""
        with self.transaction():
            found = self.db.execute(
                "SELECT next FROM number WHERE address = ?", (address,)
            ).fetchone()
            number = found[0] if found else self._first_number()
            row = (address, (number + 1) % 65536)
            self.db.execute("INSERT OR REPLACE INTO number VALUES (?, ?)", row)
        return int(number)

    def update(self, order: Order) -> None:
        """Store what became of a command."""
        with self.transaction():
            self.db.execute(
                "UPDATE command SET state = ?, number = ?, released = ?, attempts = ?, result = ?,"
                " expires_ms = ? WHERE id = ?",
                (
                    order.state,
                    order.number,
                    int(order.released),
                    order.attempts,
                    json.dumps(order.result),
                    order.expires_ms,
                    order.id,
                ),
            )

    def open_orders(self) -> list[Order]:
        """Return all commands of which something may still become, oldest first."""
        return self._orders(f"{_OPEN} ORDER BY id", ())

    def order(self, id_: int) -> Order | None:
        """Return one command."""
        return next(iter(self._orders("id = ?", (id_,))), None)

    def by_key(self, address: int, key: str) -> Order | None:
        """Return the command to a node that was given this id by who asked."""
        return next(iter(self._orders("address = ? AND key = ?", (address, key))), None)

    def by_number(self, address: int, number: int) -> Order | None:
        """Return the newest command to a node that has this number, also a finished one."""
        where = "address = ? AND number = ? ORDER BY id DESC LIMIT 1"
        return next(iter(self._orders(where, (address, number))), None)

    def newest(self, limit: int) -> list[Order]:
        """Return the newest commands, the newest first."""
        return self._orders("1 ORDER BY id DESC LIMIT ?", (limit,))

    def members(self, group: int) -> list[Order]:
        """Return the members of a group that are open."""
        return self._orders(f"grp = ? AND {_OPEN} ORDER BY id", (group,))

    def open_count(self, address: int | None = None) -> int:
        """Return how many commands are open, for one node or in all; steps do not count."""
        if address is None:
            return self._one(_COUNT)
        return self._one(_COUNT + " AND address = ?", (address,))

    def prune(self, before_ms: int, keep: int) -> int:
        """Forget what is finished and older, and of the rest all but the newest `keep`.

        A group goes when it is over and none of its members is left. Return how many commands went.
        """
        with self.transaction():
            gone = self.db.execute(_PRUNE, (before_ms, keep)).rowcount
            self.db.execute(
                "DELETE FROM grp WHERE state != 'running' AND id NOT IN"
                " (SELECT grp FROM command WHERE grp IS NOT NULL)"
            )
        return gone

    def _orders(self, where: str, values: tuple) -> list[Order]:
        with errors():
            return [_order(row) for row in self.db.execute(_SELECT + where, values).fetchall()]

    def _one(self, query: str, values: tuple = ()) -> int:
        with errors():
            return int(self.db.execute(query, values).fetchone()[0])

    # ------------------------------------------------------------------ what is to be told

    def tell(self, topic: str, payload: bytes, retained: bool = False) -> None:
        """Keep a message until the broker has it; of retained ones only the newest counts."""
        with self.transaction():
            if retained:
                self.db.execute("DELETE FROM message WHERE topic = ? AND retained", (topic,))
            row = (topic, payload, int(retained))
            self.db.execute("INSERT INTO message (topic, payload, retained) VALUES (?,?,?)", row)

    def untold(self, limit: int) -> list[tuple[int, str, bytes, bool]]:
        """Return (id, topic, payload, is it retained) of the oldest messages."""
        with errors():
            rows = self.db.execute(
                "SELECT id, topic, payload, retained FROM message ORDER BY id LIMIT ?", (limit,)
            )
            return [(id_, topic, bytes(data), bool(r)) for id_, topic, data, r in rows]

    def untold_count(self) -> int:
        """Return how many messages wait."""
        return self._one("SELECT count(*) FROM message")

    def told(self, ids: list[int]) -> None:
        """Forget messages: the broker has them."""
        with self.transaction():
            self.db.executemany("DELETE FROM message WHERE id = ?", [(i,) for i in ids])

    def drop_oldest_messages(self, keep: int) -> int:
        """Drop all but the newest `keep` of what is not retained; return how many went."""
        with self.transaction():
            return self.db.execute(
                "DELETE FROM message WHERE NOT retained AND id <= (SELECT id FROM message"
                " WHERE NOT retained ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (keep,),
            ).rowcount


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Give what SQLite says as a CommandsError."""
    try:
        yield
    except sqlite3.Error as e:
        raise CommandsError(f"commands: {e}") from e


def opened(text: str) -> Any:
    """Return the value of a JSON column; CommandsError where the disk has changed it."""
    try:
        return json.loads(text)
    except (ValueError, TypeError) as e:
        raise CommandsError(f"commands: a row is damaged: {e}") from e


def _make(path: Path) -> None:
    """Keep a new file from others; one that root makes belongs to the folder's owner: the service.

    SQLite gives the files beside it the same owner (os_unix.c, findCreateFileMode).
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
    except FileExistsError:
        return
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


def _row(order: Order) -> list[Any]:
    other = {
        "arguments": json.dumps(order.arguments),
        "grp": order.group,
        "released": int(order.released),
        "result": json.dumps(order.result),
    }
    return [other[name] if name in other else getattr(order, name) for name in _NAMES]


def _order(row: tuple) -> Order:
    values = dict(zip((*_NAMES, "id"), row, strict=True))
    values["arguments"] = opened(values["arguments"])
    values["result"] = opened(values["result"])
    values["released"] = bool(values["released"])
    return Order(group=values.pop("grp"), **values)
