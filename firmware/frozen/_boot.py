"""What a frozen image runs first, in place of the port's own module of this name.

Place: chip -> here -> a wake that only samples, or the filesystem -> boot.py, main.py.
Guarantee: nothing of the filesystem is needed up to `short`, and whatever that raises, the full
start follows. Flash is formatted only where it is blank: one that does not mount is left alone, and
main.py, which is frozen too, runs without files and says so.

On other hosts than an ESP32 there is no `flashbdev`; they mount by themselves.
"""

import gc
import sys

try:
    from node import wake

    wake.short()
except Exception as e:
    sys.print_exception(e)


def _mount(flash) -> None:
    """Do what the ESP32 port's own modules `_boot` and `inisetup` do, but wait for nobody."""
    import vfs

    try:
        vfs.mount(flash, "/")
    except OSError:
        first = bytearray(flash.ioctl(5, 0))  # the size of a block
        flash.readblocks(0, first)
        if first == b"\xff" * len(first):
            vfs.VfsLfs2.mkfs(flash)
            vfs.mount(vfs.VfsLfs2(flash), "/")


try:
    from flashbdev import bdev
except ImportError:
    bdev = None
if bdev:
    _mount(bdev)
gc.collect()
