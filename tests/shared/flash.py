"""A flash chip in RAM whose power can be cut at any write, for tests on MicroPython.

`budget` counts erases and programs; the one that uses it up is not done, or only in part where
`torn` (half of it) or `torn_bytes` says so, and nothing works after it. With a `seed`, some of what
was written since the last sync is missing then, whichever came last: a chip with a cache may write
in another order. Does not model: wear, or that programming can only clear bits.
"""

_BLOCK = 4096
_SYNC = 3  # operations of MicroPython's block device protocol
_BLOCK_COUNT = 4
_BLOCK_SIZE = 5
_ERASE = 6


class RamFlash:
    """A block device for VfsLfs2."""

    def __init__(self, blocks=24, data=None):
        self.data = bytearray(data) if data is not None else bytearray(b"\xff" * (blocks * _BLOCK))
        self.budget = -1
        self.torn = False
        self.torn_bytes = 0
        self.seed = 0
        self.writes = 0
        self.lost = 0
        self._unsynced = []

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
        return self._write(block * _BLOCK + offset, buf)

    def ioctl(self, op, arg):
        if op == _BLOCK_COUNT:
            return len(self.data) // _BLOCK
        if op == _BLOCK_SIZE:
            return _BLOCK
        if op == _SYNC:
            self._unsynced = []
        if op == _ERASE:
            return self._write(arg * _BLOCK, b"\xff" * _BLOCK)
        return 0

    def _write(self, start, new):
        is_dying = self.budget == 1
        if self._alive():
            self._put(start, new)
            return 0
        if is_dying:
            self._put(start, new[: len(new) // 2 if self.torn else self.torn_bytes])
            self._lose()
        return -5

    def _put(self, start, new):
        end = start + len(new)
        if self.seed:
            self._unsynced.append((start, bytes(self.data[start:end]), bytes(new)))
        self.data[start:end] = new

    def _lose(self):
        """Take back what is not synced, and do a part of it again."""
        for start, old, _ in reversed(self._unsynced):
            self.data[start : start + len(old)] = old
        for start, _, new in self._unsynced:
            self.seed = (self.seed * 69069 + 1) & 0xFFFFFF
            if self.seed >> 16 & 1:
                self.data[start : start + len(new)] = new
            else:
                self.lost += 1
