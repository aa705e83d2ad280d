"""A transaction of SQLite: all or nothing; whatever SQLite says becomes a SpoolError.

Place: under `spool`.
"""

import sqlite3

from gateway.errors import SpoolError


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


def to_spool_error(error: sqlite3.Error) -> SpoolError:
    """Return what went wrong as one of ours."""
    full = getattr(error, "sqlite_errorname", "").startswith("SQLITE_FULL")
    return SpoolError(str(error), full)
