"""Makes the interpreter a board, and boots it as an ESP32 boots.

Place: supervisor -> `boot` -> boot.py -> main.py -> REPL, all in the interpreter's main module.
Guarantee: `ready` is told only when the image is `/` and nothing of the host is on `sys.path`;
before that the supervisor lets no byte of the console in, and it ends a process that tells
`failed`, or nothing. Of the heap, NECKAR_RIG_HEAP_KB are free when boot.py starts: what this code
and the stubs took does not count, since on a chip they are in flash.
"""

import builtins
import gc
import os
import sys

import rig_control
import vfs
from rig_flash import Flash

import __main__

_ballast = None


def boot() -> None:
    """Mount, say that the board is ready, and run what it holds."""
    try:
        _become_a_board()
    except BaseException as e:
        rig_control.leave("failed", type(e).__name__, e)
    rig_control.tell("ready")
    if _run("boot.py") and os.getenv("NECKAR_RIG_MAIN"):
        _run("main.py")


def _become_a_board() -> None:
    for stub in ("machine", "esp32", "select", "time"):  # while their files are in reach
        __import__(stub)
    filesystem = vfs.VfsLfs2(Flash(os.getenv("NECKAR_RIG_IMAGE")))
    vfs.umount("/")
    vfs.mount(filesystem, "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    _fill_heap(1024 * int(os.getenv("NECKAR_RIG_HEAP_KB")))


def _fill_heap(free_bytes: int) -> None:
    global _ballast
    gc.collect()
    _ballast = bytearray(gc.mem_free() - free_bytes)


def _run(name: str) -> bool:
    """Run a file if there is one; return False when it raised."""
    try:
        os.stat(name)
    except OSError:
        return True
    try:
        builtins.execfile(name, __main__.__dict__)
    except SystemExit:
        rig_control.leave("soft")
    except BaseException as e:
        sys.print_exception(e)
        return False
    return True
