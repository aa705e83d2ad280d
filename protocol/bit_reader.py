"""The way back from `bits`: fixed widths, Exp-Golomb and Rice codes.

Place: under `batch_reader` and `duty`; most nodes only write.
Guarantee: reading past the end, or a code no writer makes, raises `DecodeError`; every intermediate
stays below 2**30, as in `bits`.
"""

from protocol.bits import RAW_WIDTH, RICE_ESCAPE
from protocol.errors import DecodeError


class BitReader:
    """Takes bits from `data`; each method raises DecodeError where there are not enough."""

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
                raise DecodeError("bits end early")
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
        bits = self._bits
        count = self._count
        length = order
        while True:
            if not count:
                if self._at >= len(self._data):
                    raise DecodeError("bits end early")
                bits = self._data[self._at]
                self._at += 1
                count = 8
            count -= 1
            if bits >> count & 1:
                break
            length += 1
            if length > RAW_WIDTH:
                raise DecodeError("Exp-Golomb code too long")
        self._bits = bits & ((1 << count) - 1)
        self._count = count
        return (1 << length | self.take(length)) - (1 << order)

    def take_rice(self, codes: list, order: int) -> None:
        """Replace all of `codes` by the next values in Rice code of parameter `order`."""
        data = self._data
        at = self._at
        bits = self._bits
        filled = self._count
        end = len(data)
        for i in range(len(codes)):
            quotient = 0
            width = order
            while True:
                if not filled:
                    if at >= end:
                        raise DecodeError("bits end early")
                    bits = data[at]
                    at += 1
                    filled = 8
                filled -= 1
                if not bits >> filled & 1:
                    break
                quotient += 1
                if quotient == RICE_ESCAPE:
                    width = RAW_WIDTH
                    quotient = 0
                    break
            bits &= (1 << filled) - 1
            while filled < width:
                if at >= end:
                    raise DecodeError("bits end early")
                bits = bits << 8 | data[at]
                at += 1
                filled += 8
            filled -= width
            codes[i] = quotient << order | bits >> filled
            bits &= (1 << filled) - 1
        self._at = at
        self._bits = bits
        self._count = filled

    def finish(self) -> None:
        """Raise DecodeError unless only the zero padding of the last byte is left."""
        if self._at != len(self._data) or self._bits:
            raise DecodeError("bits after the batch")


def unzigzag(code: int) -> int:
    """Undo `zigzag`."""
    return -((code + 1) >> 1) if code & 1 else code >> 1
