"""The flash chip of the virtual board: 4096-byte blocks in a file of the host.

Runs in MicroPython. Guarantee: every write is in the file when the call returns, so killing the
process is a power cut. Nothing is allocated per call: LittleFS may write from a finaliser, where the
heap is locked. Does not model: erase and program times, wear, bits that only go from 1 to 0.
"""

_BLOCK = 4096


class FileFlash:
    """The extended block device interface of MicroPython (vfs.AbstractBlockDev)."""

    def __init__(self, path):
        self._file = open(path, "r+b")
        self._count = self._file.seek(0, 2) // _BLOCK
        self._erased = b"\xff" * _BLOCK

    def readblocks(self, block, buf, offset=0):
        self._file.seek(block * _BLOCK + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=0):
        self._file.seek(block * _BLOCK + offset)
        self._file.write(buf)

    def ioctl(self, op, arg):
        if op == 4:
            return self._count
        if op == 5:
            return _BLOCK
        if op == 6:
            self._file.seek(arg * _BLOCK)
            self._file.write(self._erased)
        return 0


# As the ESP32 port mounts it (ports/esp32/modules/inisetup.py: the defaults of VfsLfs2).
LFS = {"progsize": 32, "readsize": 32, "lookahead": 32}
