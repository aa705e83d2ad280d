"""What operators changed in the registry becomes security events of the running gateway.

Place: table `event` of registry.db, which commands write -> here -> security log.
Guarantee: reads only, and at most `AT_ONCE` rows at a time; a registry that cannot be read costs a
line of log, not the gateway. Tells what is changed while the gateway runs: what was changed before
is in the registry (`neckar-gateway nodes show`).
"""

import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

from gateway.security import SecurityLog

log = logging.getLogger("gateway.audit")

AT_ONCE = 200
_IMPORTS = ("key added", "key repaired")


class Audit:
    """Call `look` each second."""

    def __init__(self, path: Path, security: SecurityLog):
        self._path = path
        self._security = security
        self._db: sqlite3.Connection | None = None
        self._version = -1
        self._last = 0
        self._error = ""

    def look(self) -> None:
        """Tell what was changed since the last time."""
        try:
            db = self._db or self._open()
            (version,) = db.execute("PRAGMA data_version").fetchone()
            if version == self._version:
                return
            rows = db.execute(
                "SELECT number, who, what, subject, detail FROM event WHERE number > ?"
                " ORDER BY number LIMIT ?",
                (self._last, AT_ONCE),
            ).fetchall()
        except (OSError, sqlite3.Error) as e:
            if str(e) != self._error:
                self._error = str(e)
                log.warning("cannot read what was changed in the registry: %s", e)
            return
        self._error = ""
        for number, *event in rows:
            self._last = number
            self._tell(*event)
        if len(rows) < AT_ONCE:  # else the rest has its turn in a second
            self._version = version

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
        try:
            (self._last,) = db.execute("SELECT coalesce(max(number), 0) FROM event").fetchone()
        except sqlite3.Error:
            db.close()
            raise
        self._db = db
        return db

    def _tell(self, who: str, what: str, subject: str, detail: str) -> None:
        kind = "key_import" if what in _IMPORTS else "config_change"
        number = subject.removeprefix("node ")
        address = int(number) if subject.startswith("node ") and number.isdigit() else None
        fields: dict[str, Any] = {"what": what, "subject": subject, "by": who}
        for name, value in json.loads(detail).items():
            if isinstance(value, (int, str)):
                fields.setdefault(name, value)
        for reserved in ("kind", "node", "link"):
            if reserved in fields:
                fields[f"new_{reserved}"] = fields.pop(reserved)
        self._security.event(kind, address, "registry", **fields)

    def close(self) -> None:
        """Close the file."""
        if self._db:
            self._db.close()
