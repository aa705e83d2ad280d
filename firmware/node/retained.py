"""What a node keeps in RTC memory while it sleeps deeply.

Place: wake, sleep <-> here <-> machine.RTC.
Guarantee: `load` returns what this firmware has stored, whole, or None: after a loss of power, when
another firmware wrote it, when a bit has flipped. It never raises. `store` takes little from the
heap at once: after a long wake there is no piece of it left that holds everything.

    version of the form (1 byte), CRC-32 of the firmware's version and the rest (4), JSON

JSON because its coder is C on the device: of one in Python a wake would notice.
"""

import json
from binascii import crc32

import machine

from node.version import VERSION

LIMIT = 2048  # bytes of RTC memory
_HEAD = 5
_FORM = b"\x01"
_buffer = bytearray(LIMIT)  # from the heap while it is whole


def load() -> dict | None:
    """Return what was stored."""
    data = machine.RTC().memory()
    text = data[_HEAD:]
    if data[:_HEAD] != _head(text):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def store(value: dict) -> bool:
    """Keep a value; False where it is too long, and then what was kept stays."""
    at = _HEAD
    before = b"{"
    for name in value:
        part = before + json.dumps(name).encode() + b":" + json.dumps(value[name]).encode()
        before = b","
        if at + len(part) >= LIMIT:
            return False
        _buffer[at : at + len(part)] = part
        at += len(part)
    _buffer[at : at + 1] = b"}"
    _buffer[:_HEAD] = _head(memoryview(_buffer)[_HEAD : at + 1])
    machine.RTC().memory(memoryview(_buffer)[: at + 1])
    return True


def forget() -> None:
    """Let the next wake be a start."""
    machine.RTC().memory(b"")


def _head(text) -> bytes:
    return _FORM + crc32(text, crc32(VERSION.encode())).to_bytes(4, "big")
