"""A life on flash whose power goes at every write in turn, and what is true after each.

MicroPython only: its LittleFS lies on `RamFlash`, mounted at MOUNT. What is not modelled: writes
that the chip reorders.
"""

import vfs

from tests.shared.flash import RamFlash

MOUNT = "/tmp/neckar-cut"
_LFS = {"progsize": 32, "readsize": 32, "lookahead": 32}


def mount(flash):
    """Mount a flash, in place of the one before."""
    try:
        vfs.umount(MOUNT)
    except OSError:
        pass
    vfs.mount(vfs.VfsLfs2(flash, **_LFS), MOUNT)


def cut_everywhere(prepare, life, check, torn):
    """Run `life()` with the power cut at each of its writes, then `check(reached)` on a new mount.

    `prepare()` makes the files that are there before. `reached` is False where `life` was cut.
    Return how many writes a whole life has.
    """
    empty = RamFlash()
    vfs.VfsLfs2.mkfs(empty, **_LFS)
    mount(empty)
    prepare()
    vfs.umount(MOUNT)
    cut = 0
    while True:
        cut += 1
        flash = RamFlash(data=empty.data)
        flash.torn = torn
        mount(flash)
        flash.budget = cut
        reached = True
        try:
            life()
        except OSError:
            reached = False
        was_cut = flash.budget == 0
        mount(RamFlash(data=flash.data))
        check(reached)
        if not was_cut:
            vfs.umount(MOUNT)
            return cut - 1
