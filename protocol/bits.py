"""A stream of bits, most significant first, with the three codes that batches are made of.

Place: under `columns` and `batch`.
Guarantee: every intermediate stays below 2**30, where an integer on a 32-bit MicroPython is no
heap object. Reading past the end, or a code no writer makes, raises `DecodeError`.

Codes: fixed width; Exp-Golomb of order k (for a value of unknown size); Rice with parameter k and
an escape after 12 ones to 22 raw bits (for differences).
"""

from protocol._compat import const
from protocol.errors import DecodeError

RICE_ESCAPE = const(12)
RAW_WIDTH = const(22)  # with 7 bits left over in the accumulator: 29


class BitWriter:
    """Collects bits; `to_bytes` pads the last byte with zeros."""

    def __init__(self):
        self._out = bytearray()
        self._bits = 0
        self._count = 0

    def put(self, value: int, width: int) -> None:
        """Append `value` as `width` bits (0 .. 22)."""
        bits = self._bits << width | value
        count = self._count + width
        while count >= 8:
            count -= 8
            self._out.append(bits >> count)
            bits &= (1 << count) - 1
        self._bits = bits
        self._count = count

    def put_wide(self, value: int) -> None:
        """Append `value` as 32 bits."""
        self.put(value >> 16, 16)
        self.put(value & 0xFFFF, 16)

    def put_golomb(self, value: int, order: int) -> None:
        """Append `value` (0 .. 2**22 - 1) in Exp-Golomb code of `order` k."""
        high = (value >> order) + 1
        length = 0
        while high >> (length + 1):
            length += 1
        self.put(0, length)
        self.put(1, 1)
        self.put(high & ((1 << length) - 1), length)
        self.put(value & ((1 << order) - 1), order)

    def put_rice(self, value: int, order: int) -> None:
        """Append `value` (0 .. 2**22 - 1) in Rice code of parameter `order` (0 .. 9)."""
        quotient = value >> order
        if quotient < RICE_ESCAPE:
            self.put((1 << quotient) - 1, quotient)
            self.put(value & ((1 << order) - 1), order + 1)
        else:
            self.put((1 << RICE_ESCAPE) - 1, RICE_ESCAPE)
            self.put(value, RAW_WIDTH)

    def to_bytes(self) -> bytes:
        """Return everything put so far, padded to whole bytes."""
        tail = bytes([self._bits << (8 - self._count)]) if self._count else b""
        return bytes(self._out) + tail


class BitReader:
    """Takes from `data` what `BitWriter` put, in the same order."""

    def __init__(self, data: bytes):
        self._data = data
        self._at = 0
        self._bits = 0
        self._count = 0

    def take(self, width: int) -> int:
        """Return the next `width` bits (0 .. 22)."""
        bits = self._bits
        count = self._count
        while count < width:
            if self._at >= len(self._data):
                raise DecodeError("bit stream ends early")
            bits = bits << 8 | self._data[self._at]
            self._at += 1
            count += 8
        count -= width
        self._count = count
        self._bits = bits & ((1 << count) - 1)
        return bits >> count

    def take_wide(self) -> int:
        """Return the next 32 bits."""
        high = self.take(16)
        return high << 16 | self.take(16)

    def take_golomb(self, order: int) -> int:
        """Return the next value in Exp-Golomb code of `order` k."""
        length = 0
        while not self.take(1):
            length += 1
            if length + order > RAW_WIDTH:
                raise DecodeError("Exp-Golomb code too long")
        high = (1 << length | self.take(length)) - 1
        return high << order | self.take(order)

    def take_rice(self, order: int) -> int:
        """Return the next value in Rice code of parameter `order`."""
        quotient = 0
        while self.take(1):
            quotient += 1
            if quotient == RICE_ESCAPE:
                return self.take(RAW_WIDTH)
        return quotient << order | self.take(order)

    def finish(self) -> None:
        """Raise DecodeError unless only the zero padding of the last byte is left."""
        if self._at != len(self._data) or self._bits:
            raise DecodeError("bits after the batch")


def zigzag(value: int) -> int:
    """Map 0, -1, 1, -2 .. to 0, 1, 2, 3 .. so that small differences are small codes."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def unzigzag(code: int) -> int:
    """Undo `zigzag`."""
    return -((code + 1) >> 1) if code & 1 else code >> 1
