"""The deterministic subset of CBOR that frames use (RFC 8949, section 4.2.1).

Place: messages <-> bytes, below `messages` and `envelope`.
Guarantee: one value has one encoding. `loads` accepts that encoding only: shortest heads, definite
lengths, sorted unique integer keys, nothing after the item, at most 4 levels deep; anything else
raises `DecodeError`. Types: int (64 bit), bytes, str, bool, None, list and dict with int keys.
Floats and tags are left out on purpose: values travel as scaled integers.
"""

from protocol._compat import const
from protocol.errors import DecodeError

UINT = const(0)
NINT = const(1)
BYTES = const(2)
TEXT = const(3)
ARRAY = const(4)
MAP = const(5)

_SIMPLE = const(7)
_FALSE = const(0xF4)
_TRUE = const(0xF5)
_NULL = const(0xF6)
_MAX_DEPTH = const(4)


def put_head(out: bytearray, major: int, value: int) -> None:
    """Append the shortest head of `major` type with argument `value` (0 .. 2**64 - 1)."""
    if value < 24:
        out.append(major << 5 | value)
        return
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * size):
            out.append(major << 5 | info)
            out.extend(value.to_bytes(size, "big"))
            return
    raise ValueError("integer beyond 64 bits")


def take_head(data: bytes, at: int) -> tuple:
    """Read one head at `at`; return (major type, argument, next position) or raise DecodeError."""
    if at >= len(data):
        raise DecodeError("truncated head")
    major = data[at] >> 5
    value = data[at] & 31
    at += 1
    if value < 24:
        return major, value, at
    if value > 27:
        raise DecodeError("indefinite length or reserved head")
    size = 1 << (value - 24)
    if at + size > len(data):
        raise DecodeError("truncated head")
    value = int.from_bytes(data[at : at + size], "big")
    if value < (24 if size == 1 else 1 << (4 * size)):
        raise DecodeError("head is not the shortest")
    return major, value, at + size


def put(out: bytearray, value, depth: int = 0) -> None:
    """Append the encoding of `value`; what `loads` would refuse raises ValueError."""
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deep")
    if value is None:
        out.append(_NULL)
    elif value is True:
        out.append(_TRUE)
    elif value is False:
        out.append(_FALSE)
    elif isinstance(value, int):
        put_head(out, UINT if value >= 0 else NINT, value if value >= 0 else -1 - value)
    elif isinstance(value, (bytes, bytearray)):
        put_head(out, BYTES, len(value))
        out.extend(value)
    elif isinstance(value, str):
        text = value.encode()
        put_head(out, TEXT, len(text))
        out.extend(text)
    elif isinstance(value, (list, tuple)):
        put_head(out, ARRAY, len(value))
        for item in value:
            put(out, item, depth + 1)
    elif isinstance(value, dict):
        _put_map(out, value, depth)
    else:
        raise ValueError("type outside the CBOR subset")


def _put_map(out: bytearray, value: dict, depth: int) -> None:
    for key in value:
        if not isinstance(key, int) or isinstance(key, bool):
            raise ValueError("map key is not an integer")
    put_head(out, MAP, len(value))
    # Bytewise order of the encoded keys (RFC 8949, 4.2.1): 0, 1, .. and then -1, -2, ..
    for key in sorted(value, key=_key_order):
        put(out, key, depth + 1)
        put(out, value[key], depth + 1)


def _key_order(key: int) -> tuple:
    return (key < 0, key if key >= 0 else -1 - key)


def dumps(value) -> bytes:
    """Return the one encoding of `value`."""
    out = bytearray()
    put(out, value)
    return bytes(out)


def loads(data: bytes):
    """Return the value that `data` is the one encoding of, or raise DecodeError."""
    value, at = _take(data, 0, 0)
    if at != len(data):
        raise DecodeError("bytes after the item")
    return value


def _take(data: bytes, at: int, depth: int) -> tuple:
    if depth > _MAX_DEPTH:
        raise DecodeError("nested too deep")
    major, value, at = take_head(data, at)
    if major == UINT:
        return value, at
    if major == NINT:
        return -1 - value, at
    if major in (BYTES, TEXT):
        return _take_string(data, at, major, value)
    if major == ARRAY:
        return _take_array(data, at, value, depth)
    if major == MAP:
        return _take_map(data, at, value, depth)
    if major == _SIMPLE and 20 <= value <= 22:
        return (False, True, None)[value - 20], at
    raise DecodeError("tag, float or simple value")


def _take_string(data: bytes, at: int, major: int, length: int) -> tuple:
    if length > len(data) - at:
        raise DecodeError("string longer than the data")
    raw = bytes(data[at : at + length])
    if major == BYTES:
        return raw, at + length
    try:
        text = raw.decode()
    except ValueError:  # UnicodeError is one, on both runtimes
        raise DecodeError("text is not UTF-8")
    _check_text(text, length)
    return text, at + length


def _check_text(text: str, length: int) -> None:
    """MicroPython also decodes what is no UTF-8: overlong forms, surrogates, and beyond Unicode."""
    size = 0
    for character in text:
        code = ord(character)
        size += 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise DecodeError("text is not UTF-8")
    if size != length:
        raise DecodeError("text is not UTF-8")


def _take_array(data: bytes, at: int, length: int, depth: int) -> tuple:
    if length > len(data) - at:
        raise DecodeError("array longer than the data")
    items = []
    for _ in range(length):
        item, at = _take(data, at, depth + 1)
        items.append(item)
    return items, at


def _take_map(data: bytes, at: int, length: int, depth: int) -> tuple:
    if length > len(data) - at:
        raise DecodeError("map longer than the data")
    items = {}
    last = None
    for _ in range(length):
        key, at = _take(data, at, depth + 1)
        if not isinstance(key, int) or isinstance(key, bool):
            raise DecodeError("map key is not an integer")
        order = _key_order(key)
        if last is not None and order <= last:
            raise DecodeError("map keys not sorted or doubled")
        last = order
        items[key], at = _take(data, at, depth + 1)
    return items, at
