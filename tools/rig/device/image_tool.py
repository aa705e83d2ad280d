"""Makes, fills and reads a flash image: `image_tool.py make|write|read IMAGE FOLDER`.

Runs in MicroPython with the host's filesystem at / and the image at /flash.
"""

import os
import sys

import vfs
from flash import LFS, FileFlash

_DIR = 0x4000


def _walk(top, below=""):
    for entry in os.ilistdir(top + below if below else top):
        path = below + "/" + entry[0]
        if entry[0] in (".", ".."):
            continue
        if entry[1] == _DIR:
            yield path, True
            yield from _walk(top, path)
        else:
            yield path, False


def _copy(source, target):
    for path, is_dir in _walk(source):
        if is_dir:
            try:
                os.mkdir(target + path)
            except OSError:
                pass
        else:
            with open(source + path, "rb") as f:
                data = f.read()
            with open(target + path, "wb") as f:
                f.write(data)


def main():
    action, image, folder = sys.argv[1:4]
    flash = FileFlash(image)
    if action == "make":
        vfs.VfsLfs2.mkfs(flash, **LFS)
    vfs.mount(vfs.VfsLfs2(flash, **LFS), "/flash")
    if action == "read":
        _copy("/flash", folder)
    else:
        _copy(folder, "/flash")
    vfs.umount("/flash")


main()
