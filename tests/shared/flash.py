"""A flash chip in RAM whose power can be cut at any write, for tests on MicroPython.

`budget` counts erases and programs; the one that uses it up is not done, or half done where `torn`
is set, and nothing works after it. Does not model: wear, or writes that the chip reorders.
"""

_BLOCK = 4096


class RamFlash:
    """A block device for VfsLfs2."""

    def __init__(self, blocks=24, data=None):
        self.data = bytearray(data) if data is not None else bytearray(b"\xff" * (blocks * _BLOCK))
        self.budget = -1
        self.torn = False
        self.writes = 0

    def _alive(self):
        self.writes += 1
        if self.budget < 0:
            return True
        self.budget = max(self.budget - 1, 0)
        return self.budget > 0

    def readblocks(self, block, buf, offset=0):
        start = block * _BLOCK + offset
        buf[:] = self.data[start : start + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        start = block * _BLOCK + offset
        dying = self.budget == 1
        if not self._alive():
            if dying and self.torn:
                half = len(buf) // 2
                self.data[start : start + half] = buf[:half]
            return -5
        self.data[start : start + len(buf)] = buf
        return 0

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.data) // _BLOCK
        if op == 5:
            return _BLOCK
        if op == 6:
            if not self._alive():
                return -5
            self.data[arg * _BLOCK : (arg + 1) * _BLOCK] = b"\xff" * _BLOCK
        return 0
