"""The supervisor's end of the control line; the words are explained in device/rig_control.py.

Place: machine, power_on -> ControlLine -> board.
Guarantee: bounded; unknown words are ignored; nothing is heard after `close`.
"""

import asyncio
import os
from collections.abc import Callable, Mapping

_CHUNK_BYTES = 4096
_LINE_BYTES = 1024


class ControlLine:
    """`handlers` get the text after their word; `board_end` goes to the interpreter."""

    def __init__(self, handlers: Mapping[str, Callable[[str], None]]):
        self._handlers = handlers
        self._near, self.board_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._near, False)
        self._begun = b""
        asyncio.get_running_loop().add_reader(self._near, self._read)

    def close(self) -> None:
        """Listen no more; does nothing the second time."""
        if self._near >= 0:
            asyncio.get_running_loop().remove_reader(self._near)
            os.close(self._near)
            self._near = -1

    def drain(self) -> None:
        """Hear all that was told, now."""
        while self._read():
            pass

    def _read(self) -> bool:
        """Hear some of what was told; say whether there may be more."""
        if self._near < 0:
            return False
        try:
            data = os.read(self._near, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not data:
            asyncio.get_running_loop().remove_reader(self._near)
        *lines, begun = (self._begun + data).split(b"\n")
        self._begun = begun[-_LINE_BYTES:]
        for line in dict.fromkeys(lines):  # a watchdog that was fed a hundred times was fed
            word, _, rest = line.decode(errors="replace").partition(" ")
            self._handlers.get(word, _ignore)(rest)
        return bool(data)


def _ignore(rest: str) -> None:
    """Take a word that is none."""
