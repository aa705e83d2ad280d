"""Finds and reads the files that hold secrets: a path, or `credential:NAME` of systemd.

Place: `*_file` fields of the configuration -> here -> config, registry.
Guarantee: what a file holds is never part of an error, a warning or a log line.

systemd puts a credential into a folder that only the service can read and names the folder in
`$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential=).
"""

import os
import re
import stat
from pathlib import Path

from gateway.errors import ConfigError

PREFIX = "credential:"
_FOLDER = "CREDENTIALS_DIRECTORY"
_SECRET = re.compile(r"pass|secret|token|credential|psk|private|\bkey\b", re.IGNORECASE)
_VEIL = "***"


def locate(field: str, value: str, folder: Path) -> Path:
    """Return the file that a field names, or raise ConfigError where there is none."""
    if value.startswith(PREFIX):
        return _credential(field, value)
    path = folder / value
    if not _is_file(path):
        raise ConfigError(field, str(path), "the path of a file that exists")
    return path


def _credential(field: str, value: str) -> Path:
    name = value.removeprefix(PREFIX)
    if not re.fullmatch(r"[A-Za-z0-9._@-]+", name) or name in (".", ".."):
        raise ConfigError(field, value, f"{PREFIX}NAME, as in LoadCredential=NAME:FILE of the unit")
    folder = os.environ.get(_FOLDER)
    if not folder:
        wanted = f"the path of a file: ${_FOLDER} is not set, only systemd's service has it"
        raise ConfigError(field, value, wanted)
    path = Path(folder) / name
    if not _is_file(path):
        wanted = f"a credential of the service: add LoadCredential={name}:FILE to its unit"
        raise ConfigError(field, value, wanted)
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # Python 3.11: a name that is too long, one with a NUL
        return False


def read_line(field: str, path: Path) -> str:
    """Return the one line of a file, without the space around it."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as e:
        raise ConfigError(field, str(path), f"a readable file ({e.strerror})") from e
    except UnicodeDecodeError:  # its text would show what the file holds
        raise ConfigError(field, str(path), "a text file in UTF-8") from None
    if not text or "\n" in text:
        raise ConfigError(field, str(path), "a file with one line")
    return text


def too_open(field: str, path: Path) -> str | None:
    """Return a warning where others than the owner and the group may read or change a secret."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    if not mode & 0o037:
        return None
    return f"{field}: {path} is open to others (mode {mode:04o}): chmod 0600 {path}"


def veiled(key: str, value: object) -> object:
    """Return a value as an error may show it: not where its name sounds like a secret."""
    return _VEIL if _SECRET.search(key) else value
