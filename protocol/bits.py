"""A stream of bits, most significant first, with the three codes that batches are made of.

Place: under `columns` and `batch`.
Guarantee: every intermediate stays below 2**30, where an integer on a 32-bit MicroPython is no
heap object. `bit_reader` is the way back.

Codes: fixed width; Exp-Golomb of order k (for a value of unknown size); Rice with parameter k and
an escape after 12 ones to 22 raw bits (for differences).
"""

from protocol._compat import const

RICE_ESCAPE = const(12)
RAW_WIDTH = const(22)  # with 7 bits left over in the accumulator: 29

_ALL_ONES = const(0xFFF)  # RICE_ESCAPE of them


class BitWriter:
    """Collects bits; `to_bytes` pads the last byte with zeros."""

    def __init__(self):
        self._out = bytearray()
        self._bits = 0
        self._count = 0

    def length(self) -> int:
        """Return how many bits were put."""
        return 8 * len(self._out) + self._count

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

    def put_wide(self, high: int, low: int) -> None:
        """Append 32 bits, given as two halves: whole they would be a heap object on a chip."""
        self.put(high, 16)
        self.put(low, 16)

    def put_golomb(self, value: int, order: int) -> None:
        """Append `value` (0 .. 2**22 - 2**order) in Exp-Golomb code of `order` k."""
        value += 1 << order
        length = order
        while value >> (length + 1):
            length += 1
        self.put(0, length - order)
        self.put(value, length + 1)  # 23 bits at most, and 7 in the accumulator

    def put_rice(self, codes: list, order: int) -> None:
        """Append `codes` (0 .. 2**22 - 1) in Rice code of parameter `order` (0 .. 9)."""
        out = self._out
        bits = self._bits
        filled = self._count
        mask = (1 << order) - 1
        for code in codes:
            quotient = code >> order
            if quotient < RICE_ESCAPE:
                # quotient ones, a zero, the low bits: at most 22 bits at once
                width = quotient + 1 + order
                bits = bits << width | ((1 << quotient) - 1) << (order + 1) | code & mask
                filled += width
            else:
                self._bits = bits
                self._count = filled
                self.put(_ALL_ONES, RICE_ESCAPE)
                self.put(code, RAW_WIDTH)
                bits = self._bits
                filled = self._count
            while filled >= 8:
                filled -= 8
                out.append(bits >> filled)
                bits &= (1 << filled) - 1
        self._bits = bits
        self._count = filled

    def to_bytes(self) -> bytes:
        """Return everything put so far, padded to whole bytes; nothing may be put after it."""
        if self._count:
            self.put(0, 8 - self._count)
        return bytes(self._out)


def zigzag(value: int) -> int:
    """Map 0, -1, 1, -2 .. to 0, 1, 2, 3 .. so that small differences are small codes."""
    return value << 1 if value >= 0 else (-value << 1) - 1
