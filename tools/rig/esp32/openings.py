"""Notices that a port was closed and opened again, also where both happened at once.

Place: kernel (inotify(7)) -> Openings -> UsbPort.
Guarantee: no closing is missed because a busy machine looked too late: the kernel keeps what
happened, in order. That a port is closed and stays so is not told here: reading it fails then.
"""

import ctypes
import os
import struct

_OPEN = 0x20  # sys/inotify.h
_CLOSE = 0x08 | 0x10  # of a file that could be written, or not
_EVENT = struct.Struct("iIII")  # watch, what happened, cookie, length of the name, which is 0
_MANY = 4096
_libc = ctypes.CDLL(None, use_errno=True)


class Openings:
    """`path` is open once when it begins; `look` when `descriptor` can be read, or at any time."""

    def __init__(self, path: str):
        self._count = 1
        self._is_again = False
        self._descriptor = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify is not there")
        if _libc.inotify_add_watch(self._descriptor, path.encode(), _OPEN | _CLOSE) < 0:
            os.close(self._descriptor)
            raise OSError(ctypes.get_errno(), f"cannot watch {path}")

    @property
    def descriptor(self) -> int:
        """Return what can be read when something happened."""
        return self._descriptor

    def look(self) -> bool:
        """Say whether it was opened after nobody had it open."""
        try:
            events = os.read(self._descriptor, _MANY)
        except BlockingIOError:
            return self._is_again
        for _, what, _, _ in _EVENT.iter_unpack(events):
            if what & _OPEN:
                self._is_again = self._is_again or self._count <= 0
                self._count += 1
            elif what & _CLOSE:
                self._count -= 1
        return self._is_again

    def close(self) -> None:
        """Watch no more."""
        os.close(self._descriptor)
