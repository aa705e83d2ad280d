"""Where the parts of a bundle come from: MicroPython images, and the commit of the checkout.

Place: file, micropython.org -> `load`, `download` -> making; checkout -> `commit` -> manifest.
Guarantee: what came over the network is what the given SHA-256 says, or it is not used. We keep no
list of sums: one that nobody compared with MicroPython's page would prove nothing.
"""

import hashlib
import re
import subprocess
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

from tools.flashing.errors import FlashError

ADDRESS = "https://micropython.org/resources/firmware/"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,150}\.bin")
_MOST_BYTES = 16 << 20
_TIMEOUT_S = 60
_FROM = ("firmware", "protocol")  # what of a checkout is on boards


class Loaded(NamedTuple):
    """An image as it came; `name` is what people call it."""

    name: str
    data: bytes


class Commit(NamedTuple):
    """`is_dirty`: what goes onto boards is not just what was committed. `time` is ISO 8601, UTC."""

    id: str
    is_dirty: bool
    time: str


def load(path: Path, sha256: str | None = None) -> Loaded:
    """Return an image from a file; F230 where it cannot be read, F231 if its SHA-256 is another."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as e:
        raise FlashError("F230", path=path, why=e.strerror or str(e)) from e
    if sha256 is not None:
        _check(str(path), data, sha256)
    return Loaded(path.name, data)


def download(name: str, sha256: str | None, address: str = ADDRESS) -> Loaded:
    """Return an image from micropython.org by the name of its file there, as

        ESP32_GENERIC-20251209-v1.27.0.bin

    F231 if its SHA-256 is another, F232 without one, F233 without the file.
    """
    if not _NAME.fullmatch(name):
        raise FlashError("F233", address=address + name, why="no name of a file there")
    if sha256 is None:
        raise FlashError("F232", image=name)
    try:
        with urllib.request.urlopen(address + name, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            data = answer.read(_MOST_BYTES)
    except (HTTPException, OSError) as e:
        raise FlashError("F233", address=address + name, why=getattr(e, "reason", e)) from e
    _check(name, data, sha256)
    return Loaded(name, data)


def commit(root: Path) -> Commit:
    """Return the commit of a checkout; F234 where there is none."""
    head = _git(root, "log", "-1", "--format=%H %ct").split()
    state = _git(root, "status", "--porcelain", "--", *_FROM)
    moment = time.gmtime(int(head[1]))
    return Commit(head[0], bool(state), time.strftime("%Y-%m-%dT%H:%M:%SZ", moment))


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except OSError as e:
        raise FlashError("F234", root=root, why=f"git: {e.strerror}") from e
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise FlashError("F234", root=root, why=why)
    return done.stdout


def _check(name: str, data: bytes, wanted: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != wanted.lower():
        raise FlashError("F231", image=name, found=found, wanted=wanted)
