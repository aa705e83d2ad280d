"""Opens a database that belongs to the gateway without leaving a trace.

Place: under `check` and `status`.
"""

import sqlite3
from pathlib import Path


def connect(path: Path) -> sqlite3.Connection:
    """Open a database for reading; sqlite3.Error or OSError where that is not possible.

    A gateway that runs, or was killed, has a write-ahead log, which is read with it. Where there is
    none, SQLite would make one even to read, and leave it to whoever runs this: hence `immutable`.
    """
    has_log = path.with_name(path.name + "-wal").exists()
    how = "mode=ro" if has_log else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=2)
