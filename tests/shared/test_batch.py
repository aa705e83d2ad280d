"""Batches: what is encoded comes back, at every edge of every field."""

from protocol import batch as batches
from protocol import quantities
from protocol.batch import Batch, decode, encode
from protocol.quality import FAULT
from protocol.quantities import LIMIT
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX
from tests.shared.expect import Chance
from tests.shared.forms import ALL_IDS, LONGEST_AGE, as_decoded, form_of, one, width_of


def check(batch: Batch) -> bytes:
    """Encode and decode a batch, which must come back; return its bits."""
    bits = encode(batch)
    back = decode(bits)
    assert form_of(back) == as_decoded(form_of(batch))
    assert (back.count, back.span) == (batch.count, batch.span)
    assert form_of(decode(encode(back))) == form_of(back)
    return bits


def test_a_batch_of_one_sample_is_small():
    assert len(check(one(columns=[[201], [55]], clock=SLOT, seconds=17))) == 8


def test_every_quantity_comes_back_alone_and_together():
    for qid in ALL_IDS:
        width = width_of((qid,))
        check(one(ids=(qid,), columns=[[5 + i, 6 + i, 4 - i] for i in range(width)]))
    check(one(ids=ALL_IDS, columns=[[i, -i, i] for i in range(width_of(ALL_IDS))]))
    check(one(ids=ALL_IDS[23:24], columns=[[1, 2, 3]]))


def test_every_count_of_samples_comes_back():
    chance = Chance(3)
    for count in range(1, 65):
        column = [chance.between(-500, 500) for _ in range(count)]
        batch = one(columns=[column, column])
        assert batch.count == count
        check(batch)


def test_extreme_values_come_back_in_every_quantity():
    for qid in ALL_IDS:
        for values in ([LIMIT], [-LIMIT], [LIMIT, -LIMIT] * 32, [0, LIMIT, LIMIT, -LIMIT]):
            check(one(ids=(qid,), columns=[values] * width_of((qid,))))


def test_histograms_have_a_column_for_each_class():
    speed_classes = quantities.by_name("speed_classes")
    assert speed_classes.width == 6
    check(one(ids=(speed_classes.qid,), columns=[[i, 9 - i] for i in range(6)]))
    check(one(ids=(12, speed_classes.qid, 14), columns=[[i, i * i] for i in range(8)]))


def test_every_interval_comes_back_and_the_usual_ones_cost_four_bits():
    for interval_s in batches.INTERVALS:
        assert len(check(one(interval_s=interval_s))) == len(check(one(interval_s=60)))
    for interval_s in (3, 7, 59, 61, 3601, 86400, (1 << 20) - 1):
        check(one(interval_s=interval_s))
    for clock in (UNIX, AGE, AT_LEAST):
        check(one(columns=[[201], [55]], interval_s=0, clock=clock))


def test_every_clock_form_comes_back():
    for seconds in (0, 1, 63):
        check(one(clock=SLOT, seconds=seconds))
    for seconds in (0, 1, 1750000000, (1 << 31) - 1, 1 << 31, (1 << 32) - 1):
        check(one(clock=UNIX, seconds=seconds))
    for clock in (AGE, AT_LEAST):
        for seconds in (0, 1, 31, 32, 33, 86400, LONGEST_AGE):
            check(one(clock=clock, seconds=seconds))


def test_an_age_beyond_the_longest_is_told_as_at_least_that():
    for seconds in (LONGEST_AGE + 1, 1 << 22, 1 << 40):
        for clock in (AGE, AT_LEAST):
            bits = encode(one(clock=clock, seconds=seconds, accuracy=2))
            assert bits == encode(one(clock=AT_LEAST, seconds=LONGEST_AGE))
            back = decode(bits)
            assert (back.clock, back.seconds, back.accuracy) == (AT_LEAST, LONGEST_AGE, 7)


def test_every_accuracy_comes_back():
    for accuracy in range(8):
        for clock in (SLOT, UNIX, AGE):
            check(one(clock=clock, seconds=40, accuracy=accuracy))
        assert decode(encode(one(clock=AT_LEAST, seconds=40, accuracy=accuracy))).accuracy == 7


