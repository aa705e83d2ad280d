"""Batches that break the format: the writer raises ValueError, the reader DecodeError."""

from protocol import quantities
from protocol.batch import INTERVALS, Batch, decode, encode
from protocol.errors import DecodeError
from protocol.quality import FAULT
from protocol.quantities import LIMIT
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX
from tests.shared.damage import survives, survives_noise
from tests.shared.expect import refuses
from tests.shared.forms import ALL_IDS, form_of, one, width_of
from tests.shared.handmade import batch_bits, bits, golomb

BATCHES = (
    one(),
    one(columns=[[1], [2]], clock=SLOT, seconds=5),
    one(clock=AGE, seconds=100000, interval_s=77, accuracy=7),
    one(columns=[[1], [2]], clock=AT_LEAST, seconds=0, interval_s=0, accuracy=7),
    one(quality=[[1, 2, 3], None]),
    one(quality=[[5, 5, 5], [0, 0, 2]]),
    one(ids=ALL_IDS, columns=[[i, LIMIT, -i] for i in range(width_of(ALL_IDS))]),
    one(columns=[[4], [None]], quality=[None, [FAULT]]),
    one(first=70000, older=300),
    one(places=[0, 5, 40], first=70000, older=70000),
    one(ids=(13,), columns=[[i, 9 - i] for i in range(6)]),
)


def is_stable(data: bytes, batch: Batch) -> bool:
    """Another batch, whose own encoding says the same."""
    return form_of(decode(encode(batch))) == form_of(batch)


def test_the_hand_written_batch_is_right_where_nothing_is_wrong():
    batch = decode(batch_bits())
    assert batch.columns == [[150]] and batch.interval_s == 2
    assert encode(batch) == batch_bits()
    slot = batch_bits(time="00" + bits(9, 6) + "000")
    assert (decode(slot).clock, decode(slot).seconds) == (SLOT, 9)


def test_every_prefix_is_refused_and_every_changed_bit_is_another_batch_or_refused():
    for batch in BATCHES:
        assert survives(decode, is_stable, encode(batch))


def test_every_changed_bit_of_64_samples_is_another_batch_or_refused():
    values = [i * 7 % 30 for i in range(64)]
    assert survives(decode, is_stable, encode(one(ids=(9,), columns=[values])))


def test_noise_is_another_batch_or_a_decode_error():
    heads = (b"", b"\x00\x07\x00", b"\x00\x07\xff", b"\x00\x03\xc0")
    assert survives_noise(decode, is_stable, 5, 300, 40, heads)


def test_only_zeros_fill_the_last_byte_and_nothing_follows_it():
    data = batch_bits()  # 50 bits
    for unused in range(6):
        refuses(DecodeError, decode, data[:-1] + bytes([data[-1] | 1 << unused]))
    for tail in (b"\x00", b"\x01", b"\xff\xff"):
        refuses(DecodeError, decode, data + tail)


def test_an_unknown_quantity_is_refused_by_the_reader():
    top = quantities.COUNT - 1
    column = golomb(0, 6)
    last = golomb(0, quantities.by_id(top).order) * quantities.by_id(top).width
    alone = batch_bits(ids=golomb(0, 1) + golomb(top, 2), columns=last)
    both = golomb(1, 1) + golomb(0, 2) + golomb(top - 1, 0)
    assert decode(alone).ids == (top,)
    assert decode(batch_bits(ids=both, columns=column + last)).ids == (0, top)
    for ids in (
        golomb(0, 1) + golomb(top + 1, 2),
        golomb(0, 1) + golomb(4000000, 2),
        golomb(1, 1) + golomb(0, 2) + golomb(top, 0),
        golomb(1, 1) + golomb(top, 2) + golomb(0, 0),
        golomb(31, 1) + golomb(0, 2) + golomb(0, 0) * 31,
    ):
        refuses(DecodeError, decode, batch_bits(ids=ids, columns="1" * 400))


def test_more_quantities_than_32_are_refused_by_the_reader():
    for count in (33, 34, 1000, 4000000):
        refuses(DecodeError, decode, batch_bits(ids=golomb(count - 1, 1) + "1" * 400))


def test_more_places_than_64_are_refused_by_the_reader():
    same = golomb(0, 6) + "1111"
    assert decode(batch_bits(span=golomb(63, 3), columns=same)).count == 64
    for span in (65, 66, 128, 4000000):
        refuses(DecodeError, decode, batch_bits(span=golomb(span - 1, 3), columns=same))


