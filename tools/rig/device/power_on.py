"""Makes the interpreter a board, and boots it as an ESP32 boots.

Place: supervisor -> `boot` -> frozen _boot, if there is a ROM -> boot.py -> main.py -> REPL, the
last three in the interpreter's main module.
Guarantee: `ready` is told only when the host's files are out of reach and nothing of the host is on
`sys.path`; before that the supervisor lets no byte of the console in. Where there is no frozen
_boot, the image is mounted by then too. The supervisor ends a process that tells `failed`, or
nothing. Of the heap, NECKAR_RIG_HEAP_KB are free when boot.py, or frozen _boot, starts: what this
code, the stubs and the ROM took does not count, since on a chip they are in flash.
"""

import builtins
import gc
import os
import sys

import micropython
import rig_control
import vfs
from rig_flash import new_flash

import __main__

_STUBS = ("machine", "esp32", "select", "time", "ds18x20", "onewire")

_LEAST_HOLE_BYTES = 32
_ballast = None


def boot() -> None:
    """Mount, say that the board is ready, and run what it holds."""
    try:
        _become_a_board()
    except KeyboardInterrupt:
        pass  # it was typed when the board was ready, and there is nothing yet to stop
    except BaseException as e:
        rig_control.leave("failed", type(e).__name__, e)
    if _run("boot.py") and os.getenv("NECKAR_RIG_MAIN"):
        _run("main.py")


def _become_a_board() -> None:
    for stub in _STUBS:  # while their files are in reach
        __import__(stub)
    flash = new_flash(os.getenv("NECKAR_RIG_IMAGE"))
    rom = _load_rom(os.getenv("NECKAR_RIG_ROM"))
    vfs.umount("/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    if rom:
        rom.mount()
    if rom and rom.has_boot:
        _say_ready()
        _run_frozen_boot()
        micropython.kbd_intr(-1)  # a Ctrl-C is for what comes after the mount
        vfs.mount(vfs.VfsLfs2(flash), "/")
        micropython.kbd_intr(3)
    elif flash.is_region:
        _set_up(flash)
    else:
        vfs.mount(vfs.VfsLfs2(flash), "/")
        _say_ready()


def _set_up(flash) -> None:
    from rig_setup import complain, mount

    is_sound = mount(flash)
    _say_ready()
    if not is_sound:
        complain()


def _load_rom(path: str | None):
    if not path:
        return None
    from rig_rom import Rom

    return Rom(path)


def _say_ready() -> None:
    _fill_heap(1024 * int(os.getenv("NECKAR_RIG_HEAP_KB")))
    rig_control.tell("ready")


def _run_frozen_boot() -> None:
    """Run what a frozen image runs first; whatever it raises, the board goes on."""
    try:
        __import__("_boot")
    except SystemExit:
        rig_control.leave("soft")
    except BaseException as e:
        sys.print_exception(e)
    sys.modules.pop("_boot", None)


def _fill_heap(free_bytes: int) -> None:
    """Leave so much in one piece, as a chip's heap is when it starts; holes between are filled."""
    global _ballast
    gc.collect()
    free = bytearray(free_bytes)
    size = gc.mem_free()
    while size >= _LEAST_HOLE_BYTES:
        try:
            _ballast = bytearray(size), _ballast
        except MemoryError:
            size //= 2
    try:
        while True:
            _ballast = (_ballast,)  # one block each
    except MemoryError:
        pass
    del free
    gc.collect()


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
