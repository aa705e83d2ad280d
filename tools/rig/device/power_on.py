"""What happens in the virtual ESP32 before the firmware: flash mounted as /, then boot.py, main.py.

Runs in MicroPython as its start script. Guarantee: "ready" is told to the supervisor only when the
board's own filesystem is / ; a failure before that ends the process, so that nobody ever sits in a
REPL on the host's files. What is free of the heap is made exactly what was asked for.
"""

import gc
import os
import sys

_image = os.getenv("NECKAR_RIG_FLASH")
_heap_bytes = int(os.getenv("NECKAR_RIG_HEAP"))
_only_repl = os.getenv("NECKAR_RIG_RAW") == "1"


def _mount():
    import vfs
    from flash import LFS, FileFlash

    flash = FileFlash(_image)
    vfs.umount("/")
    try:
        volume = vfs.VfsLfs2(flash, **LFS)
    except OSError:  # as on a device with an empty flash
        vfs.VfsLfs2.mkfs(flash, **LFS)
        volume = vfs.VfsLfs2(flash, **LFS)
    vfs.mount(volume, "/")
    os.chdir("/")


def _run(name):
    try:
        with open(name) as f:
            code = f.read()
    except OSError:
        return
    exec(compile(code, name, "exec"), {"__name__": "__main__"})


def _firmware():
    try:
        _run("boot.py")
        if not _only_repl:
            _run("main.py")
    except SystemExit:
        raise
    except BaseException as e:
        sys.print_exception(e)


try:
    sys.path[:] = [os.getenv("NECKAR_RIG_DEVICE"), ".frozen"]
    import machine

    _mount()
    sys.path[:] = ["", ".frozen", "/lib"]
    gc.collect()
    _ballast = bytearray(max(gc.mem_free() - _heap_bytes - 64, 0))
    gc.collect()
    machine.tell("ready")
except BaseException as e:
    sys.print_exception(e)
    sys.exit(13)

_firmware()
