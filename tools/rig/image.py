"""Flash images: LittleFS v2 as the board formats it, made and read by the interpreter itself.

Place: files -> build_image, write_image -> board ... power cut -> read_image -> files.
Guarantee: nobody works on an image while a board runs on it: both hold its lock. `build_image`
replaces an image whole or not at all; `write_image` replaces each file by itself.
"""

import contextlib
import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.rig.errors import RigError
from tools.rig.interpreter import find_micropython

DEVICE = Path(__file__).parent / "device"
_BLOCK_BYTES = 4096
_TIMEOUT_S = 120


class Region(NamedTuple):
    """A filesystem in `size` bytes of a larger flash; a board formats it where it is empty."""

    path: Path
    at: int
    size: int


def build_image(path: Path, files: dict[str, bytes], size_kb: int = 1024) -> None:
    """Make an image that holds `files`, given by absolute path."""
    if not path.parent.is_dir():
        raise RigError(f"cannot make the image {path}: there is no such folder")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        fresh = Path(folder) / path.name
        fresh.write_bytes(b"\xff" * (size_kb * 1024 // _BLOCK_BYTES * _BLOCK_BYTES))
        _work_on(fresh, "format", _records(files))
        with locked(path) if path.exists() else contextlib.nullcontext():
            fresh.replace(path)


def write_image(path: Path, files: dict[str, bytes]) -> None:
    """Add files to an image or replace them, in the order given."""
    with locked(path):
        _work_on(path, "write", _records(files))


def read_image(path: Path) -> dict[str, bytes]:
    """Return all files of an image by absolute path; empty folders do not show."""
    with locked(path):
        records = _work_on(path, "read", b"")
    files = {}
    while records:
        header, _, records = records.partition(b"\n")
        size, _, name = header.partition(b" ")
        files[name.decode()] = records[: int(size)]
        records = records[int(size) :]
    return files


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the only right to change an image, or raise RigError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as e:
        raise RigError(f"cannot open the image {path}: {e.strerror}") from e
    try:
        _lock(descriptor, path)
        yield
    finally:
        # Closing is not enough: a thread that starts a program may just have copied it.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        raise RigError(f"a board runs on {path}: cut its power first") from e


def _records(files: dict[str, bytes]) -> bytes:
    return b"".join(b"%d %s\n" % (len(data), path.encode()) + data for path, data in files.items())


def _work_on(image: Path, verb: str, records: bytes) -> bytes:
    done = subprocess.run(
        [find_micropython(), DEVICE / "rig_image.py", verb, image],
        input=records,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise RigError(f"cannot {verb} the image {image}: {' '.join(reason)}")
    return done.stdout
