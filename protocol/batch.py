"""Numbered samples of several quantities, as columns, in one string of bits that decodes alone.

Place: journal -> Batch -> `encode` -> session ))) session -> `decode` -> Batch -> ingest.
Guarantee: `decode(encode(batch))` is the same batch, except that the sample number and, in the
short time form, the time come back truncated; `number_near` and `Batch.newest` complete them.
Anything else decodes to another valid batch or raises `DecodeError`.

    first sample number   16 bits, the low ones
    count - 1              6 bits
    quantities             5 bits count - 1, Exp-Golomb(2) first id, Exp-Golomb(0) gaps
    interval               4 bits code of INTERVALS, 15: 20 bits of seconds follow
    time of the newest     2 bits form, then see `Clock forms`
    quality                1 bit: all valid? else per quantity 1 bit: all valid? else 3 bits a value
    columns                see `columns`
"""

from protocol import quantities
from protocol._compat import const
from protocol.bits import BitReader, BitWriter
from protocol.columns import put_column, take_column
from protocol.errors import DecodeError

MAX_SAMPLES = const(64)

# Clock forms: how the time of the newest sample is told.
SLOT = const(0)  # 6 bits: unix time / interval, low bits; for a sample on the grid sent at once
UNIX = const(1)  # 32 bits: seconds since 1970
AGE = const(2)  # seconds since it was taken; the node's clock was never set
AT_LEAST = const(3)  # the same, but power was lost since: it is at least this old

# The short form is used while a sample is younger than this many intervals, of the 32 it could be:
# the rest is room for a clock that is off.
SLOT_LIMIT = const(16)
SLOT_MIN_S = const(10)  # below, a frame held up for half a minute would be dated wrong

INTERVALS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 360, 600, 900, 1800, 3600)
_EXPLICIT = const(15)
_AGE_ORDER = const(5)
_AGE_LIMIT = const(4194000)  # 48 days; older is said to be this old


class Batch:
    """`count` samples numbered from `first`, `interval_s` apart.

    ids        tuple of quantity ids, ascending
    columns    one list of `count` scaled integers per column (a quantity has `width` of them);
               None where the sensor gave no value (quality FAULT)
    quality    None: all valid; else one list of `count` codes, or None, per quantity
    clock      SLOT, UNIX, AGE or AT_LEAST; `seconds` is what that form counts, for the newest
    """

    def __init__(self, first, ids, columns, interval_s, clock, seconds, quality=None):
        self.first = first
        self.ids = ids
        self.columns = columns
        self.count = len(columns[0])
        self.interval_s = interval_s
        self.clock = clock
        self.seconds = seconds
        self.quality = quality

    def newest(self, received_s: int) -> tuple:
        """Return (unix seconds of the newest sample, uncertainty in s or None: only a bound)."""
        if self.clock == UNIX:
            return self.seconds, 1
        if self.clock == SLOT:
            now = received_s // self.interval_s
            ahead = (self.seconds - now + 32) % 64 - 32
            return (now + ahead) * self.interval_s, 1
        return received_s - self.seconds, 2 if self.clock == AGE else None

    def quality_of(self, row: int, index: int) -> int:
        """Return the quality code of quantity `row` in sample `index`."""
        codes = self.quality[row] if self.quality else None
        return codes[index] if codes else quantities.VALID


def number_near(low: int, expected: int) -> int:
    """Complete the 16 low bits of a sample number to the number nearest to `expected`."""
    number = expected + (low - expected + 0x8000) % 0x10000 - 0x8000
    return number if number >= 0 else number + 0x10000


def shorten(batch, now_s: int) -> None:
    """Turn the UNIX time of a batch into the SLOT form where that says the same at `now_s`."""
    if batch.clock != UNIX or batch.interval_s < SLOT_MIN_S or batch.seconds % batch.interval_s:
        return
    if abs(now_s - batch.seconds) < SLOT_LIMIT * batch.interval_s:
        batch.clock = SLOT
        batch.seconds = batch.seconds // batch.interval_s % 64


def encode(batch) -> bytes:
    """Return the bits of a batch; ValueError where it breaks a limit of the format."""
    if not 1 <= batch.count <= MAX_SAMPLES:
        raise ValueError("a batch has 1 to 64 samples")
    _check_form(batch)
    writer = BitWriter()
    writer.put(batch.first & 0xFFFF, 16)
    writer.put(batch.count - 1, 6)
    _put_ids(writer, batch.ids)
    _put_interval(writer, batch.interval_s)
    if batch.clock == SLOT and not batch.interval_s:
        raise ValueError("slot time without an interval")
    _put_time(writer, batch.clock, batch.seconds)
    _put_quality(writer, batch)
    column = 0
    for row in range(len(batch.ids)):
        quantity = quantities.by_id(batch.ids[row])
        for _ in range(quantity.width):
            values = _filled(batch, row, column, quantity.base)
            put_column(writer, values, quantity.base, quantity.order)
            column += 1
    return writer.to_bytes()


