"""A file of SQLite that is ours alone; transactions; whatever SQLite says becomes a SpoolError.

Place: under `spool`.
"""

import fcntl
import sqlite3
from io import BufferedWriter
from pathlib import Path

from gateway.errors import SpoolError

_PAGE = 512  # bytes: the smallest file of SQLite is one page


class Transaction:
    """`with Transaction(db): ...`"""

    def __init__(self, db: sqlite3.Connection):
        self._db = db

    def __enter__(self) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as e:
            raise to_spool_error(e) from e

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._db.execute("COMMIT")
                return
        except sqlite3.Error as e:
            error = e
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise to_spool_error(error) from error


def to_spool_error(error: Exception) -> SpoolError:
    """Return what went wrong as one of ours."""
    full = getattr(error, "sqlite_errorname", "").startswith("SQLITE_FULL")
    return SpoolError(str(error), full)


def check_size(path: Path) -> None:
    """SpoolError where SQLite would take a short file of something else for an empty one."""
    if path.exists() and 0 < path.stat().st_size < _PAGE:
        raise SpoolError(f"spool {path} is no database: move it away, a new one is made")


def lock(path: Path) -> BufferedWriter:
    """Return a lock that ends with the process; SpoolError where another gateway has the spool."""
    try:
        held = path.with_name(path.name + ".lock").open("wb")
    except OSError as e:
        raise SpoolError(f"spool {path}: {e}") from e
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        held.close()
        text = f"spool {path} is in use by another gateway: end that one, or name another file"
        raise SpoolError(text) from e
    return held
