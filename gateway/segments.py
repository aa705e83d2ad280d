"""Frames <-> the body of one row of the spool.

Place: under `spool`.
Guarantee: `unpack(pack(frames))` are the same frames; any other bytes raise SegmentError, never
anything else.
"""

import struct
import zlib
from collections.abc import Iterable

from gateway.errors import GatewayError
from gateway.records import Frame

# node, epoch, first, fresh, received_ms, length of the plaintext that follows
_HEAD = struct.Struct(">HIIQqH")


class SegmentError(GatewayError):
    """A row of the spool is not what was written."""


def pack(frames: Iterable[Frame]) -> bytes:
    """Return the body of these frames."""
    parts = []
    head = _HEAD.pack
    for node, epoch, first, fresh, received_ms, plain in frames:
        parts.append(head(node, epoch, first, fresh, received_ms, len(plain)))
        parts.append(plain)
    return b"".join(parts)


def unpack_checked(body: bytes, crc: int) -> list[Frame]:
    """Return the frames of a body with this CRC-32."""
    if zlib.crc32(body) != crc:
        raise SegmentError("its checksum is wrong")
    return unpack(body)


def unpack(body: bytes) -> list[Frame]:
    """Return the frames of a body."""
    frames = []
    at = 0
    size = len(body)
    while at < size:
        start = at + _HEAD.size
        if start > size:
            raise SegmentError("a frame's head is cut off")
        node, epoch, first, fresh, received_ms, length = _HEAD.unpack_from(body, at)
        at = start + length
        if at > size:
            raise SegmentError("a frame is cut off")
        frames.append(Frame(node, epoch, first, fresh, received_ms, body[start:at]))
    return frames
