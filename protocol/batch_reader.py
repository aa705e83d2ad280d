"""The other half of `batch`: bits -> Batch. Only gateways need it.

Place: as `batch`, which describes the format; `batch.decode` is its door.
Guarantee: any bits are a valid Batch, or DecodeError.
"""

from protocol import quantities
from protocol.batch import (
    EXPLICIT,
    INTERVALS,
    MAX_QUANTITIES,
    MAX_SAMPLES,
    NUMBERS,
    OLDER_LIMIT,
    OLDER_ORDER,
    Batch,
)
from protocol.bit_reader import BitReader
from protocol.column_reader import take_column
from protocol.errors import DecodeError
from protocol.quality_reader import blank, take_quality
from protocol.sampletime import ACCURACY_S, AGE_LIMIT, AGE_ORDER, AT_LEAST, SLOT, UNIX


def decode(bits: bytes) -> Batch:
    """Return the batch of these bits; `first` holds the low 16 bits unless it introduces itself."""
    reader = BitReader(bits)
    first, older = _take_number(reader)
    span = reader.take_golomb(3) + 1
    if span > MAX_SAMPLES or first + span > NUMBERS:
        raise DecodeError("too many samples")
    places = _take_presence(reader, span)
    count = span if places is None else len(places)
    ids = _take_ids(reader)
    interval_s = _take_interval(reader)
    clock, seconds, accuracy = take_time(reader)
    if not interval_s and (clock == SLOT or span > 1):
        raise DecodeError("an interval is due")
    quality = take_quality(reader, len(ids), count)
    codes = [0] * (count - 1)
    columns = []
    for row in range(len(ids)):
        base, order, width = quantities.coding(ids[row])
        for _ in range(width):
            values = take_column(reader, count, base, order, codes)
            if quality and quality[row]:
                blank(values, quality[row])
            columns.append(values)
    reader.finish()
    batch = Batch(first, ids, columns, interval_s, clock, seconds, quality, accuracy)
    batch.places = places
    batch.older = older
    return batch


def _take_number(reader) -> tuple:
    if not reader.take(1):
        return reader.take(16), None
    first = reader.take_wide()
    older = reader.take_golomb(OLDER_ORDER)
    if older > first or older > OLDER_LIMIT:
        raise DecodeError("more older samples than numbers")
    return first, older


def _take_presence(reader, span: int) -> list | None:
    if reader.take(1):
        return None
    places = [place for place in range(span) if reader.take(1)]
    if not places or places[0] != 0 or places[-1] != span - 1 or len(places) == span:
        raise DecodeError("presence is not the shortest")
    return places


def _take_ids(reader) -> tuple:
    count = reader.take_golomb(1) + 1
    if count > MAX_QUANTITIES:
        raise DecodeError("too many quantities")
    qid = reader.take_golomb(2)
    ids = [qid]
    for _ in range(count - 1):
        qid += reader.take_golomb(0) + 1
        ids.append(qid)
    if qid >= quantities.COUNT:
        raise DecodeError("unknown quantity")
    return tuple(ids)


def _take_interval(reader) -> int:
    code = reader.take(4)
    if code != EXPLICIT:
        return INTERVALS[code]
    interval_s = reader.take(20)
    if interval_s in INTERVALS:
        raise DecodeError("interval is not the shortest")
    return interval_s


def take_time(reader) -> tuple:
    """Read (clock, seconds, accuracy) back."""
    clock = reader.take(2)
    if clock == SLOT:
        seconds = reader.take(6)
    elif clock == UNIX:
        seconds = reader.take_wide()
    else:
        seconds = reader.take_golomb(AGE_ORDER)
        if seconds > AGE_LIMIT:
            raise DecodeError("age out of range")
    return clock, seconds, len(ACCURACY_S) - 1 if clock == AT_LEAST else reader.take(3)
