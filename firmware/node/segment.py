"""One file of the journal: a header that says what is in it, then one record per sample.

Place: under `journal`, which owns the numbering.
Guarantee: a sample is durable when `append` returns. Every record carries its index, so that no
sample is ever taken for its neighbour, whatever happens to the flash.

    header   [ids, interval_s]
    sample   [index, boot, seconds, values, quality / null, accuracy]
             boot 0: unix time, else uptime of that boot; accuracy as in `protocol.sampletime`
"""

from node import files
from protocol import cbor
from protocol.errors import DecodeError


class Segment:
    """`path` holds samples of one shape: `ids` (tuple of quantity ids) and `interval_s`.

    `has_header` says that the file is there already; a position would not tell, for MicroPython
    opens for appending at 0 and moves to the end with the first write.
    """

    def __init__(self, path: str, ids: tuple, interval_s: int, has_header: bool):
        self.path = path
        self._has_header = has_header
        self.ids = ids
        self.interval_s = interval_s
        self._file = None

    def append(self, index: int, sample: list) -> None:
        """Write one sample, [boot, seconds, ..], and wait until the flash has it."""
        if self._file is None:
            self._file = open(self.path, "ab" if self._has_header else "wb")
        try:
            if not self._has_header:
                self._file.write(files.to_record(cbor.dumps([list(self.ids), self.interval_s])))
                self._has_header = True
            record = files.to_record(cbor.dumps([index] + sample))
            self._file.write(record)
            self._file.flush()
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file that `append` keeps open."""
        f = self._file
        self._file = None
        if f is not None:
            f.close()


class SegmentReader:
    """Reads a segment forward; a file that is gone reads as an empty one.

    `index` is that of the next sample and `position` its place in the file; `seek` returns there.
    """

    def __init__(self, path: str):
        self.path = path
        self.index = 0
        self._begin = 0
        self.ids = ()
        self.interval_s = 0
        try:
            self._file = open(path, "rb")
        except OSError:
            self._file = None
            return
        value = _load(files.read_record(self._file))
        if isinstance(value, list) and len(value) == 2 and isinstance(value[0], list):
            self.ids = tuple(value[0])
            self.interval_s = value[1]
        self._begin = self._file.tell()

    @property
    def position(self) -> int:
        """Return the offset of the next record."""
        return self._file.tell() if self._file else 0

    def seek(self, index: int, position: int) -> None:
        """Go to a sample whose place is known."""
        self.index = index
        if self._file:
            self._file.seek(position)

    def skip(self, count: int) -> None:
        """Move past `count` samples without looking into them."""
        for _ in range(count):
            if not self._file or not files.skip_record(self._file):
                return
            self.index += 1

    def next(self) -> list | None:
        """Return [boot, seconds, values, quality, accuracy], or None: no intact sample follows."""
        if not self.ids:
            return None
        value = self._sample()
        if value is None or value[0] != self.index:
            return None
        self.index += 1
        return value[1:]

    def _sample(self) -> list | None:
        value = _load(files.read_record(self._file))
        return value if isinstance(value, list) and len(value) == 6 else None

    def find(self, index: int) -> int:
        """Look for sample `index` at every byte, past whatever is damaged, and go there.

        Return the highest index that was seen on the way, -1 where none was.
        """
        last = -1
        if not self.ids:
            return last
        end = self._file.seek(0, 2)
        at = self._begin
        while at < end and last < index:
            self._file.seek(at)
            value = self._sample()
            if value is None:
                at += 1
                continue
            last = value[0]
            if last < index:
                at = self._file.tell()
        self.seek(index, at)
        return last

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


def _load(payload: bytes | None):
    if payload is None:
        return None
    try:
        return cbor.loads(payload)
    except DecodeError:
        return None
