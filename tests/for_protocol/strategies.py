"""What Hypothesis draws: values, batches and messages as their owners would make them."""

from itertools import pairwise

from hypothesis import strategies as st

from protocol import commands, quantities
from protocol.batch import INTERVALS, NUMBERS, Batch
from protocol.commands import Command, Result
from protocol.fields import TEXT_LIMIT
from protocol.messages import MAX_GAPS, Ack, Gone, Hello, Note, Poll
from protocol.quality import FAULT, MAINTENANCE
from protocol.quantities import LIMIT
from protocol.reading import Reading, described
from protocol.reports import Crash, Status, exceptions, status_fields
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX
from protocol.updates import Block, Offer, Want
from tests.shared.forms import ack, one, width_of

WIDE = st.integers(-(2**64), 2**64 - 1)
SCALARS = WIDE | st.booleans() | st.none() | st.binary(max_size=40) | st.text(max_size=20)


def nested(inner: st.SearchStrategy, keys: st.SearchStrategy = WIDE) -> st.SearchStrategy:
    """Draw a list or a map of `inner`."""
    return st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5)


CBOR = SCALARS | nested(SCALARS | nested(SCALARS | nested(SCALARS | nested(SCALARS))))

VALUES = st.integers(-LIMIT, LIMIT) | st.integers(-300, 300) | st.sampled_from((LIMIT, -LIMIT, 0))
CODES = st.integers(0, MAINTENANCE)
ACCURACIES = st.integers(0, 7)
QIDS = st.integers(0, quantities.COUNT - 1)


def unsigned(bits: int) -> st.SearchStrategy:
    """Draw an unsigned integer, often at its limits."""
    return st.integers(0, 2**bits - 1) | st.sampled_from((0, 1, 23, 24, 2**bits - 1))


U8, U16, U24, U32, U48 = (unsigned(bits) for bits in (8, 16, 24, 32, 48))


def texts(limit: int = TEXT_LIMIT) -> st.SearchStrategy:
    """Draw a text of at most `limit` bytes."""
    short = st.text(max_size=limit).filter(lambda text: len(text.encode()) <= limit)
    return short | st.just("x" * limit)


