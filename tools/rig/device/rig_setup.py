"""Mounts the filesystem of a board whose flash also holds MicroPython, as that image does it.

Place: power_on -> here -> VfsLfs2.
Guarantee: an erased filesystem is made anew; a damaged one is left alone, and the board says so
until Ctrl-C: the REPL that follows has no files.

As ports/esp32/modules/_boot.py and inisetup.py of MicroPython do it, with their words.
"""

from time import sleep

import vfs

_FIRST_BOOT_PY = """\
# This file is executed on every boot (including wake-boot from deepsleep)
#import esp
#esp.osdebug(None)
#import webrepl
#webrepl.start()
"""
_CORRUPTED = """\
The filesystem appears to be corrupted. If you had important data there, you
may want to make a flash snapshot to try to recover it. Otherwise, perform
factory reprogramming of MicroPython firmware (completely erase flash, followed
by firmware programming).
"""


def mount(flash) -> bool:
    """Mount it, made anew if need be; return False where it is damaged."""
    try:
        vfs.mount(vfs.VfsLfs2(flash), "/")
    except OSError:
        if not flash.is_empty():
            return False
        print("Performing initial setup")
        vfs.VfsLfs2.mkfs(flash)
        vfs.mount(vfs.VfsLfs2(flash), "/")
        with open("boot.py", "w") as file:
            file.write(_FIRST_BOOT_PY)
    return True


def complain() -> None:
    """Say that it is damaged, until Ctrl-C."""
    try:
        while True:
            print(_CORRUPTED)
            sleep(3)
    except KeyboardInterrupt:
        pass