def decode(bits: bytes) -> Batch:
    """Return the batch of these bits; `first` holds the low 16 bits of the sample number."""
    reader = BitReader(bits)
    first = reader.take(16)
    count = reader.take(6) + 1
    ids = _take_ids(reader)
    interval_s = _take_interval(reader)
    clock, seconds = _take_time(reader)
    if clock == SLOT and not interval_s:
        raise DecodeError("slot time without an interval")
    quality = _take_quality(reader, len(ids), count)
    columns = []
    for qid in ids:
        quantity = quantities.by_id(qid)
        for _ in range(quantity.width):
            columns.append(take_column(reader, count, quantity.base, quantity.order))
    reader.finish()
    _blank_faults(ids, columns, quality)
    return Batch(first, ids, columns, interval_s, clock, seconds, quality)


def _check_form(batch) -> None:
    """Raise ValueError where ids, columns and quality do not belong together."""
    ids = batch.ids
    last = -1
    for qid in ids:
        if not last < qid < quantities.COUNT:
            raise ValueError("ids are known and ascend")
        last = qid
    width = sum(quantities.by_id(qid).width for qid in ids)
    if not 1 <= len(ids) <= 32 or len(batch.columns) != width:
        raise ValueError("ids and columns do not match")
    if batch.quality and len(batch.quality) != len(ids):
        raise ValueError("ids and quality do not match")
    for codes in list(batch.columns) + [codes for codes in batch.quality or () if codes]:
        if len(codes) != batch.count:
            raise ValueError("a column or its quality has another length")


def _put_ids(writer, ids: tuple) -> None:
    writer.put(len(ids) - 1, 5)
    writer.put_golomb(ids[0], 2)
    for i in range(1, len(ids)):
        writer.put_golomb(ids[i] - ids[i - 1] - 1, 0)


def _take_ids(reader) -> tuple:
    count = reader.take(5) + 1
    qid = reader.take_golomb(2)
    ids = [qid]
    for _ in range(count - 1):
        qid += reader.take_golomb(0) + 1
        ids.append(qid)
    if qid >= quantities.COUNT:
        raise DecodeError("unknown quantity")
    return tuple(ids)


def _put_interval(writer, interval_s: int) -> None:
    if interval_s in INTERVALS:
        writer.put(INTERVALS.index(interval_s), 4)
        return
    if not 0 <= interval_s < 1 << 20:
        raise ValueError("an interval is 0 to 1048575 s")
    writer.put(_EXPLICIT, 4)
    writer.put(interval_s, 20)


def _take_interval(reader) -> int:
    code = reader.take(4)
    if code != _EXPLICIT:
        return INTERVALS[code]
    interval_s = reader.take(20)
    if interval_s in INTERVALS:
        raise DecodeError("interval is not the shortest")
    return interval_s


def _put_time(writer, clock: int, seconds: int) -> None:
    writer.put(clock, 2)
    if clock == SLOT and 0 <= seconds < 64:
        writer.put(seconds, 6)
    elif clock == UNIX and 0 <= seconds < 1 << 32:
        writer.put_wide(seconds)
    elif clock in (AGE, AT_LEAST):
        writer.put_golomb(min(max(seconds, 0), _AGE_LIMIT), _AGE_ORDER)
    else:
        raise ValueError("no such time")


def _take_time(reader) -> tuple:
    clock = reader.take(2)
    if clock == SLOT:
        return clock, reader.take(6)
    if clock == UNIX:
        return clock, reader.take_wide()
    return clock, reader.take_golomb(_AGE_ORDER)


def _put_quality(writer, batch) -> None:
    rows = [codes if codes and any(codes) else () for codes in batch.quality or ()]
    if not any(rows):
        writer.put(1, 1)
        return
    writer.put(0, 1)
    for codes in rows:
        writer.put(0 if codes else 1, 1)
        for code in codes:
            if not 0 <= code <= quantities.MAINTENANCE:
                raise ValueError("unknown quality")
            writer.put(code, 3)


def _take_quality(reader, rows: int, count: int) -> list | None:
    if reader.take(1):
        return None
    quality: list = []
    for _ in range(rows):
        if reader.take(1):
            quality.append(None)
            continue
        codes = [reader.take(3) for _ in range(count)]
        if max(codes) > quantities.MAINTENANCE or not any(codes):
            raise DecodeError("unknown or empty quality")
        quality.append(codes)
    if not any(quality):
        raise DecodeError("unknown or empty quality")
    return quality


def _filled(batch, row: int, column: int, last: int) -> list:
    """Put the value before it, which costs least, where FAULT says that there is none."""
    values = batch.columns[column]
    if None not in values:
        return values
    filled = []
    for i in range(batch.count):
        if values[i] is not None:
            last = values[i]
        elif batch.quality_of(row, i) != quantities.FAULT:
            raise ValueError("no value, and no FAULT that says so")
        filled.append(last)
    return filled


def _blank_faults(ids: tuple, columns: list, quality: list | None) -> None:
    if not quality:
        return
    column = 0
    for row in range(len(ids)):
        codes = quality[row]
        for _ in range(quantities.by_id(ids[row]).width):
            for i in range(len(codes) if codes else 0):
                if codes[i] == quantities.FAULT:
                    columns[column][i] = None
            column += 1
