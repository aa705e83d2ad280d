"""Log records as datagrams of systemd's journal, each with fields that can be searched for.

Place: under `logs`: a record -> one datagram -> /run/systemd/journal/socket.
Guarantee: never waits and never raises. A message of several lines stays one record; one that is
too big for a datagram goes as a sealed memory file. What the journal does not take is counted, and
the next record that it takes says how many (NECKAR_LOST).

The format is systemd's "Native Journal Protocol" (systemd.io/JOURNAL_NATIVE_PROTOCOL): `NAME=value`
lines; a value with a newline as NAME, newline, length as 64 bits little-endian, value, newline.
"""

import array
import contextlib
import errno
import fcntl
import logging
import os
import re
import socket
from typing import Any

SOCKET = "/run/systemd/journal/socket"
IDENTIFIER = "neckar-gateway"

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
# Priorities of syslog(3), by the least level that has them.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG = 7


class JournalHandler(logging.Handler):
    """Sends records to the journal; `lost` counts those that it did not take lately."""

    def __init__(self, path: str = SOCKET):
        super().__init__()
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        try:
            fields = to_fields(record, self.lost)
        except Exception:  # a wrong format string must not end what wanted to log
            self.handleError(record)
            return
        try:
            self._send(encode(fields))
        except OSError:  # the journal is not there, or does not read
            self.lost += 1
        else:
            self.lost = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()

    def _send(self, datagram: bytes) -> None:
        try:
            self._socket.sendto(datagram, self._path)
        except OSError as e:
            if e.errno not in (errno.EMSGSIZE, errno.ENOBUFS):  # as sd_journal_sendv does
                raise
            self._send_as_file(datagram)

    def _send_as_file(self, datagram: bytes) -> None:
        file = os.memfd_create("neckar-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.write(file, datagram)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            # Not socket.send_fds: Python 3.11's ignores the address.
            files = socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file])
            self._socket.sendmsg([b""], [files], 0, self._path)
        finally:
            os.close(file)


def to_fields(record: logging.LogRecord, lost: int = 0) -> dict[str, Any]:
    """Return the fields of a record."""
    fields: dict[str, Any] = {
        "MESSAGE": whole(record),
        "PRIORITY": next((p for level, p in _PRIORITIES if record.levelno >= level), _DEBUG),
        "SYSLOG_IDENTIFIER": IDENTIFIER,
        "LOGGER": record.name,
        "CODE_FILE": record.pathname,
        "CODE_LINE": record.lineno,
        "CODE_FUNC": record.funcName,
    }
    for name, value in getattr(record, "neckar", {}).items():
        if value is not None:
            fields["NECKAR_" + name] = value
    if lost:
        fields["NECKAR_LOST"] = lost
    return fields


def whole(record: logging.LogRecord) -> str:
    """Return the message of a record, and the traceback if there is one."""
    text = record.getMessage()
    if record.exc_info:
        text += "\n" + logging.Formatter().formatException(record.exc_info)
    return text


def encode(fields: dict[str, Any]) -> bytes:
    """Return the datagram of these fields."""
    parts = []
    for name, value in fields.items():
        # Field names: upper-case letters, digits, underscores, at most 64, no leading underscore.
        key = re.sub(r"[^A-Z0-9_]", "_", name.upper())[:64].encode()
        data = str(value).encode("utf-8", "backslashreplace")
        if b"\n" in data:
            parts.append(key + b"\n" + len(data).to_bytes(8, "little") + data + b"\n")
        else:
            parts.append(key + b"=" + data + b"\n")
    return b"".join(parts)


def is_there(path: str = SOCKET) -> bool:
    """Say whether a journal takes records on this machine."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        probe.connect(path)
        return True
    return False
