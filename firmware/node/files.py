"""Small files that are whole or not there: the one way this firmware writes to flash.

Place: under `journal`, `counters`, `config`.
Guarantee: `write_atomic` leaves the old or the new content after a power cut at any write, for
LittleFS renames atomically. A record is a length byte, a payload of 1 to 255 bytes and the CRC-32
of the payload; `read_record` returns None at the end of the intact part.
"""

import binascii
import os


def write_atomic(path: str, data: bytes) -> None:
    """Replace the content of `path`."""
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)


def read_bytes(path: str) -> bytes | None:
    """Return the content of `path`, or None where there is no such file."""
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return None


def make_dir(path: str) -> None:
    """Make a directory unless it is there."""
    try:
        os.mkdir(path)
    except OSError:
        os.stat(path)  # a different failure shows here


def remove(path: str) -> None:
    """Remove a file unless it is gone."""
    try:
        os.remove(path)
    except OSError:
        pass


def free_bytes(path: str) -> int:
    """Return how much room the filesystem of `path` has left."""
    stat = os.statvfs(path)
    return stat[1] * stat[3]


def to_record(payload: bytes) -> bytes:
    """Return a payload of 1 to 255 bytes as a record."""
    return bytes([len(payload)]) + payload + binascii.crc32(payload).to_bytes(4, "big")


def skip_record(f) -> bool:
    """Move past the next record without looking into it; False at the end."""
    head = f.read(1)
    if head:
        f.seek(head[0] + 4, 1)
    return bool(head)


def read_record(f) -> bytes | None:
    """Return the next payload of an open file, or None where no intact record follows."""
    head = f.read(1)
    if not head or not head[0]:  # flash that was zeroed is no record
        return None
    body = f.read(head[0] + 4)
    payload = body[: head[0]]
    # Bytes are compared, not numbers: a 32-bit integer is a heap object on the device.
    if len(body) != head[0] + 4 or binascii.crc32(payload).to_bytes(4, "big") != body[head[0] :]:
        return None
    return payload
