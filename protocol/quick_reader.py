"""The batches that come all day, read in a quarter of the time; for gateways.

Place: `gateway_session` asks here first, and `messages.decode` where it gets None.
Guarantee: `read` returns what `messages.decode` returns, or None where it is not sure. It knows
batches whose values are all valid, one sample in each place, with a head that `learn` was shown:
for the same node that head is the same bits each time. Heads are few and bounded.

A batch is one integer here, with 48 zero bits behind it; what a code needs is always within the
next 48. That is quick where integers are of any size, and nothing for a node.
"""

from protocol import quantities
from protocol._compat import const
from protocol.batch import Batch, put_ids, put_interval
from protocol.bits import RAW_WIDTH, RICE_ESCAPE, BitWriter
from protocol.columns import SAME, SECOND
from protocol.quantities import LIMIT
from protocol.sampletime import SLOT, UNIX

_AHEAD = const(48)
_MASK = (1 << 48) - 1
_NUMBER_BITS = const(17)
_KEY_BITS = const(16)
_HEADS = const(512)
_SHORTEST = const(5)  # bytes: heads and time take more than three
_TIME_BITS = (10, 36)  # of SLOT and UNIX: seconds, 3 bits of accuracy, 1 of quality
_LONG = const(0x18)  # CBOR: the length of a string is in the next byte

# How many zeros, and how many ones, a byte begins with.
_ZEROS = bytes([8 - len(bin(byte)[2:]) if byte else 8 for byte in range(256)])
_ONES = bytes([_ZEROS[byte ^ 0xFF] for byte in range(256)])

_heads: dict = {}  # by the bits that follow the number: lists of _Head


class _Head:
    """What lies between number and time: `bits`, `length` of them, and what they say."""

    def __init__(self, length: int, bits: int, batch):
        self.length = length
        self.bits = bits
        self.ids = batch.ids
        self.count = batch.count
        self.interval_s = batch.interval_s
        self.clock = batch.clock
        self.mask = (1 << length) - 1
        self.time_bits = _TIME_BITS[batch.clock]
        self.time_mask = (1 << self.time_bits) - 1
        self.scratch = [0] * (batch.count - 1)
        codings = []
        for qid in batch.ids:
            base, order, width = quantities.coding(qid)
            # Zigzag: the sign is the lowest bit, so that a value is base + half of its code.
            codings.extend([(base, order + 1, 1 << order)] * width)
        self.codings = codings


def learn(batch) -> None:
    """Remember the head of a batch that was read the long way, if it is of the usual kind."""
    if batch.places is not None or batch.older is not None or batch.clock not in (SLOT, UNIX):
        return
    writer = BitWriter()
    writer.put_golomb(batch.count - 1, 3)
    writer.put(1, 1)
    put_ids(writer, batch.ids)
    put_interval(writer, batch.interval_s)
    writer.put(batch.clock, 2)
    length = writer.length()
    data = writer.to_bytes()
    if length < _KEY_BITS or len(_heads) >= _HEADS:
        return
    known = _heads.setdefault(data[0] << 8 | data[1], [])
    bits = int.from_bytes(data, "big") >> (8 * len(data) - length)
    if len(known) < _KEY_BITS and not any(head.bits == bits for head in known):
        known.append(_Head(length, bits, batch))


def read(plain: bytes):
    """Return the Batch of a plaintext, or None."""
    size = len(plain)
    if size < _SHORTEST:
        return None
    left = 8 * size + _AHEAD - _NUMBER_BITS
    said = plain[0] ^ 0x40  # a byte string; its length must be that of the rest
    if said == size - 1 and said < _LONG:
        left -= 8
    elif said == _LONG and plain[1] == size - 2 >= _LONG:
        left -= 16
    else:
        return None
    bits = int.from_bytes(plain, "big") << _AHEAD
    first = bits >> left & 0x1FFFF
    if first > 0xFFFF:
        return None
    for head in _heads.get(bits >> (left - _KEY_BITS) & 0xFFFF, ()):
        after = left - head.length
        if after >= _AHEAD and bits >> after & head.mask == head.bits:
            break
    else:
        return None
    left = after - head.time_bits
    if left < _AHEAD:
        return None
    time = bits >> left & head.time_mask
    if not time & 1:
        return None  # not all valid
    columns: list = []
    is_one = head.count == 1
    for base, order, one in head.codings:
        ahead = bits >> (left - _AHEAD) & _MASK
        zeros = _ZEROS[ahead >> 40]
        if zeros == 8:
            zeros += _ZEROS[ahead >> 32 & 0xFF]
            if zeros >= 16 or zeros + order > RAW_WIDTH:
                return None
        length = zeros + zeros + order
        left -= length
        if left < _AHEAD:
            return None
        code = (ahead >> (_AHEAD - length)) - one
        value = base - ((code + 1) >> 1) if code & 1 else base + (code >> 1)
        if value > LIMIT or value < -LIMIT:
            return None
        if is_one:
            columns.append([value])
        else:
            left = _read_column(bits, left, value, head.scratch, columns)
            if left < _AHEAD:
                return None
    # What is left is the padding of the last byte.
    if left >= _AHEAD + 8 or bits & ((1 << left) - 1):
        return None
    quality = None
    seconds = time >> 4
    return Batch(
        first, head.ids, columns, head.interval_s, head.clock, seconds, quality, time >> 1 & 7
    )


def _read_column(bits: int, left: int, value: int, codes: list, columns: list) -> int:
    """Append the column that begins with `value`; return the bits left, or 0 for a failure.

    Fewer than _AHEAD are left where the batch ends early.
    """
    left -= 4
    mode = bits >> left & 0xF
    if mode == SAME:
        columns.append([value] * (len(codes) + 1))
        return left
    order = mode if mode < SECOND else mode - SECOND
    low = (1 << order) - 1
    values = [value]
    step = 0
    for _ in codes:
        if left < _AHEAD:
            return 0
        ahead = bits >> (left - _AHEAD) & _MASK
        ones = _ONES[ahead >> 40]
        if ones == 8:
            ones += _ONES[ahead >> 32 & 0xFF]
            if ones >= RICE_ESCAPE:
                return 0
        length = ones + 1 + order
        left -= length
        code = ones << order | ahead >> (_AHEAD - length) & low
        change = -((code + 1) >> 1) if code & 1 else code >> 1
        step = change if mode < SECOND else step + change
        value += step
        if not -LIMIT <= value <= LIMIT:
            return 0
        values.append(value)
    columns.append(values)
    return left
