"""The support bundle: what doctor knows, in one archive that may be mailed.

Place: Report -> `write` -> a zip file.
Guarantee: no key of the board or of the workshop is in it: entries are texts that passed the
Redactor, each is looked at once more, and one that still has a key is left out. The archive is
bounded, has the same bytes for the same report, and appears under its name whole or not at all.
"""

import io
import json
import platform
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from tools.flashing import durable
from tools.flashing.doctor.redact import HIDDEN
from tools.flashing.doctor.report import Report, printable, recorder_lines
from tools.flashing.doctor.words import say

MOST_BYTES = 256 * 1024  # of one entry: several times what a whole recorder takes
_WHEN = (1980, 1, 1, 0, 0, 0)  # the first that zip knows: the same report, the same bytes
_TOOLS = ("neckar", "esptool", "mpremote", "littlefs-python", "pyserial", "cryptography")
_ALL_LINES = 1000


def write(path: Path, report: Report, lang: str, tell: Callable[[str], None]) -> Path:
    """Tell what will be in it, then write it; FlashError F320 to F323 as the disk says."""
    entries = contents(report, lang)
    tell(say("bundle begin", lang, path=path))
    for name, data in entries.items():
        tell(f"  {name:14} {len(data):6}  {say(f'in {name}', lang)}")
    tell(say("bundle none", lang))
    archive = _archive(entries)
    durable.write(path, archive, 0o600)
    tell(say("bundle done", lang, path=path, size=len(archive)))
    return path


def contents(report: Report, lang: str) -> dict[str, bytes]:
    """Return what will be in the archive, by name."""
    redactor = report.redactor
    board, heard = report.facts.on_board, report.facts.heard
    texts = {
        "about.json": _json(redactor.value(_about(report))),
        "facts.json": _json(report.json()),
        "findings.txt": report.text(lang) + "\n",
    }
    if heard is not None and (heard.data or heard.echo):
        said = redactor.text(heard.data + heard.echo + heard.slow)
        texts["boot.log"] = printable(said.replace("\r\n", "\n"), "\n\t")
    if board is not None:
        if lines := recorder_lines(board, lang, _ALL_LINES):
            texts["recorder.txt"] = printable(redactor.text("\n".join([*lines, ""])), "\n")
        for name, given in (("config.json", board.config), ("board.json", board.board)):
            if given is not None:
                texts[name] = _json(redactor.value(given))
    entries = {name: _cut(text) for name, text in sorted(texts.items())}
    return {
        name: HIDDEN.encode() if redactor.holds_secret(data) else data
        for name, data in entries.items()
    }


def _cut(text: str) -> bytes:
    """Return the end of a text, where the news are, and no half of a character."""
    data = text.encode("utf-8", "replace")[-MOST_BYTES:]
    return data.decode("utf-8", "ignore").encode()


def _about(report: Report) -> dict[str, Any]:
    board = report.facts.on_board
    return {
        "format": "neckar/doctor/1",
        "python": platform.python_version(),
        "system": platform.platform(),
        "tools": {name: _version(name) for name in _TOOLS},
        "workshop": report.release,
        "board": None if board is None else board.release,
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "-"


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _archive(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            about = zipfile.ZipInfo(name, _WHEN)
            about.external_attr = 0o600 << 16
            archive.writestr(about, data, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()
