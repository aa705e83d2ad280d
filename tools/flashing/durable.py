"""Writes files so that a cut leaves the old state or the new one, and says which path would not.

Place: workshop, keys, records -> here -> disk.
Guarantee: when a function returns, what it did is on the disk: the file is synced before it gets
its name, and the folder after it. A file under its own name is whole. Whatever the disk refuses is
a FlashError that names the path; a half file is gone then, or has a name that ends in `.part`.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.flashing.errors import FlashError

PART = ".part"
_LOCK_S = 30.0  # whoever holds the lock needs it for a few milliseconds
_LOOK_S = 0.01


def write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put a whole file at a path, over a file that is there, but over no device or pipe."""
    part = path.with_name(f".{path.name}{PART}")
    with told(path):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise FlashError("F323", path=path, why="Not a regular file")
        try:
            _write_part(part, content, mode)
            os.rename(part, path)  # noqa: PTH104 - every write of this module is a call of os
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(part)  # noqa: PTH108
            raise
        sync_folder(path.parent)


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Put a whole file at a path where there is none; FileExistsError where there is one."""
    part = path.with_name(f".{path.name}{PART}")
    with told(path):
        try:
            _write_part(part, content, mode)
            os.link(part, path)  # unlike rename it never replaces
        finally:
            with contextlib.suppress(OSError):
                os.unlink(part)  # noqa: PTH108
        sync_folder(path.parent)


def move(path: Path, target: Path) -> None:
    """Put a file into another folder; a cut leaves it here, there, or in both.

    A rename would be two changes of two folders, and not every file system keeps their order.
    """
    with told(path):
        content = path.read_bytes()
    write(target, content)
    remove(path)


def remove(path: Path) -> None:
    """Take a file away, if it is there."""
    with told(path):
        try:
            os.unlink(path)  # noqa: PTH108
        except FileNotFoundError:
            return
        sync_folder(path.parent)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder, and those above it, where it is not there."""
    if path.is_dir():
        return
    if not path.parent.is_dir():
        make_folder(path.parent, 0o777)
    with told(path):
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, mode)  # noqa: PTH102
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the names in a folder on the disk."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def locked(path: Path, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Keep every other thread and process out; F324 where somebody does not let go.

    The lock goes with the process that holds it, however that ends.
    """
    with told(path):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = clock() + _LOCK_S
        while not _try_lock(path, file):
            if clock() > until:
                raise FlashError("F324", path=path, seconds=int(_LOCK_S))
            time.sleep(_LOOK_S)
        yield
    finally:
        os.close(file)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says of a path into a FlashError, but for FileExistsError."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as e:
        raise _told(path, e) from e


def _told(path: Path, error: OSError) -> FlashError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FlashError("F320", path=path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return FlashError("F321", path=path)
    if error.errno == errno.EROFS:
        return FlashError("F322", path=path)
    return FlashError("F323", path=path, why=error.strerror or str(error))


def _write_part(part: Path, content: bytes, mode: int) -> None:
    # What an earlier cut left there goes; its mode may be another.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part)  # noqa: PTH108
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    finally:
        os.close(file)


def _try_lock(path: Path, file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as e:
        raise _told(path, e) from e
    return True
