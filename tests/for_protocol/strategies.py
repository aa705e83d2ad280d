"""What Hypothesis draws: values, batches and messages as their owners would make them."""

from hypothesis import strategies as st

from protocol import quantities
from protocol.batch import AGE, AT_LEAST, SLOT, UNIX, Batch
from protocol.messages import NOTE_LIMIT, STATUS_FIELDS, Ack, Hello, Note, Status
from protocol.quantities import FAULT, LIMIT, MAINTENANCE
from tests.shared.forms import width_of

WIDE = st.integers(-(2**64), 2**64 - 1)
SCALARS = WIDE | st.booleans() | st.none() | st.binary(max_size=40) | st.text(max_size=20)


def nested(inner: st.SearchStrategy, keys: st.SearchStrategy = WIDE) -> st.SearchStrategy:
    """Draw a list or a map of `inner`."""
    return st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5)


CBOR = SCALARS | nested(SCALARS | nested(SCALARS | nested(SCALARS | nested(SCALARS))))

VALUES = st.integers(-LIMIT, LIMIT) | st.integers(-300, 300) | st.sampled_from((LIMIT, -LIMIT, 0))


@st.composite
def columns(draw, count: int) -> list:
    """Draw a column: anything, or a walk with a slope, as sensors make them."""
    if draw(st.booleans()):
        return draw(st.lists(VALUES, min_size=count, max_size=count))
    value, slope = draw(st.integers(-1000, 1000)), draw(st.integers(-50, 50))
    steps = draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count))
    bend = draw(st.booleans())
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
    limit = {SLOT: 63, UNIX: 2**32 - 1, AGE: 4194000, AT_LEAST: 4194000}[clock]
    return clock, draw(st.integers(0, limit))


@st.composite
def batches(draw) -> Batch:
    """Draw a batch within every limit of the format."""
    all_ids = st.integers(0, quantities.COUNT - 1)
    ids = tuple(sorted(draw(st.sets(all_ids, min_size=1, max_size=6))))
    count = draw(st.integers(1, 64) | st.integers(1, 5))
    codes = st.lists(st.integers(0, MAINTENANCE), min_size=count, max_size=count)
    quality = draw(st.none() | st.tuples(*[st.none() | codes for _ in ids]).map(list))
    table = []
    for row, qid in enumerate(ids):
        holes = quality[row] if quality and quality[row] else [0] * count
        for _ in range(width_of((qid,))):
            values = draw(columns(count))
            table.append([None if h == FAULT else v for h, v in zip(holes, values, strict=True)])
    clock, seconds = draw(clocks())
    interval_s = draw(st.integers(1, 2**20 - 1) | st.sampled_from((1, 60, 900, 3600)))
    if clock != SLOT and draw(st.integers(0, 9)) == 0:
        interval_s = 0
    first = draw(st.integers(0, 2**32 - 1))
    return Batch(first, ids, table, interval_s, clock, seconds, quality)


def said_shortest(quality: list | None) -> list | None:
    """Return a quality as it comes back: what says nothing is left out."""
    rows = [row if row and any(row) else None for row in quality or ()]
    return rows if any(rows) else None


TEXTS = st.text(max_size=NOTE_LIMIT).filter(lambda text: len(text.encode()) <= NOTE_LIMIT)
U32 = st.integers(0, 2**32 - 1)
U48 = st.integers(0, 2**48 - 1)

HELLOS = st.builds(
    lambda boot, ends, firmware: Hello(boot, min(ends), max(ends), firmware),
    U32,
    st.tuples(U32, U32),
    TEXTS,
)
ACKS = st.builds(Ack, st.none() | U32, st.none() | U48)
STATUSES = st.builds(Status, st.dictionaries(st.sampled_from(STATUS_FIELDS), U48))
NOTES = st.builds(Note, TEXTS)
MESSAGES = batches() | HELLOS | ACKS | STATUSES | NOTES
