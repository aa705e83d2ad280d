"""Numbered samples of several quantities, as columns, in one string of bits that decodes alone.

Place: journal -> Batch -> `encode` -> session ))) session -> `decode` -> Batch -> ingest.
Guarantee: `decode(encode(batch))` is the same batch, except that the sample number, unless the
batch introduces itself, and, in the short form, the time come back truncated; `number_near` and
`Batch.newest` complete them. Anything else decodes to another valid batch or raises `DecodeError`.

    number      0 and the 16 low bits of the first sample's number, or
                1 and all 32 bits of it, and Exp-Golomb(6) how many older ones wait: introduction
    places      Exp-Golomb(3) how many, less one
    presence    1: a sample in each place; or 0 and a bit for each place: the first and the last
                have one. A place without a sample says nothing of it
    quantities  Exp-Golomb(1) how many, less one; Exp-Golomb(2) first id; Exp-Golomb(0) gaps
    interval    4 bits: code of INTERVALS; or 15 and 20 bits of seconds
    time        of the last place, see `sampletime`
    quality     see `quality`
    columns     see `columns`
"""

from protocol import quantities, sampletime
from protocol._compat import const
from protocol.bits import RAW_WIDTH, BitWriter
from protocol.columns import put_column
from protocol.quality import VALID, filled, put_quality

MAX_SAMPLES = const(64)
MAX_QUANTITIES = const(32)
NUMBERS = const(1 << 32)  # of samples, from 0

INTERVALS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 360, 600, 900, 1800, 3600)
EXPLICIT = const(15)
OLDER_ORDER = const(6)
OLDER_LIMIT = (1 << RAW_WIDTH) - (1 << OLDER_ORDER)


class Batch:
    """`count` samples in as many or more places, numbered from `first`, `interval_s` apart.

    ids        tuple of quantity ids, ascending
    columns    one list of `count` scaled integers per column (a quantity has `width` of them);
               None where the sensor gave no value (quality FAULT)
    quality    None: all valid; else one list of `count` codes, or None, per quantity
    clock      a form of `sampletime`; `seconds` is what that form counts, for the last place
    accuracy   index of `sampletime.ACCURACY_S`
    sent_s     None; or the unix time at which it is sent: UNIX may then travel as SLOT
    places     None: one sample in each; else the ascending places that have one, from 0
    older      None; or how many samples before `first` the node still has: an introduction
    """

    sent_s: int | None = None
    places: list | None = None
    older: int | None = None

    def __init__(self, first, ids, columns, interval_s, clock, seconds, quality=None, accuracy=0):
        self.first = first
        self.ids = ids
        self.columns = columns
        self.count = len(columns[0])
        self.interval_s = interval_s
        self.clock = clock
        self.seconds = seconds
        self.quality = quality
        self.accuracy = accuracy

    @property
    def span(self) -> int:
        """Return the number of places: one past the last sample's number, less `first`."""
        return self.count if self.places is None else self.places[-1] + 1

    def numbers(self) -> list:
        """Return the number of every sample."""
        places = range(self.count) if self.places is None else self.places
        return [self.first + place for place in places]

    def newest(self, received_s: int) -> tuple:
        """Return (unix seconds of the newest sample, uncertainty in s or None: only a bound)."""
        time_s = self.seconds
        if self.clock != sampletime.UNIX:
            time_s = sampletime.complete(self.clock, time_s, self.interval_s, received_s)
        return time_s, sampletime.ACCURACY_S[self.accuracy]

    def quality_of(self, row: int, index: int) -> int:
        """Return the quality code of quantity `row` in sample `index`."""
        codes = self.quality[row] if self.quality else None
        return codes[index] if codes else VALID

    def keep(self, numbers) -> None:
        """Throw away all samples but these, which are some of `numbers()` in their order."""
        kept = [number - self.first for number in numbers]
        had = self.places
        rows = kept if had is None else [had.index(place) for place in kept]
        self.columns = [[column[row] for row in rows] for column in self.columns]
        if self.quality:
            self.quality = [codes and [codes[row] for row in rows] for codes in self.quality]
        if self.clock in (sampletime.UNIX, sampletime.AGE, sampletime.AT_LEAST):
            behind = (self.span - 1 - kept[-1]) * self.interval_s
            self.seconds += -behind if self.clock == sampletime.UNIX else behind
        else:
            self.seconds = (self.seconds - (self.span - 1 - kept[-1])) % 64
        self.count = len(kept)
        self.first += kept[0]
        self.places = None
        if kept[-1] - kept[0] >= self.count:
            self.places = [place - kept[0] for place in kept]


