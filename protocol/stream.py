"""Records on a byte stream: COBS (Cheshire and Baker, 1999) with a zero byte between records.

Place: serial port -> RecordReader -> frame; frame -> `to_record` -> serial port.
Guarantee: after any noise the reader is whole again at the next zero. It holds at most
`limit` bytes; a longer record is thrown away up to its end and counted in `overlong`, one that
is no COBS in `garbled`. Nothing raises on received bytes.
"""

from protocol._compat import const

MAX_RECORD = const(512)


def to_record(frame: bytes) -> bytes:
    """Return a frame as a record, its closing zero included."""
    out = bytearray()
    for part in bytes(frame).split(b"\x00"):
        at = 0
        while len(part) - at >= 254:
            out.append(255)
            out.extend(part[at : at + 254])
            at += 254
        out.append(len(part) - at + 1)
        out.extend(part[at:])
    out.append(0)
    return bytes(out)


def from_record(record: bytes) -> bytes | None:
    """Return the frame of a record without its closing zero, or None where it is no COBS."""
    if 0 in record:
        return None
    out = bytearray()
    at = 0
    while at < len(record):
        length = record[at]
        end = at + length
        if end > len(record):
            return None
        out.extend(record[at + 1 : end])
        at = end
        if length < 255 and at < len(record):
            out.append(0)
    return bytes(out)


class RecordReader:
    """Turns chunks of any size into frames."""

    def __init__(self, limit: int = MAX_RECORD):
        self._limit = limit
        self._pending = b""
        self._skipping = False
        self.overlong = 0
        self.garbled = 0

    def feed(self, chunk: bytes) -> list:
        """Take the next bytes of the stream; return the frames that are now complete."""
        parts = bytes(chunk).split(b"\x00")
        frames: list = []
        rest = parts.pop()
        longest = min(self._limit, 254)
        for part in parts:
            # Nearly all records are short, come whole and have one block: length, then the frame.
            size = len(part)
            if 1 < size <= longest and part[0] == size and not self._pending and not self._skipping:
                frames.append(part[1:])
                continue
            self._extend(part)
            if not self._skipping and self._pending:
                self._finish(frames)
            self._pending = b""
            self._skipping = False
        self._extend(rest)
        return frames

    def _extend(self, part: bytes) -> None:
        if self._skipping:
            return
        if len(self._pending) + len(part) > self._limit:
            self.overlong += 1
            self._skipping = True
            self._pending = b""
        else:
            self._pending = self._pending + part if self._pending else part

    def _finish(self, frames: list) -> None:
        frame = from_record(self._pending)
        if frame:
            frames.append(frame)
        else:
            self.garbled += 1
