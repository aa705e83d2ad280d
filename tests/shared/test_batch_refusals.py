"""Batches that break the format: the writer raises ValueError, the reader DecodeError."""

from protocol import quantities
from protocol.batch import AGE, SLOT, UNIX, Batch, decode, encode
from protocol.bits import BitWriter
from protocol.errors import DecodeError
from protocol.quantities import FAULT, LIMIT
from tests.shared.expect import Chance, refuses
from tests.shared.forms import ALL_IDS, one, width_of


def head(writer: BitWriter, count: int = 1, ids: int = 1) -> None:
    """Write the fields up to the ids."""
    writer.put(7, 16)
    writer.put(count - 1, 6)
    writer.put(ids - 1, 5)


def whole(count: int = 1, interval=(1,), clock=AGE, seconds: int = 0, quality=(1,)) -> bytes:
    """Write a batch of quantity 0 by hand; `interval` and `quality` as values of their fields."""
    writer = BitWriter()
    head(writer, count)
    writer.put_golomb(0, 2)
    if len(interval) == 1:
        writer.put(interval[0], 4)
    else:
        writer.put(interval[0], 4)
        writer.put(interval[1], 20)
    writer.put(clock, 2)
    if clock == SLOT:
        writer.put(seconds, 6)
    else:
        writer.put_golomb(seconds, 5)
    writer.put(quality[0], 1)
    for value in quality[1:]:
        writer.put(value, 1 if value in (0, 1) else 3)
    writer.put_golomb(0, 6)
    if count > 1:
        writer.put(15, 4)
    return writer.to_bytes()


def test_the_hand_written_batch_is_right_where_nothing_is_wrong():
    batch = decode(whole())
    assert batch.columns == [[150]] and batch.interval_s == 2
    assert decode(whole(count=2, clock=SLOT, seconds=9)).seconds == 9


def test_every_prefix_is_refused():
    for batch in (
        one(),
        one(clock=SLOT, seconds=5),
        one(clock=AGE, seconds=100000, interval_s=77),
        one(quality=[[1, 2, 3], None]),
        one(ids=ALL_IDS, columns=[[i, LIMIT, -i] for i in range(width_of(ALL_IDS))]),
        one(columns=[[4], [None]], quality=[None, [FAULT]]),
    ):
        bits = encode(batch)
        for end in range(len(bits)):
            refuses(DecodeError, decode, bits[:end])


def test_bytes_and_bits_after_the_batch_are_refused():
    bits = encode(one())
    for tail in (b"\x00", b"\x01", b"\xff\xff"):
        refuses(DecodeError, decode, bits + tail)
    spare = encode(one(columns=[[150, 150, 150], [60, 60, 60]]))
    for last in range(256):
        if last != spare[-1] and last & spare[-1] == spare[-1]:
            try:
                decode(spare[:-1] + bytes([last]))
            except DecodeError:
                continue
            assert last ^ spare[-1] >= 16, last  # only a used bit may make another batch


def test_an_unknown_quantity_is_refused_by_the_reader():
    top = quantities.COUNT - 1
    for first, gaps, known in (
        (top, (), True),
        (0, (top - 1,), True),
        (top + 1, (), False),
        (4000000, (), False),
        (0, (top,), False),
        (top, (0,), False),
    ):
        writer = BitWriter()
        head(writer, 1, 1 + len(gaps))
        writer.put_golomb(first, 2)
        for gap in gaps:
            writer.put_golomb(gap, 0)
        writer.put(1, 4)
        writer.put(AGE, 2)
        writer.put_golomb(0, 5)
        writer.put(1, 1)
        for qid in (first, top)[: 1 + len(gaps)]:
            writer.put_golomb(0, quantities.by_id(min(qid, top)).order)
        if known:
            assert decode(writer.to_bytes()).ids[-1] == top
        else:
            refuses(DecodeError, decode, writer.to_bytes())


def test_a_slot_without_an_interval_is_refused():
    refuses(DecodeError, decode, whole(interval=(15, 0), clock=SLOT))
    assert decode(whole(interval=(15, 0))).interval_s == 0
    refuses(ValueError, encode, one(interval_s=0, clock=SLOT, seconds=0))


def test_an_interval_that_is_not_the_shortest_is_refused():
    for seconds in (1, 60, 900, 3600):
        refuses(DecodeError, decode, whole(interval=(15, seconds)))
    assert decode(whole(interval=(15, 61))).interval_s == 61


def test_an_unknown_or_empty_quality_is_refused():
    refuses(DecodeError, decode, whole(quality=(0, 1)))  # said to differ, and then does not
    refuses(DecodeError, decode, whole(quality=(0, 0, 6)))
    refuses(DecodeError, decode, whole(quality=(0, 0, 7)))
    writer = BitWriter()
    head(writer)
    writer.put_golomb(0, 2)
    writer.put(1, 4)
    writer.put(AGE, 2)
    writer.put_golomb(0, 5)
    writer.put(0, 1)
    writer.put(0, 1)
    writer.put(0, 3)  # a row that is there, all valid
    writer.put_golomb(0, 6)
    refuses(DecodeError, decode, writer.to_bytes())


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
    for clock in (-1, 4):
        refuses(ValueError, encode, one(clock=clock))
    for interval_s in (-1, 1 << 20):
        refuses(ValueError, encode, one(interval_s=interval_s))


def test_noise_is_another_batch_or_a_decode_error():
    chance = Chance(5)
    good = 0
    for _ in range(1500):
        bits = chance.bytes(chance.below(40))
        try:
            batch = decode(bits)
        except DecodeError:
            continue
        good += 1
        assert isinstance(batch, Batch)
        encode(batch)
    bits = encode(one(quality=[[1, 2, 3], None]))
    for bit in range(8 * len(bits)):
        other = bytearray(bits)
        other[bit // 8] ^= 128 >> bit % 8
        try:
            encode(decode(bytes(other)))
            good += 1
        except DecodeError:
            pass
    assert good
