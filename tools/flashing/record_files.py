"""The files of a workshop's records: where each lies, and what is in them.

    claims/17-1.json             a key was made for a board, which may have it or not
    records/17-1.json            finished
    records/17-1-retired.json    the board was wiped
    burnt/17-1.json              the key of a claim reached nobody; its epoch stays used

Place: disk -> `RecordFiles.read` -> records, inventory.
Guarantee: nothing is passed over. What is no record of ours under its own name, but for hidden
files, is a problem that names the file. Only files that changed are read again.
"""

import os
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.flashing import durable, record_format
from tools.flashing.errors import FlashError

CLAIMS, BURNT, RECORDS = "claims", "burnt", "records"
CLAIMED, FINISHED, RETIRED, IS_BURNT = "claimed", "finished", "retired", "burnt"
# A file moves from left to right: who reads in this order misses none that is moved meanwhile.
FOLDERS = (CLAIMS, BURNT, RECORDS)
_RANKS = {CLAIMED: 0, IS_BURNT: 1, FINISHED: 2, RETIRED: 3}
_MOST_BYTES = 65536  # a record has about one kilobyte
# What git puts around two versions, and which of them the lines below belong to; the third is of
# merge.conflictStyle=diff3.
_MARKS: dict[str, tuple[int, ...]] = {
    "<<<<<<<": (0,),
    "|||||||": (),
    "=======": (1,),
    ">>>>>>>": (0, 1),
}


@dataclass(frozen=True)
class Known:
    """What is known of a board: its newest record, or an older one.

    `state` is claimed, finished, retired or burnt; `check` the fingerprint of its key, or None
    where the record does not say. `record`: docs/registry.md.
    """

    address: int
    epoch: int
    check: str | None
    state: str
    hardware: str
    made_s: int
    path: Path
    record: dict[str, Any] = field(repr=False)

    @property
    def age(self) -> tuple[int, int]:
        """Return what is greater for what came later, of one address."""
        return self.epoch, _RANKS[self.state]


@dataclass(frozen=True)
class Folder:
    """What lies there: records, and files that are none."""

    known: list[Known]
    problems: list[FlashError]


class RecordFiles:
    """Reads the files of a workshop; threads may share it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._cache: dict[Path, tuple[tuple[int, ...], Known | FlashError]] = {}
        self._lock = threading.Lock()

    def path(self, where: str, address: int, epoch: int, retired: bool = False) -> Path:
        """Return where a record belongs."""
        return self.folder / where / name_of(address, epoch, retired)

    def make(self) -> None:
        """Make the folders where they are not there."""
        for name in FOLDERS:
            durable.make_folder(self.folder / name)

    def tidy(self) -> None:
        """Take away what a cut left half written; only for who holds the lock."""
        for name in FOLDERS:
            for path in (self.folder / name).glob(f".*{durable.PART}"):
                durable.remove(path)

    def read(self) -> Folder:
        """Return everything that lies there."""
        with self._lock:
            found: dict[Path, tuple[tuple[int, ...], Known | FlashError]] = {}
            for name in FOLDERS:
                for path in _listed(self.folder / name):
                    read = self._read(path, name)
                    if read is not None:
                        found[path] = read
            self._cache = found
        items = [item for _, item in found.values()]
        known = [item for item in items if isinstance(item, Known)]
        return Folder(known, [item for item in items if isinstance(item, FlashError)])

    def _read(self, path: Path, where: str) -> tuple[tuple[int, ...], Known | FlashError] | None:
        try:
            status = os.stat(path, follow_symlinks=False)  # noqa: PTH116
        except OSError:
            return None  # moved since it was listed
        signature = (status.st_mtime_ns, status.st_size, status.st_ino)
        before = self._cache.get(path)
        if before is not None and before[0] == signature:
            return before
        try:
            if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
                raise FlashError("F331", file=path)
            return signature, known_of(path, path.read_bytes(), where)
        except FileNotFoundError:
            return None
        except PermissionError:
            return signature, FlashError("F321", path=path)
        except OSError as e:
            return signature, FlashError("F330", file=path, why=e.strerror or str(e))
        except FlashError as e:
            return signature, e


def name_of(address: int, epoch: int, retired: bool) -> str:
    """Return the name of a record's file."""
    return f"{address}-{epoch}{'-retired' if retired else ''}.json"


def known_of(path: Path, content: bytes, where: str) -> Known:
    """Return what a file says, or raise FlashError."""
    record = record_format.check(path, decoded(path, content))
    retired = record.get("state") == "retired"
    name = name_of(record["address"], record["epoch"], retired)
    if path.name != name or (retired and where != RECORDS):
        raise FlashError("F333", file=path, wanted=f"{RECORDS if retired else where}/{name}")
    state = RETIRED if retired else {CLAIMS: CLAIMED, BURNT: IS_BURNT, RECORDS: FINISHED}[where]
    return of_record(path, record, state)


def of_record(path: Path, record: dict[str, Any], state: str) -> Known:
    """Return what a checked record says."""
    flash = record.get("extra", {}).get("flash")
    check = flash.get("check") if isinstance(flash, dict) else None
    return Known(
        address=record["address"],
        epoch=record["epoch"],
        check=check if isinstance(check, str) else None,
        state=state,
        hardware=record_format.hardware(record["hardware"]),
        made_s=record_format.seconds(record["made"]),
        path=path,
        record=record,
    )


def decoded(path: Path, content: bytes) -> Any:
    """Return the JSON of a file; F332 where two versions of it are left from a merge."""
    try:
        text = content.decode("utf-8-sig")
        if any(line.startswith("<<<<<<<") for line in text.splitlines()):
            raise _two_versions(path, text)
        return record_format.decoded(text)
    except (ValueError, RecursionError) as e:
        raise FlashError("F330", file=path, why=str(e)) from None


def _two_versions(path: Path, text: str) -> FlashError:
    """Return the words for a file in which git has left both versions."""
    versions: tuple[list[str], list[str]] = ([], [])
    into: tuple[int, ...] = (0, 1)
    for line in text.splitlines():
        if line[:7] in _MARKS:
            into = _MARKS[line[:7]]
            continue
        for at in into:
            versions[at].append(line)
    one, other = (_version("\n".join(lines)) for lines in versions)
    return FlashError("F332", file=path, one=one, other=other)


def _version(text: str) -> str:
    try:
        return told(
            of_record(Path(), record_format.check("", record_format.decoded(text)), FINISHED)
        )
    except (ValueError, RecursionError, FlashError):
        return "?"


def told(known: Known) -> str:
    """Return a record in a few words that need no language."""
    made = record_format.time_text(known.made_s)
    by = known.record.get("by", "?")
    return f"{known.address}/{known.epoch}, {known.hardware}, {known.check or '-'}, {made}, {by}"


def _listed(folder: Path) -> list[Path]:
    """Return what lies in a folder, but for hidden files; nothing where there is none."""
    with durable.told(folder):
        try:
            names = os.listdir(folder)  # noqa: PTH208
        except FileNotFoundError:
            return []
    return [folder / name for name in sorted(names) if not name.startswith(".")]
