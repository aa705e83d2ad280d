"""A disk under tools.flashing.durable that writes down what is done, can fail, and can lose power.

    disk = Disk(folder)
    with disk.watched(monkeypatch): ...        what is done goes to `folder`, and into `disk.log`
    for files in disk.cuts(n, rng): ...        what may be there after a cut before operation n

Place: under tests of workshop and records.
Guarantee: a cut keeps what was synced. Of the rest it keeps nothing, all, or something: names
without contents, contents without names, half a write, a new name beside the old one.
Not modelled: a disk that lies about a sync, or damages what it has.
"""

import contextlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

from tools.flashing import durable

FOLDER = -1  # in place of an inode
Files = dict[str, bytes | None]  # by path within the folder; None is a folder


class Disk:
    """Stands in for `os` in `durable`; `fail_at` is (number of an operation, errno)."""

    def __init__(self, folder: Path, fail_at: tuple[int, int] | None = None):
        self.folder = folder
        self.fail_at = fail_at
        self.log: list[tuple] = []
        paths = sorted(folder.rglob("*")) if folder.exists() else []
        self._before = {self._name(p): None if p.is_dir() else p.read_bytes() for p in paths}
        self._open: dict[int, str] = {}

    def __getattr__(self, name: str):
        return getattr(os, name)

    @contextlib.contextmanager
    def watched(self, monkeypatch) -> Iterator["Disk"]:
        with monkeypatch.context() as patch:
            patch.setattr(durable, "os", self)
            yield self

    def _note(self, *operation) -> None:
        number = len(self.log)
        self.log.append(operation)
        if self.fail_at is not None and number == self.fail_at[0]:
            raise OSError(self.fail_at[1], os.strerror(self.fail_at[1]))

    def _name(self, path) -> str:
        return os.path.relpath(path, self.folder)

    def open(self, path, flags, mode=0o777):
        name = self._name(path)
        if flags & os.O_CREAT and not os.path.lexists(path):
            self._note("create", name)
        file = os.open(path, flags, mode)
        self._open[file] = name
        return file

    def write(self, file, data):
        half = bytes(data[: max(1, len(data) // 2)])  # a write may take less than it was given
        self._note("write", self._open[file], half)
        return os.write(file, half)

    def fsync(self, file):
        self._note("sync", self._open[file])

    def rename(self, one, other):
        self._note("rename", self._name(one), self._name(other))
        os.rename(one, other)  # noqa: PTH104

    def link(self, one, other):
        self._note("link", self._name(one), self._name(other))
        os.link(one, other)

    def unlink(self, path):
        if os.path.lexists(path):
            self._note("unlink", self._name(path))
        os.unlink(path)  # noqa: PTH108

    def mkdir(self, path, mode=0o777):
        self._note("mkdir", self._name(path))
        os.mkdir(path, mode)  # noqa: PTH102

    def cuts(self, count: int, rng: random.Random) -> Iterator[Files]:
        """Yield what may be there where power goes before operation `count` is done."""
        model = _Model(self._before)
        for operation in self.log[:count]:
            model.do(*operation)
        yield model.files(model.names, lambda inode: model.content[inode])
        yield model.files(model.synced, model.kept)
        yield model.files(model.names, model.kept)
        names = dict(model.synced)
        for entries in model.pending:
            if rng.random() < 0.5:
                _apply(names, entries)
        yield model.files(names, lambda inode: model.torn(inode, rng))


class _Model:
    def __init__(self, before: Files):
        self.names: dict[str, int] = {}
        self.pending: list[list[tuple[str, int | None]]] = []
        self.content: dict[int, bytes] = {}
        for name, content in before.items():
            self.names[name] = FOLDER if content is None else len(self.content)
            if content is not None:
                self.content[len(self.content)] = content
        self.synced = dict(self.names)
        self.safe = dict(self.content)

    def do(self, kind: str, name: str, more=None) -> None:
        if kind == "create":
            inode = len(self.content)
            self.content[inode] = b""
            self._enter([(name, inode)])
        elif kind == "mkdir":
            self._enter([(name, FOLDER)])
        elif kind == "write":
            self.content[self.names[name]] += more
        elif kind == "unlink":
            self._enter([(name, None)])
        elif kind == "link":
            self._enter([(more, self.names[name])])
        elif kind == "rename":
            entries = [(more, self.names[name]), (name, None)]
            if _parent(name) == _parent(more):
                self._enter(entries)
            else:
                self._enter(entries[:1])
                self._enter(entries[1:])
        elif self.names.get(name, FOLDER) == FOLDER:
            self._sync_folder(name)
        else:
            inode = self.names[name]
            self.safe[inode] = self.content[inode]

    def _enter(self, entries) -> None:
        _apply(self.names, entries)
        self.pending.append(entries)

    def _sync_folder(self, name: str) -> None:
        wanted = "" if name == "." else name
        waiting, self.pending = self.pending, []
        for entries in waiting:
            if _parent(entries[0][0]) == wanted:
                _apply(self.synced, entries)
            else:
                self.pending.append(entries)

    def kept(self, inode: int) -> bytes:
        return self.safe.get(inode, b"")

    def torn(self, inode: int, rng: random.Random) -> bytes:
        if inode in self.safe:
            return self.safe[inode]
        content = self.content[inode]
        return rng.choice([b"", bytes(len(content)), content[: len(content) // 2], content])

    def files(self, names: dict[str, int], content) -> Files:
        found = {n: None if i == FOLDER else content(i) for n, i in names.items()}
        return {n: c for n, c in found.items() if _parent(n) in ({"", *found})}


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _apply(names: dict[str, int], entries) -> None:
    for name, inode in entries:
        if inode is None:
            names.pop(name, None)
        else:
            names[name] = inode


def restored(files: Files, folder: Path) -> Path:
    """Put files into an empty folder, and return that."""
    folder.mkdir(parents=True)
    for name, content in sorted(files.items()):
        if content is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
    return folder
