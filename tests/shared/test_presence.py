"""Batches with places that have no sample, and what is left of a batch when samples are kept."""

from protocol.batch import decode, encode
from protocol.errors import DecodeError
from protocol.quality import FAULT
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX
from tests.shared.expect import Chance, refuses
from tests.shared.forms import as_decoded, form_of, one
from tests.shared.handmade import batch_bits, golomb

SAME = golomb(0, 6) + "1111"  # a column of equal values


def sparse(places: list, **changes):
    """Return a batch of one quantity whose values are ten times their place."""
    columns = [[10 * place for place in places]]
    full = len(places) == places[-1] + 1
    return one(ids=(0,), columns=columns, places=None if full else places, **changes)


def test_every_set_of_places_up_to_8_comes_back():
    for span in range(1, 9):
        for inner in range(1 << max(span - 2, 0)):
            places = [0] + [i + 1 for i in range(span - 2) if inner >> i & 1]
            places += [span - 1] if span > 1 else []
            batch = sparse(places)
            back = decode(encode(batch))
            assert form_of(back) == as_decoded(form_of(batch))
            assert back.numbers() == [7 + place for place in places]
            assert (back.span, back.count) == (span, len(places))


def test_the_widest_gaps_come_back():
    for places in ([0, 63], [0, 1, 63], [0] + list(range(2, 64)), list(range(0, 62, 2)) + [63]):
        batch = sparse(places, first=1000)
        back = decode(encode(batch))
        assert back.places == places and back.span == 64
        assert back.numbers() == [1000 + place for place in places]


def test_holes_cost_a_bit_for_each_place():
    full = one(ids=(0,), columns=[[150] * 64])
    holes = one(ids=(0,), columns=[[150] * 63], places=[0] + list(range(2, 64)))
    assert len(encode(holes)) == len(encode(full)) + 8


def test_a_presence_that_is_not_the_shortest_is_refused():
    assert decode(batch_bits(span=golomb(2, 3), presence="0101", columns=SAME)).places == [0, 2]
    for count in range(1, 65):
        whole = golomb(count - 1, 3)
        columns = SAME if count > 1 else golomb(0, 6)
        assert decode(batch_bits(span=whole, presence="1", columns=columns)).places is None
        for presence in ("0" + "1" * count, "0" * (count + 1)):
            refuses(DecodeError, decode, batch_bits(span=whole, presence=presence, columns=columns))
    for presence in ("0011", "0110", "0010", "0001", "0100"):  # the first and the last have one
        refuses(DecodeError, decode, batch_bits(span=golomb(2, 3), presence=presence, columns=SAME))


def test_a_presence_that_ends_early_is_refused():
    for places in ([0, 63], [0, 2], [0] + list(range(2, 64))):
        bits = encode(sparse(places))
        for end in range(len(bits)):
            refuses(DecodeError, decode, bits[:end])


def test_the_writer_refuses_places_that_are_not_the_shortest():
    for places in ([0, 1, 2], [1, 2, 3], [0, 2], [0, 1, 2, 3], [0, 2, 1], [0, 0, 2], [0, 1, 64]):
        refuses(ValueError, encode, one(places=places))
    for places in ([], [0], [0, 3], [0, 1, 2, 4], [0, 1, 2, 3, 63]):  # a sample has one each
        refuses(ValueError, encode, one(places=places))
    refuses(ValueError, encode, one(columns=[[], []], places=[]))
    assert decode(encode(one(places=[0, 1, 63]))).span == 64
    assert decode(encode(one(places=[0, 2, 3]))).places == [0, 2, 3]


def test_what_is_kept_says_the_same_as_before():
    chance = Chance(17)
    for _ in range(300):
        span = chance.between(1, 64)
        places = [i for i in range(span) if i in (0, span - 1) or chance.below(2)]
        clock = chance.below(4)
        now = 1750000000
        codes = [FAULT if not chance.below(5) else 0 for _ in places]
        batch = sparse(
            places,
            first=70000,
            interval_s=60,
            clock=clock,
            seconds=(now // 60 % 64, now, 500, 500)[clock],
            quality=[codes],
        )
        newest = batch.newest(now)[0]
        numbers = batch.numbers()
        kept = [number for number in numbers if chance.below(3)] or numbers[-1:]
        batch.keep(kept)
        assert batch.numbers() == kept and batch.first == kept[0]
        assert batch.columns == [[10 * (number - 70000) for number in kept]]
        assert batch.quality == [[codes[numbers.index(number)] for number in kept]]
        assert batch.count == len(kept) and batch.span == kept[-1] - kept[0] + 1
        assert (batch.places is None) == (batch.span == batch.count)
        assert batch.newest(now)[0] == newest - 60 * (numbers[-1] - kept[-1])
        encode(batch)


def test_keeping_everything_changes_nothing():
    for places in (list(range(5)), [0, 3, 7]):
        for clock in (SLOT, UNIX, AGE, AT_LEAST):
            batch = sparse(places, clock=clock, seconds=9, accuracy=3)
            before = form_of(batch)
            batch.keep(batch.numbers())
            assert form_of(batch) == before


def test_keeping_again_is_keeping_once():
    batch = sparse([0, 2, 5, 6, 9])
    batch.keep([9, 12, 13])
    assert (batch.first, batch.places, batch.columns) == (9, [0, 3, 4], [[20, 50, 60]])
    batch.keep([12, 13])
    assert (batch.first, batch.places, batch.columns) == (12, None, [[50, 60]])
