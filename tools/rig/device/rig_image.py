"""Works on the filesystem of a flash image that no board runs on.

    micropython rig_image.py format IMAGE    formats it, then as `write`
    micropython rig_image.py write IMAGE     takes files from stdin
    micropython rig_image.py read IMAGE      puts all files on stdout

Place: tools.rig.image -> here -> VfsLfs2 -> image file. A file travels as `<size> <path>\n` and its
bytes.
Guarantee: ends with 0, or with 1 and a last line on stderr that says why.
"""

import os
import sys

import vfs
from rig_flash import Flash

_CHUNK_BYTES = 4096


def _make_folders(path: str) -> None:
    at = path.find("/", 1)
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError:
            os.listdir(path[:at])  # it is a folder already, or this says what is wrong
        at = path.find("/", at + 1)


def _write_file(path: str, source, size: int) -> None:
    _make_folders(path)
    with open(path, "wb") as target:
        while size:
            chunk = source.read(min(size, _CHUNK_BYTES))
            target.write(chunk)
            size -= len(chunk)


def _write_all() -> None:
    source = sys.stdin.buffer
    header = source.readline()
    while header:
        size, path = header.decode()[:-1].split(" ", 1)
        try:
            _write_file(path, source, int(size))
        except OSError as e:
            sys.stderr.write("%s: %s\n" % (path, e))
            sys.exit(1)
        header = source.readline()


def _read_file(path: str, size: int) -> None:
    sys.stdout.buffer.write("%d %s\n" % (size, path))
    with open(path, "rb") as source:
        chunk = source.read(_CHUNK_BYTES)
        while chunk:
            sys.stdout.buffer.write(chunk)
            chunk = source.read(_CHUNK_BYTES)


def _read_folder(folder: str) -> None:
    for entry in os.ilistdir(folder or "/"):
        path = folder + "/" + entry[0]
        if entry[1] == 0x4000:
            _read_folder(path)
        else:
            _read_file(path, entry[3])


def main(verb: str, image: str) -> None:
    """Do what the command line says."""
    flash = Flash(image)
    if verb == "format":
        vfs.VfsLfs2.mkfs(flash)
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(flash), "/")
    if verb == "read":
        _read_folder("")
    else:
        _write_all()


main(*sys.argv[1:])