def number_near(low: int, known: int) -> int:
    """Complete the 16 low bits of a sample number to the number nearest to `known`."""
    number = known + (low - known + 0x8000) % 0x10000 - 0x8000
    return number if number >= 0 else number + 0x10000


def encode(batch) -> bytes:
    """Return the bits of a batch; ValueError where it breaks a limit of the format."""
    _check_form(batch)
    writer = BitWriter()
    _put_number(writer, batch)
    writer.put_golomb(batch.span - 1, 3)
    _put_presence(writer, batch)
    put_ids(writer, batch.ids)
    put_interval(writer, batch.interval_s)
    if not batch.interval_s and (batch.clock == sampletime.SLOT or batch.span > 1):
        raise ValueError("an interval is due")
    clock, seconds = sampletime.short_form(batch)
    sampletime.put_time(writer, clock, seconds, batch.accuracy)
    put_quality(writer, batch.quality)
    codes = [0] * (batch.count - 1)
    column = 0
    for row in range(len(batch.ids)):
        base, order, width = quantities.coding(batch.ids[row])
        for _ in range(width):
            values = batch.columns[column]
            if None in values:
                values = filled(values, batch.quality and batch.quality[row], base)
            put_column(writer, values, base, order, codes)
            column += 1
    return writer.to_bytes()


def decode(bits: bytes) -> Batch:
    """Return the batch of these bits; `first` holds the low 16 bits unless it introduces itself."""
    from protocol import batch_reader  # a node never hears a batch: it need not hold the code

    return batch_reader.decode(bits)


def _check_form(batch) -> None:
    """Raise ValueError where ids, columns, places and quality do not belong together."""
    width = 0
    last = -1
    for qid in batch.ids:
        if not last < qid < quantities.COUNT:
            raise ValueError("ids are known and ascend")
        last = qid
        width += quantities.coding(qid)[2]
    if not 1 <= len(batch.ids) <= MAX_QUANTITIES or len(batch.columns) != width:
        raise ValueError("ids and columns do not match")
    if batch.quality and len(batch.quality) != len(batch.ids):
        raise ValueError("ids and quality do not match")
    if batch.places is not None and len(batch.places) != batch.count:
        raise ValueError("places and samples do not match")
    if not 1 <= batch.count <= batch.span <= MAX_SAMPLES:
        raise ValueError("a batch has 1 to 64 samples")
    for codes in batch.columns:
        if len(codes) != batch.count:
            raise ValueError("a column has another length")
    for codes in batch.quality or ():
        if codes and len(codes) != batch.count:
            raise ValueError("a quality has another length")


def _put_number(writer, batch) -> None:
    if batch.first < 0 or batch.first + batch.span > NUMBERS:
        raise ValueError("a sample number has 32 bits")
    low = batch.first & 0xFFFF
    if batch.older is None:
        writer.put(low, 17)
        return
    if not 0 <= batch.older <= min(batch.first, OLDER_LIMIT):
        raise ValueError("more older samples than numbers")
    writer.put(1, 1)
    writer.put_wide(batch.first >> 16, low)
    writer.put_golomb(batch.older, OLDER_ORDER)


def _put_presence(writer, batch) -> None:
    places = batch.places
    if places is None:
        writer.put(1, 1)
        return
    if places[0] != 0 or batch.count == batch.span:
        raise ValueError("places start at 0, one for each sample, and leave some out")
    writer.put(0, 1)
    at = 0
    for place in places:
        for _ in range(place - at):
            writer.put(0, 1)
        writer.put(1, 1)
        if place < at:
            raise ValueError("places ascend")
        at = place + 1


def put_ids(writer, ids: tuple) -> None:
    """Write which quantities there are."""
    writer.put_golomb(len(ids) - 1, 1)
    writer.put_golomb(ids[0], 2)
    for i in range(1, len(ids)):
        writer.put_golomb(ids[i] - ids[i - 1] - 1, 0)


def put_interval(writer, interval_s: int) -> None:
    """Write how far apart the samples are."""
    if interval_s in INTERVALS:
        writer.put(INTERVALS.index(interval_s), 4)
        return
    if not 0 <= interval_s < 1 << 20:
        raise ValueError("an interval is 0 to 1048575 s")
    writer.put(EXPLICIT, 4)
    writer.put(interval_s, 20)