def test_every_quality_comes_back():
    for code in (1, 2, 3, 5):
        check(one(quality=[[code] * 3, None]))
        check(one(quality=[None, [0, 0, code]]))
        check(one(quality=[[code, 0, 0], [0, code, 1]]))


def test_a_quality_that_says_nothing_is_left_out():
    for quality in (None, [None, None], [[0, 0, 0], None], [[0] * 3, [0] * 3], [[], []]):
        back = decode(encode(one(quality=quality)))
        assert back.quality is None
        assert encode(one(quality=quality)) == encode(one())
    back = decode(encode(one(quality=[[0, 0, 0], [0, 1, 0]])))
    assert back.quality == [None, [0, 1, 0]]


def test_a_fault_is_a_hole_wherever_it_is():
    for holes in range(1, 8):
        codes = [FAULT if holes >> i & 1 else 0 for i in range(3)]
        column = [None if code else 200 + i for i, code in enumerate(codes)]
        check(one(columns=[column, [55, 55, 56]], quality=[codes, None]))
        check(one(columns=[[1, 2, 3], column], quality=[[1, 0, 0], codes]))


def test_a_fault_in_a_histogram_blanks_all_its_columns():
    codes = [0, FAULT, 0]
    columns = [[4, None, 5 + i] for i in range(6)]
    check(one(ids=(13,), columns=columns, quality=[codes]))
    columns.insert(0, [1, 2, 3])
    columns.append([7, 8, 9])
    check(one(ids=(12, 13, 14), columns=columns, quality=[None, codes, None]))
    columns[3] = [1, 2, 3]  # a value in one class only does not travel
    back = decode(encode(one(ids=(12, 13, 14), columns=columns, quality=[None, codes, None])))
    assert back.columns[3] == [1, None, 3]


def test_a_value_beside_a_fault_does_not_travel():
    back = decode(encode(one(quality=[[0, FAULT, 0], None])))
    assert back.columns == [[201, None, 202], [55, 55, 56]]


def test_a_hole_costs_no_more_than_the_value_before_it():
    column = [200] * 30 + [None] + [200] * 33
    codes = [0] * 30 + [FAULT] + [0] * 33
    flat = encode(one(ids=(0,), columns=[[200] * 64]))
    assert len(check(one(ids=(0,), columns=[column], quality=[codes]))) <= len(flat) + 25


def test_quality_of_one_value():
    batch = one(quality=[None, [0, 3, 0]])
    assert [batch.quality_of(1, i) for i in range(3)] == [0, 3, 0]
    assert [batch.quality_of(0, i) for i in range(3)] == [0, 0, 0]
    assert one().quality_of(1, 2) == 0


def test_encoding_leaves_the_batch_as_it_was():
    batch = one(columns=[[1, None, 3], [4, 5, 6]], quality=[[0, FAULT, 0], None])
    before = form_of(batch)
    assert encode(batch) == encode(batch)
    assert form_of(batch) == before


def random_batch(chance) -> Batch:
    ids = tuple(qid for qid in ALL_IDS if not chance.below(4)) or (3,)
    span = chance.between(1, 64)
    places = [place for place in range(span) if place in (0, span - 1) or chance.below(3)]
    if len(places) == span:
        places = None
    count = span if places is None else len(places)
    columns, quality = [], []
    for qid in ids:
        codes = [chance.below(6) if not chance.below(4) else 0 for _ in range(count)]
        quality.append(codes if any(codes) else None)
        for _ in range(width_of((qid,))):
            size = 1 << chance.below(20)
            values = [chance.between(1 - size, size - 1) for _ in range(count)]
            columns.append([None if codes[i] == FAULT else values[i] for i in range(count)])
    clock = chance.below(4)
    first = min(chance.below(1 << 30) << 2 | chance.below(4), batches.NUMBERS - span)
    return one(
        first=first,
        ids=ids,
        columns=columns,
        interval_s=chance.between(1, (1 << 20) - 1),
        clock=clock,
        seconds=chance.below(64 if clock == SLOT else 4194000),
        quality=quality if any(quality) else None,
        accuracy=chance.below(8),
        places=places,
        older=None if chance.below(2) else min(first, chance.below(100000)),
    )


def test_random_batches_come_back():
    chance = Chance(11)
    for _ in range(150):
        check(random_batch(chance))