@st.composite
def columns(draw, count: int) -> list:
    """Draw a column: anything, all the same, or a walk with a slope, as sensors make them."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.lists(VALUES, min_size=count, max_size=count))
    if kind == 1:
        return [draw(VALUES)] * count
    value, slope = draw(st.integers(-1000, 1000)), draw(st.integers(-50, 50))
    steps = draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count))
    bend = kind == 2
    out = []
    for step in steps:
        out.append(max(-LIMIT, min(LIMIT, value)))
        slope += step if bend else 0
        value += slope + (0 if bend else step)
    return out


@st.composite
def clocks(draw) -> tuple:
    """Draw a clock form and its seconds."""
    clock = draw(st.sampled_from((SLOT, UNIX, AGE, AT_LEAST)))
    limit = {SLOT: 63, UNIX: 2**32 - 1, AGE: 4194272, AT_LEAST: 4194272}[clock]
    return clock, draw(st.integers(0, limit) | st.just(limit))


@st.composite
def presences(draw) -> tuple:
    """Draw (count, places or None)."""
    span = draw(st.integers(1, 64) | st.integers(1, 5))
    if span < 3 or draw(st.booleans()):
        return span, None
    inner = draw(st.sets(st.integers(1, span - 2)))
    places = sorted({0, span - 1} | inner)
    return len(places), None if len(places) == span else places


@st.composite
def qualities(draw, rows: int, count: int) -> list | None:
    """Draw a quality in every form it may have: none, all of one code, a code for each."""
    mixed = st.lists(CODES, min_size=count, max_size=count)
    row = st.none() | CODES.map(lambda code: [code] * count) | mixed
    return draw(st.none() | st.lists(row, min_size=rows, max_size=rows))


@st.composite
def batches(draw) -> Batch:
    """Draw a batch within every limit of the format."""
    ids = tuple(sorted(draw(st.sets(QIDS, min_size=1, max_size=6))))
    count, places = draw(presences())
    quality = draw(qualities(len(ids), count))
    table = []
    for row, qid in enumerate(ids):
        holes = quality[row] if quality and quality[row] else [0] * count
        for _ in range(width_of((qid,))):
            values = draw(columns(count))
            table.append([None if h == FAULT else v for h, v in zip(holes, values, strict=True)])
    clock, seconds = draw(clocks())
    interval_s = draw(st.integers(1, 2**20 - 1) | st.sampled_from(INTERVALS))
    span = count if places is None else places[-1] + 1
    if clock != SLOT and span == 1 and draw(st.booleans()):
        interval_s = 0
    first = min(draw(U32), NUMBERS - span)
    older = draw(st.none() | st.integers(0, min(first, 4194240)) | st.just(min(first, 4194240)))
    return one(
        first=first,
        ids=ids,
        columns=table,
        interval_s=interval_s,
        clock=clock,
        seconds=seconds,
        quality=quality,
        accuracy=draw(ACCURACIES),
        places=places,
        older=older,
    )


@st.composite
def readings(draw) -> Reading:
    """Draw a reading: of the registry, described, with and without values."""
    values = {}
    for qid in draw(st.sets(QIDS, max_size=8)):
        width = width_of((qid,))
        many = st.lists(VALUES, min_size=width, max_size=width)
        values[qid] = draw(st.none() | (VALUES if width == 1 else many))
    entries = st.builds(described, texts(24), texts(12), st.integers(0, 7), st.none() | VALUES)
    values |= draw(st.dictionaries(st.integers(256, 2**16 - 1), entries, max_size=8))
    values = values or {0: draw(VALUES)}
    there = [qid for qid, value in values.items() if (value[3] if qid > 255 else value) is not None]
    codes = st.sampled_from([code for code in range(1, MAINTENANCE + 1) if code != FAULT])
    quality = draw(st.dictionaries(st.sampled_from(sorted(there)), codes)) if there else {}
    clock = draw(st.sampled_from((UNIX, AGE, AT_LEAST)))
    accuracy = 7 if clock == AT_LEAST else draw(ACCURACIES)
    return Reading(draw(st.none() | U32), clock, draw(U32), accuracy, values, quality)


@st.composite
def hellos(draw) -> Hello:
    """Draw a Hello, also one that is not sure of its numbers."""
    oldest, next_number = sorted((draw(U32), draw(U32)))
    unsure = draw(st.none() | st.integers(0, next_number - 1)) if next_number else None
    return Hello(draw(U32), oldest, next_number, draw(texts()), unsure)


@st.composite
def gaps(draw, room: int) -> list:
    """Draw the map of an Ack, of at most `room` samples."""
    ends = draw(st.sets(st.integers(1, room) | st.just(room), max_size=MAX_GAPS)) if room else ()
    ends = [0, *sorted(ends)]
    return [end - start for start, end in pairwise(ends)]


@st.composite
def acks(draw) -> Ack:
    """Draw an Ack, short or with any of its fields."""
    if draw(st.booleans()):
        return Ack(draw(st.none() | U32))
    level = st.integers(-128, 127)
    expected = draw(st.none() | U32)
    return ack(
        expected,
        draw(st.none() | U48),
        [] if expected is None else draw(gaps(NUMBERS - 1 - expected)),
        draw(st.none() | U32),
        draw(st.booleans()),
        draw(st.none() | st.tuples(level, level, level)),
        draw(st.booleans()),
    )


ARGUMENTS = (
    st.tuples(),
    st.tuples(U8, texts(160)),
    st.tuples(),
    st.tuples(),
    st.tuples(U16),
    st.tuples(),
    st.tuples(U8),
    st.tuples(U16),
    st.tuples(U48),
    st.tuples(),
    st.tuples(U16),
    st.tuples(U32, st.binary(min_size=16, max_size=16)),
)
COMMANDS = st.integers(0, len(ARGUMENTS) - 1).flatmap(
    lambda op: st.builds(Command, U16, st.just(op), ARGUMENTS[op])
)
RESULTS = st.builds(
    Result,
    U16,
    st.integers(0, commands.BUSY),
    st.none() | U48 | texts(160) | st.binary(max_size=160) | readings(),
)
LEVELS = st.integers(-(2**48) + 1, 2**48 - 1)
NEWER = st.integers(len(status_fields()), 2**16 - 1).map("field_{}".format)
STATUSES = st.builds(
    Status, st.dictionaries(st.sampled_from(status_fields()) | NEWER, LEVELS, max_size=40)
)
CRASHES = st.builds(
    Crash, st.sampled_from(exceptions()), texts(8), U16, st.binary(min_size=4, max_size=4)
)
GONES = U32.flatmap(lambda first: st.builds(Gone, st.just(first), st.integers(1, 2**32 - first)))
GONES = GONES.filter(lambda gone: gone.count < 2**32)
IMAGES = st.binary(min_size=8, max_size=8)
OFFERS = st.builds(Offer, IMAGES, st.integers(1, 2**24 - 1), st.integers(1, 400), texts())
WANTS = st.builds(Want, IMAGES, U24, st.binary(max_size=32))
BLOCKS = st.builds(Block, IMAGES, U24, st.binary(min_size=1, max_size=400))
NOTES = st.builds(Note, texts())
MESSAGES = st.one_of(
    batches(),
    readings(),
    hellos(),
    acks(),
    STATUSES,
    CRASHES,
    COMMANDS,
    RESULTS,
    GONES,
    OFFERS,
    WANTS,
    BLOCKS,
    NOTES,
    st.just(Poll()),
)
