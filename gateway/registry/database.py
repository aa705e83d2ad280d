"""Opens the registry's file, and changes it: each change whole, and written down with who and when.

Place: cli -> changes -> registry.db -> Registry of the running gateway.
Guarantee: a change is there whole or not at all, whatever is cut. No change is without an event.
"""

import getpass
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.registry.errors import RegistryError, RegistryFileError

VERSION = 1
_SCHEMA = Path(__file__).with_name("schema.sql")
_WAIT_S = 5.0  # for another command that writes
_KEY_SETTING = "gateway_key"


def connect(path: Path) -> sqlite3.Connection:
    """Open or make the file; RegistryFileError where that is not possible."""
    try:
        new = not path.exists()
        db = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as e:
        raise RegistryFileError(f"registry {path} cannot be opened: {e}") from e
    try:
        if new:
            _hand_over(path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA cache_size = -1024")  # KB
        _prepare(db, path)
    except (OSError, sqlite3.Error) as e:
        db.close()
        raise RegistryFileError(f"registry {path} cannot be opened: {e}") from e
    except RegistryError:
        db.close()
        raise
    return db


def _hand_over(path: Path) -> None:
    """Keep a new file from others; one that root made belongs to the folder's owner: the service.

    SQLite gives the files beside it the same owner (os_unix.c, findCreateFileMode).
    """
    path.chmod(0o640)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) == 0:
        db.execute("BEGIN IMMEDIATE")
        try:
            if _version(db) == 0:  # nobody was faster
                if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise RegistryError(f"{path} is no registry: it is another database")
                for statement in _statements(_SCHEMA.read_text(encoding="utf-8")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
    if _version(db) != VERSION:
        wanted = f"this gateway knows version {VERSION}"
        raise RegistryFileError(f"registry {path} has version {_version(db)}: {wanted}")


def _version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script: executescript would end the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def operator() -> str:
    """Return the login of whoever types, also behind sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return f"uid {os.getuid()}"


class Change:
    """One transaction under way: what was done in it, by whom, at which time."""

    def __init__(self, db: sqlite3.Connection, who: str, now_s: int):
        self.execute = db.execute
        self.who = who
        self.now_s = now_s

    def event(self, what: str, subject: str, **detail: Any) -> None:
        """Write down what was done; `detail` must hold no secret."""
        self.execute(
            "INSERT INTO event (at_s, who, what, subject, detail) VALUES (?, ?, ?, ?, ?)",
            (self.now_s, self.who, what, subject, json.dumps(detail, ensure_ascii=False)),
        )

    def touch(self, address: int) -> None:
        """Let a running gateway read a node again."""
        self.execute(
            "UPDATE node SET change = (SELECT max(change) + 1 FROM node) WHERE address = ?",
            (address,),
        )

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row, or None."""
        return self.execute(sql, values).fetchone()


class Database:
    """The registry for commands that change or show it; the gateway itself has `Registry`."""

    def __init__(self, path: Path, who: str | None = None, now_s: int | None = None):
        self.path = path
        self.db = connect(path)
        self.db.row_factory = sqlite3.Row
        self._who = who or operator()
        self._now_s = now_s

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Yield a Change; it is undone whole where anything is raised."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            now_s = int(time.time()) if self._now_s is None else self._now_s
            yield Change(self.db, self._who, now_s)
            self.db.execute("COMMIT")
        except sqlite3.Error as e:
            raise RegistryFileError(f"registry {self.path}: {e}; nothing was changed") from e
        finally:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return all rows."""
        try:
            return self.db.execute(sql, values).fetchall()
        except sqlite3.Error as e:
            raise RegistryFileError(f"registry {self.path}: {e}") from e

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row, or None."""
        rows = self.rows(sql, *values)
        return rows[0] if rows else None


def sealed_to(db: sqlite3.Connection) -> str | None:
    """Return the id of the gateway key that this registry's keys are wrapped under, if any is."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (_KEY_SETTING,)).fetchone()
    return row[0] if row else None


def bind(change: Change, key: str) -> None:
    """Note under which gateway key keys are wrapped; RegistryError where it is another one."""
    row = change.row("SELECT value FROM setting WHERE name = ?", _KEY_SETTING)
    if row is None:
        change.execute("INSERT INTO setting VALUES (?, ?)", (_KEY_SETTING, key))
    elif row[0] != key:
        raise wrong_key(key, row[0])


def wrong_key(given: str, needed: str) -> RegistryError:
    """Return the error for a key file that is not the registry's."""
    return RegistryError(
        f"registry.key_file holds key {given}, but this registry's keys are under {needed}:"
        " use the key file that it was made with"
    )
