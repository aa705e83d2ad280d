"""Where the log goes: to the journal with fields of its own, to a terminal, or as JSON lines.

Place: `logging` of the whole gateway -> here -> /run/systemd/journal/socket or standard error.
Guarantee: a line of log is one record, whatever text is in it: nobody who sends us bytes can forge
another one. Nothing here waits: what the journal does not take at once is counted and named later.

`extra={"neckar": {"event": ..., "node": ...}}` of a logging call becomes fields: NECKAR_EVENT, ...
"""

import json
import logging
import os
import sys
import time
from typing import Any, TextIO

from gateway.journal import JournalHandler, whole

FORMATS = ("auto", "journal", "json", "text")


def set_up(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send the log of this process to its place; `form` is one of FORMATS, `level` a name."""
    stream = stream or sys.stderr
    if form == "auto":
        form = "journal" if is_journal(stream) else "text"
    handler: logging.Handler
    if form == "journal":
        handler = JournalHandler()
    else:
        handler = logging.StreamHandler(stream)
        handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def is_journal(stream: TextIO) -> bool:
    """Say whether a stream ends in the journal: `$JOURNAL_STREAM` is its device and inode.

    See systemd.exec(5). A program that we were started by may have put a pipe between.
    """
    try:
        device, inode = os.environ["JOURNAL_STREAM"].split(":")
        found = os.fstat(stream.fileno())
        return (found.st_dev, found.st_ino) == (int(device), int(inode))
    except (KeyError, ValueError, OSError):
        return False


def utc(time_s: float) -> str:
    """Return unix seconds as ISO 8601 in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_s))


class TextFormatter(logging.Formatter):
    """One line for a record; what follows of it, such as a traceback, is indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        text = "\n    ".join(whole(record).splitlines())
        return f"{utc(record.created)} {record.levelname} {record.name}: {text}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object of a record."""
        fields: dict[str, Any] = {
            "time": utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": whole(record),
        }
        for name, value in getattr(record, "neckar", {}).items():
            fields.setdefault(name, value)
        return json.dumps(fields, default=str)
