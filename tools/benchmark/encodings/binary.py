"""The two binary notations that peers use, as far as they use them.

Place: maps, senml -> here -> bytes.
Guarantee: each value in its shortest form, the same bytes as the packages cbor2 and msgpack write.
Anything else than what is listed is a TypeError.

    cbor          RFC 8949, preferred serialisation: int, str, Decimal (as a decimal fraction,
                  tag 4, section 3.4.4), list, dict
    messagepack   the MessagePack specification: int, list, dict
"""

from decimal import Decimal
from typing import Any

_DECIMAL_FRACTION = 4

_Range = tuple[int, int, int, int, bool]  # lowest, highest, head, bytes after it, signed

_MESSAGEPACK_INTEGERS: tuple[_Range, ...] = (
    (0, 0x7F, -1, 1, False),
    (-0x20, -1, -1, 1, True),
    (0, 0xFF, 0xCC, 1, False),
    (0, 0xFFFF, 0xCD, 2, False),
    (0, 0xFFFFFFFF, 0xCE, 4, False),
    (-0x80, -1, 0xD0, 1, True),
    (-0x8000, -1, 0xD1, 2, True),
    (-0x80000000, -1, 0xD2, 4, True),
)


def cbor(value: Any) -> bytes:
    """Return a value in CBOR."""
    out = bytearray()
    _put_cbor(out, value)
    return bytes(out)


def _put_cbor(out: bytearray, value: Any) -> None:
    if isinstance(value, int):
        if value >= 0:
            _put_head(out, 0, value)
        else:
            _put_head(out, 1, -1 - value)
    elif isinstance(value, str):
        text = value.encode()
        _put_head(out, 3, len(text))
        out += text
    elif isinstance(value, dict):
        _put_head(out, 5, len(value))
        for key, item in value.items():
            _put_cbor(out, key)
            _put_cbor(out, item)
    elif isinstance(value, list):
        _put_head(out, 4, len(value))
        for item in value:
            _put_cbor(out, item)
    elif isinstance(value, Decimal):
        sign, digits, exponent = value.as_tuple()
        mantissa = int("".join(map(str, digits))) * (-1 if sign else 1)
        _put_head(out, 6, _DECIMAL_FRACTION)
        _put_cbor(out, [exponent, mantissa])
    else:
        raise TypeError(f"{value!r} has no place in CBOR here")


def _put_head(out: bytearray, major: int, value: int) -> None:
    if value < 24:
        out.append(major << 5 | value)
        return
    size = 1
    while value >> (8 * size):
        size *= 2
    out.append(major << 5 | 23 + size.bit_length())
    out += value.to_bytes(size, "big")


def messagepack(value: Any) -> bytes:
    """Return a value in MessagePack."""
    if isinstance(value, int):
        return _messagepack_integer(value)
    if isinstance(value, list):
        return _messagepack_head(0x90, 0xDC, len(value)) + b"".join(map(messagepack, value))
    if isinstance(value, dict):
        pairs = (messagepack(key) + messagepack(item) for key, item in value.items())
        return _messagepack_head(0x80, 0xDE, len(value)) + b"".join(pairs)
    raise TypeError(f"{value!r} has no place in MessagePack here")


def _messagepack_integer(value: int) -> bytes:
    for lowest, highest, head, size, signed in _MESSAGEPACK_INTEGERS:
        if lowest <= value <= highest:
            body = value.to_bytes(size, "big", signed=signed)
            return body if head < 0 else bytes([head]) + body
    raise TypeError(f"{value!r} is beyond 32 bits")


def _messagepack_head(short: int, long: int, count: int) -> bytes:
    return bytes([short | count]) if count < 16 else bytes([long]) + count.to_bytes(2, "big")
