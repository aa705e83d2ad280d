"""Random bytes into every decoder: the documented error, or a value; never anything else."""

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocol import batch, cbor, messages
from protocol.batch_reader import take_time
from protocol.bit_reader import BitReader
from protocol.column_reader import take_column
from protocol.envelope import parse
from protocol.errors import REFUSALS, DecodeError, FrameError
from protocol.quality import MAINTENANCE
from protocol.quality_reader import take_quality
from protocol.quantities import LIMIT
from protocol.sampletime import AT_LEAST
from protocol.session import UNREADABLE
from protocol.stream import RecordReader, from_record, to_record
from protocol.window import ReplayWindow
from tests.shared.pair import UNIX_MS, Gateway, Node, drained, envelope

NOISE = st.binary(max_size=20) | st.binary(min_size=20, max_size=80) | st.binary(min_size=200)
HEADS = st.sampled_from((b"", b"\x83", b"\x83\x18\x2a", b"\x85\x00", b"\x83\x01", b"\x82\x02\xa1"))


@settings(max_examples=300)
@given(HEADS, NOISE)
@example(b"", b"\x9b" + b"\xff" * 8)
@example(b"", b"\x5a\x7f\xff\xff\xff")
@example(b"", b"\xbb" + b"\xff" * 8)
@example(b"", b"\xd9" * 400)
@example(b"\x82\x02", b"\xa1\x20\x00")
@example(b"\x82\x02", b"\xa1\x1b" + b"\xff" * 8 + b"\x00")
def test_noise_into_cbor_and_messages(head, noise):
    for decoder in (cbor.loads, messages.decode):
        with suppress(DecodeError):
            decoder(head + noise)


@settings(max_examples=300)
@given(NOISE)
@example(bytes(600))
@example(b"\xff" * 600)
def test_noise_into_a_batch(noise):
    for wrapped in (noise, b"\x00\x03\xc0" + noise, b"\x00\x03\xff" + noise, b"\x80" * 3 + noise):
        with suppress(DecodeError):
            decoded = batch.decode(wrapped)
            assert decoded.numbers()[-1] == decoded.first + decoded.span - 1
            batch.encode(decoded)
        with suppress(DecodeError):
            messages.decode(cbor.dumps(wrapped))


@given(NOISE, st.integers(1, 64), st.integers(-(2**19), 2**19), st.integers(0, 9))
def test_noise_into_a_column(noise, count, base, order):
    with suppress(DecodeError):
        values = take_column(BitReader(noise), count, base, order, [0] * (count - 1))
        assert len(values) == count
        assert -LIMIT <= min(values) <= max(values) <= LIMIT


@given(NOISE, st.integers(0, 9))
def test_noise_into_the_bit_codes(noise, order):
    reader = BitReader(noise)
    with suppress(DecodeError):
        while True:
            assert 0 <= reader.take_golomb(order) < 1 << 24
    reader, codes = BitReader(noise), [0] * 7
    with suppress(DecodeError):
        while True:
            reader.take_rice(codes, order)
            assert 0 <= min(codes) <= max(codes) < 1 << 22


@given(NOISE, st.integers(1, 32), st.integers(1, 64))
def test_noise_into_a_quality(noise, rows, count):
    with suppress(DecodeError):
        quality = take_quality(BitReader(noise), rows, count)
        for codes in quality or ():
            assert codes is None or (len(codes) == count and 0 < max(codes) <= MAINTENANCE)


@given(NOISE)
def test_noise_into_a_time(noise):
    with suppress(DecodeError):
        clock, seconds, accuracy = take_time(BitReader(noise))
        assert 0 <= seconds < 1 << 32
        assert (clock == AT_LEAST) <= (accuracy == 7)


@settings(max_examples=300)
@given(HEADS, NOISE)
def test_noise_into_frames(head, noise):
    window = ReplayWindow()
    try:
        parsed = parse(head + noise)
    except FrameError as error:
        assert error.kind in REFUSALS
        return
    for opened in (
        lambda: envelope().open_up(parsed, window),
        lambda: envelope().open_answer(parsed, 7),
    ):
        with pytest.raises(FrameError):
            opened()
    assert (window.top, window.mask) == (-1, 0)


@given(st.lists(HEADS.flatmap(lambda head: NOISE.map(lambda noise: head + noise)), max_size=5))
def test_noise_into_sessions(frames):
    node, gateway = Node(), Gateway()
    assert node.poll(0) is not None
    for frame in frames:
        node.session.receive(frame, 0)
        gateway.receive(frame)
    assert node.events() == []
    assert gateway.commit() == []
    assert sum(node.session.refused.values()) == len(frames)
    assert sum(gateway.session.refused.values()) + gateway.malformed == len(frames)


@settings(max_examples=200)
@given(HEADS | st.sampled_from((b"\xf6", b"\xa2", b"\x82\x01")), NOISE, st.booleans())
def test_noise_that_the_key_signed_is_an_event_and_answered(head, noise, whole):
    # An authentic frame of a broken or a newer firmware, which must not hang for want of an answer.
    gateway, plain = Gateway(), head + noise
    gateway.receive(envelope().seal_up(0, plain, True, whole))
    session = gateway.session
    (event,) = drained(session)
    assert (event[0] == UNREADABLE) == (session.refused["malformed"] == 1)
    session.acknowledge(event, session.promise(), UNIX_MS)
    answer = envelope().open_answer(parse(session.data_to_send(0)), 0)
    assert messages.is_answer(messages.decode(answer))


@settings(max_examples=200)
@given(HEADS | st.sampled_from((b"\x82\x01\xf6", b"\x83\x05\x01", b"\x85\x07")), NOISE)
def test_noise_that_the_gateway_signed_is_refused_or_an_event(head, noise):
    node = Node()
    assert node.poll(0) is not None
    node.session.receive(envelope().seal_answer(0, head + noise), 0)
    assert bool(node.events()) + node.session.refused["malformed"] <= 1


@given(st.binary(max_size=700))
def test_noise_into_one_record(noise):
    frame = from_record(noise)
    if frame is not None:
        assert len(frame) <= len(noise)
        assert from_record(to_record(frame)[:-1]) == frame


@given(st.lists(NOISE, max_size=8), st.integers(1, 80))
def test_noise_into_the_stream(chunks, limit):
    reader = RecordReader(limit)
    for chunk in chunks:
        for frame in reader.feed(chunk):
            assert 0 < len(frame) <= limit
        assert len(reader._pending) <= limit


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6), st.data())
def test_records_come_back_in_chunks_of_any_size(frames, data):
    stream = b"".join(map(to_record, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    reader = RecordReader()
    got = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += reader.feed(stream[start:end])
    assert got == frames
    assert (reader.overlong, reader.garbled) == (0, 0)


@given(NOISE, st.binary(min_size=1, max_size=300), st.integers(1, 50))
def test_a_record_after_noise_and_a_zero_is_whole(noise, frame, size):
    stream = noise + b"\x00" + to_record(frame)
    reader = RecordReader()
    got = []
    for at in range(0, len(stream), size):
        got += reader.feed(stream[at : at + size])
    assert got[-1] == frame
