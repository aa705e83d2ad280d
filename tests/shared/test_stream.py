"""COBS records: whole, byte by byte, in odd chunks, through noise, too long, and whole again."""

from binascii import unhexlify

from protocol.stream import MAX_RECORD, RecordReader, from_record, to_record
from tests.shared.expect import Chance

# (frame, record without its zero), from Cheshire and Baker and the edges of a block of 254
KNOWN = (
    (b"\x00", "0101"),
    (b"\x00\x00", "010101"),
    (b"\x00\x11\x00", "01021101"),
    (b"\x11\x22\x00\x33", "0311220233"),
    (b"\x11\x22\x33\x44", "0511223344"),
    (b"\x11\x00\x00\x00", "0211010101"),
)


def frames() -> list:
    """Return frames of every awkward kind."""
    chance = Chance(6)
    out = [frame for frame, _ in KNOWN]
    for length in (1, 2, 252, 253, 254, 255, 256, 260, 300, 400, 500):
        out.append(bytes([1]) * length)
        out.append(bytes(min(length, 400)))
        out.append(chance.bytes(length))
        out.append(b"\x00" + bytes([255]) * (length - 1))
        out.append(bytes([7]) * (length - 1) + b"\x00")
    out.append(bytes([7]) * 254 + b"\x00" + bytes([8]) * 200)
    return out


def test_known_records():
    for frame, record in KNOWN:
        assert to_record(frame) == unhexlify(record) + b"\x00"
        assert from_record(unhexlify(record)) == frame


def test_a_full_block_needs_no_zero_after_it():
    block = bytes(range(1, 255))
    assert to_record(block) == b"\xff" + block + b"\x01\x00"
    assert from_record(b"\xff" + block) == block  # as others write it
    assert from_record(b"\xff" + block + b"\x01") == block
    assert from_record(b"\xff" + block + b"\x01\x01") == block + b"\x00"


def test_every_frame_comes_back_and_its_record_has_one_zero():
    for frame in frames():
        record = to_record(frame)
        assert record[-1] == 0 and 0 not in record[:-1]
        assert len(record) <= len(frame) + len(frame) // 254 + 2
        assert from_record(record[:-1]) == frame


def test_a_record_that_is_no_cobs_is_none():
    for record in (b"\x02", b"\x05abc", b"\xff", b"\x00", b"\x03a\x00", b"\x01\x00", b"\x02a\x00"):
        assert from_record(record) is None, record
    for frame in frames():
        record = to_record(frame)
        assert from_record(record) is None  # the closing zero is no part of it


def feed_all(reader: RecordReader, stream: bytes, size: int) -> list:
    """Feed a stream in chunks; return all frames."""
    got = []
    for at in range(0, len(stream), size):
        got += reader.feed(stream[at : at + size])
    return got


def test_records_are_found_in_chunks_of_any_size():
    sent = [frame for frame in frames() if len(to_record(frame)) <= MAX_RECORD]
    stream = b"".join(to_record(frame) for frame in sent)
    for size in (1, 2, 3, 7, 16, 255, 256, 1000, len(stream)):
        reader = RecordReader()
        assert feed_all(reader, stream, size) == sent
        assert (reader.overlong, reader.garbled) == (0, 0)


def test_chunks_may_be_any_buffer_and_empty():
    for kind in (bytes, bytearray, memoryview):
        reader = RecordReader()
        assert reader.feed(kind(b"")) == []
        assert reader.feed(kind(b"\x02a\x00")) == [b"a"]


def test_what_is_kept_does_not_change_with_the_chunk_it_came_in():
    reader = RecordReader()
    chunk = bytearray(b"\x04ab")
    reader.feed(chunk)
    chunk[:] = b"zzz"
    assert reader.feed(b"c\x00") == [b"abc"]


def test_extra_zeros_between_records_are_nothing():
    reader = RecordReader()
    assert reader.feed(b"\x00\x00\x02a\x00\x00\x00\x02b\x00\x00") == [b"a", b"b"]
    assert (reader.overlong, reader.garbled) == (0, 0)


def test_after_any_noise_the_next_zero_makes_it_whole():
    chance = Chance(10)
    for _ in range(200):
        noise = chance.bytes(chance.below(80))
        frame = chance.bytes(chance.between(1, 300))
        size = chance.between(1, 90)
        reader = RecordReader()
        feed_all(reader, noise, size)
        assert feed_all(reader, b"\x00" + to_record(frame), size)[-1] == frame


def test_an_empty_record_is_garbled_not_a_frame():
    reader = RecordReader()
    assert reader.feed(to_record(b"")) == []
    assert reader.garbled == 1


def test_garbled_records_are_counted():
    reader = RecordReader()
    assert reader.feed(b"\x09abc\x00\x02a\x00\xff\x00") == [b"a"]
    assert reader.garbled == 2


def test_a_record_of_the_limit_passes_and_a_longer_one_does_not():
    for size in (1, 5, 10, 11, 12, 30):
        reader = RecordReader(limit=10)
        fits, too_long = to_record(b"123456789"), to_record(b"1234567890")
        assert (len(fits), len(too_long)) == (11, 12)
        assert feed_all(reader, fits + too_long + fits, size) == [b"123456789"] * 2
        assert (reader.overlong, reader.garbled) == (1, 0)


def test_an_endless_record_is_counted_once_and_costs_no_memory():
    reader = RecordReader(limit=64)
    for _ in range(300):
        assert reader.feed(b"\x55" * 63) == []
        assert len(reader._pending) <= 64
    assert reader.overlong == 1
    assert reader.feed(b"\x55\x00" + to_record(b"whole")) == [b"whole"]
    assert reader.overlong == 1


def test_a_cut_record_spoils_only_itself():
    record = to_record(b"first")
    for cut in range(len(record)):
        reader = RecordReader()
        got = reader.feed(record[:cut] + to_record(b"second") + to_record(b"third"))
        assert got[-1] == b"third"


def test_random_streams_never_raise():
    chance = Chance(12)
    reader = RecordReader(limit=40)
    for _ in range(400):
        for frame in reader.feed(chance.bytes(chance.below(50))):
            assert 0 < len(frame) <= 40
        assert len(reader._pending) <= 40