def test_a_slot_without_an_interval_is_refused():
    slot, none = "00" + bits(9, 6) + "000", "1111" + bits(0, 20)
    refuses(DecodeError, decode, batch_bits(interval=none, time=slot))
    assert decode(batch_bits(interval=none)).interval_s == 0
    single = [[201], [55]]
    refuses(ValueError, encode, one(columns=single, interval_s=0, clock=SLOT, seconds=0))
    assert decode(encode(one(columns=single, interval_s=0))).interval_s == 0


def test_more_than_one_place_without_an_interval_is_refused():
    none, same = "1111" + bits(0, 20), golomb(0, 6) + "1111"
    for span, presence in ((2, "1"), (3, "1"), (3, "0101"), (64, "1")):
        fields = {"span": golomb(span - 1, 3), "presence": presence, "columns": same}
        refuses(DecodeError, decode, batch_bits(interval=none, **fields))
        assert decode(batch_bits(interval="1111" + bits(3, 20), **fields)).interval_s == 3
    for clock in (SLOT, UNIX, AGE, AT_LEAST):
        for places in (None, [0, 1, 3]):
            fields = {"clock": clock, "seconds": 5, "places": places}
            refuses(ValueError, encode, one(interval_s=0, **fields))
            assert decode(encode(one(interval_s=1, **fields))).interval_s == 1


def test_an_interval_that_is_not_the_shortest_is_refused():
    for code in range(15):
        assert decode(batch_bits(interval=bits(code, 4))).interval_s == INTERVALS[code]
        explicit = "1111" + bits(INTERVALS[code], 20)
        refuses(DecodeError, decode, batch_bits(interval=explicit))
    for seconds in (0, 3, 61, (1 << 20) - 1):
        assert decode(batch_bits(interval="1111" + bits(seconds, 20))).interval_s == seconds


def test_a_value_beyond_the_limit_is_refused_by_the_reader():
    for off, good in ((2 * (LIMIT - 150), True), (2 * (LIMIT - 150) + 2, False), (0, True)):
        data = batch_bits(columns=golomb(off, 6))
        if good:
            assert decode(data).columns == [[150 + off // 2]]
        else:
            refuses(DecodeError, decode, data)


def test_the_writer_refuses_counts_beyond_a_batch():
    refuses(ValueError, encode, one(columns=[[], []]))
    refuses(ValueError, encode, one(columns=[[1] * 65, [1] * 65]))


def test_the_writer_refuses_ids_that_are_unknown_doubled_or_out_of_order():
    for ids in ((1, 0), (0, 0), (-1, 0), (0, quantities.COUNT), (0, 99)):
        refuses(ValueError, encode, one(ids=ids))
    refuses(ValueError, encode, one(ids=()))


def test_the_writer_refuses_columns_that_do_not_match():
    refuses(ValueError, encode, one(columns=[[1, 2, 3]]))
    refuses(ValueError, encode, one(columns=[[1, 2, 3]] * 3))
    refuses(ValueError, encode, one(columns=[[1, 2, 3], [1, 2]]))
    refuses(ValueError, encode, one(columns=[[1, 2], [1, 2, 3]]))
    refuses(ValueError, encode, one(ids=(12, 13), columns=[[1, 2, 3]] * 2))


def test_the_writer_refuses_values_beyond_the_limit():
    for value in (LIMIT + 1, -LIMIT - 1, 1 << 30):
        refuses(ValueError, encode, one(columns=[[1, value, 3], [1, 2, 3]]))


def test_the_writer_refuses_a_quality_that_does_not_match():
    for quality in ([[1, 0, 0]], [[1, 0, 0]] * 3, [[1, 0], None], [None, [1, 0, 0, 0]]):
        refuses(ValueError, encode, one(quality=quality))
    for code in (6, 7, 8, 255, -1):
        refuses(ValueError, encode, one(quality=[[0, code, 0], None]))


def test_the_writer_invents_no_value_for_a_hole_that_is_no_fault():
    columns = [[201, None, 202], [55, 55, 56]]
    for quality in (None, [[0, 1, 0], None], [[FAULT, 0, FAULT], None], [None, [0, FAULT, 0]]):
        refuses(ValueError, encode, one(columns=columns, quality=quality))


def test_the_writer_refuses_times_and_intervals_out_of_range():
    for seconds in (-1, 64, 1750000000):
        refuses(ValueError, encode, one(clock=SLOT, seconds=seconds))
    for seconds in (-1, 1 << 32):
        refuses(ValueError, encode, one(clock=UNIX, seconds=seconds))
    for accuracy in (-1, 8):
        refuses(ValueError, encode, one(accuracy=accuracy))
    for clock in (-1, 4):
        refuses(ValueError, encode, one(clock=clock))
    for interval_s in (-1, 1 << 20):
        refuses(ValueError, encode, one(interval_s=interval_s))
