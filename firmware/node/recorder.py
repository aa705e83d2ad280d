"""The flight recorder: what happened to this node, in flash, for whoever asks later.

Place: life, supervise, unlock -> `append` -> /log -> `page` -> command LOG_PAGE.
Guarantee: `append` never raises, and what it wrote survives a power cut at any write. Two files of
6 KB at most. The same line again, and more than _BURST lines and one every six minutes, are counted
instead of written: a fault that chatters costs no flash.

    /log/new   records of `node.files`, one for each line: "boot seconds text (+left out before)"
    /log/old   the file before it

Seconds count from the start of the boot until the clock is set; then they are unix time.
"""

import os

from node import files
from protocol._compat import const

PAGE_BYTES = 160  # what a Result holds

_TEXT_BYTES = const(60)
_BURST = const(10)
_REFILL_S = const(360)
_ENOENT = const(2)


def cut(text: str, limit: int) -> str:
    """Return at most so many bytes of a text, and no half of a character."""
    text = text[:limit]
    while len(text.encode()) > limit:
        text = text[:-1]
    return text


class Recorder:
    """`clock` is a `node.clock.Clock`, `boot` the number of this boot."""

    def __init__(self, clock, boot: int, folder: str = "/log", limit: int = 6144):
        self._clock = clock
        self._boot = boot
        self._folder = folder
        self._new = folder + "/new"
        self._old = folder + "/old"
        self._limit = limit
        self._size = -1  # of the new file; -1: nobody has looked
        self._last = ""
        self._room = _BURST
        self._filled_s = 0
        self._left_out = 0
        self.errors = 0

    def append(self, text: str) -> None:
        """Keep one line of at most 60 bytes; what is longer is cut."""
        try:
            if self._is_welcome(text):
                self._write(self._line(text))
                self._left_out = 0
        except Exception:  # of flash or memory: the log must not add to what is wrong
            self.errors += 1
            self._size = -1

    def wipe(self) -> None:
        """Forget every line."""
        files.remove(self._new)
        files.remove(self._old)
        self._size = -1
        self._last = ""

    def _is_welcome(self, text: str) -> bool:
        gained = (self._clock.uptime_ms() // 1000 - self._filled_s) // _REFILL_S
        self._filled_s += gained * _REFILL_S
        self._room = min(self._room + gained, _BURST)
        if text == self._last or not self._room:
            self._left_out += 1
            return False
        self._room -= 1
        self._last = text
        return True

    def _line(self, text: str) -> bytes:
        tail = " (+%d)" % self._left_out if self._left_out else ""
        text = cut(text, _TEXT_BYTES - len(tail))
        return ("%d %d %s%s" % (self._boot, self._clock.now_ms() // 1000, text, tail)).encode()

    def _write(self, line: bytes) -> None:
        record = files.to_record(line)
        if self._size < 0:
            files.make_dir(self._folder)
            self._size = self._intact()
        if self._size + len(record) > self._limit:
            os.rename(self._new, self._old)
            self._size = 0
        with open(self._new, "ab") as f:
            f.write(record)
        self._size += len(record)

    def _intact(self) -> int:
        """Return the size of the new file, or the limit where nothing may follow what it holds."""
        good = 0
        try:
            with open(self._new, "rb") as f:
                while files.read_record(f) is not None:
                    good = f.tell()
                return good if f.seek(0, 2) == good else self._limit
        except OSError as e:
            return 0 if e.errno == _ENOENT else self._limit

    def page(self, number: int) -> str:
        """Return at most 160 bytes of lines, newest first; page 0 has the newest; "" beyond."""
        sizes = bytearray([len(line) for line in self._lines()])
        end = len(sizes)
        while True:
            begin = end
            room = PAGE_BYTES + 1
            while begin and sizes[begin - 1] < room:
                begin -= 1
                room -= sizes[begin] + 1
            if number == 0 or begin == end:
                break
            number -= 1
            end = begin
        found = []
        for at, line in enumerate(self._lines()):
            if begin <= at < end:
                found.insert(0, line)
        return b"\n".join(found).decode()

    def _lines(self):
        """Yield every intact line, the oldest first."""
        for path in (self._old, self._new):
            try:
                with open(path, "rb") as f:
                    line = files.read_record(f)
                    while line is not None:
                        yield line
                        line = files.read_record(f)
            except OSError:
                pass
