"""Batches and messages: whatever an owner may say comes back, and no bytes do harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import cbor, messages
from protocol.batch import Batch, decode, encode, number_near
from protocol.bit_reader import BitReader
from protocol.bits import BitWriter
from protocol.column_reader import take_column
from protocol.columns import put_column
from protocol.errors import DecodeError
from protocol.sampletime import SLOT, UNIX, complete, short_form
from tests.for_protocol import strategies
from tests.for_protocol.strategies import MESSAGES, VALUES, batches, columns
from tests.shared.damage import is_canonical
from tests.shared.forms import as_decoded, form_of, one

KINDS = {
    "batch": batches(),
    "reading": strategies.readings(),
    "hello": strategies.hellos(),
    "ack": strategies.acks(),
    "status": strategies.STATUSES,
    "crash": strategies.CRASHES,
    "command": strategies.COMMANDS,
    "result": strategies.RESULTS,
    "gone": strategies.GONES,
    "offer": strategies.OFFERS,
    "want": strategies.WANTS,
    "block": strategies.BLOCKS,
    "note": strategies.NOTES,
}


def is_faithful(plain: bytes, message) -> bool:
    """Say whether encoding a message that was read gives the same bytes, or the same batch."""
    if isinstance(message, Batch):
        return form_of(decode(encode(message))) == form_of(message)
    return is_canonical(plain, message)


@settings(max_examples=300)
@given(batches())
def test_a_batch_comes_back(batch):
    bits = encode(batch)
    assert form_of(decode(bits)) == as_decoded(form_of(batch))
    assert encode(decode(bits)) == bits


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_each_kind_comes_back(kind, data):
    message = data.draw(KINDS[kind])
    plain = messages.encode(message)
    back = messages.decode(plain)
    assert form_of(back) == as_decoded(form_of(message))
    assert form_of(back)["kind"] == kind
    assert messages.encode(back) == plain
    assert cbor.dumps(cbor.loads(plain)) == plain


@settings(max_examples=60)
@given(MESSAGES)
def test_every_prefix_of_a_message_is_refused(message):
    plain = messages.encode(message)
    for end in range(len(plain)):
        with pytest.raises(DecodeError):
            messages.decode(plain[:end])


@settings(max_examples=60)
@given(batches())
def test_every_prefix_of_the_bits_is_refused(batch):
    bits = encode(batch)
    for end in range(len(bits)):
        with pytest.raises(DecodeError):
            decode(bits[:end])


@given(MESSAGES, st.binary(min_size=1, max_size=4))
def test_trailing_bytes_are_refused(message, tail):
    with pytest.raises(DecodeError):
        messages.decode(messages.encode(message) + tail)


@given(batches(), st.binary(min_size=1, max_size=4))
def test_trailing_bits_are_refused(batch, tail):
    with pytest.raises(DecodeError):
        decode(encode(batch) + tail)


def changed(data, original: bytes) -> bytes:
    """Draw a copy with some bytes changed."""
    other = bytearray(original)
    for _ in range(data.draw(st.integers(1, 3))):
        other[data.draw(st.integers(0, len(other) - 1))] ^= data.draw(st.integers(1, 255))
    return bytes(other)


@settings(max_examples=300)
@given(batches(), st.data())
def test_a_changed_batch_is_refused_or_another_valid_batch(batch, data):
    bits = changed(data, encode(batch))
    try:
        other = decode(bits)
    except DecodeError:
        return
    assert is_faithful(bits, other)


@settings(max_examples=300)
@given(MESSAGES, st.data())
def test_a_changed_message_is_refused_or_another_one_in_its_one_encoding(message, data):
    plain = changed(data, messages.encode(message))
    try:
        other = messages.decode(plain)
    except DecodeError:
        return
    assert is_faithful(plain, other)


@given(batches(), st.data())
def test_what_is_kept_of_a_batch_says_the_same_of_each_sample(batch, data):
    numbers = batch.numbers()
    rows = sorted(data.draw(st.sets(st.integers(0, len(numbers) - 1), min_size=1)))
    before = [[column[row] for row in rows] for column in batch.columns]
    codes = [[batch.quality_of(q, row) for row in rows] for q in range(len(batch.ids))]
    clock, seconds, interval_s = batch.clock, batch.seconds, batch.interval_s
    batch.keep([numbers[row] for row in rows])
    assert batch.numbers() == [numbers[row] for row in rows]
    assert batch.columns == before
    count = range(len(rows))
    assert [[batch.quality_of(q, i) for i in count] for q in range(len(batch.ids))] == codes
    if interval_s:
        now = 2**33
        behind = (numbers[-1] - numbers[rows[-1]]) * interval_s
        told = complete(batch.clock, batch.seconds, interval_s, now)
        was = complete(clock, seconds, interval_s, now) - behind
        assert told == was or (clock == SLOT and (told - was) % (64 * interval_s) == 0)


@given(st.integers(1, 64).flatmap(lambda count: columns(count)), VALUES, st.integers(0, 9))
def test_a_column_comes_back_whatever_the_registry_expects(values, base, order):
    writer = BitWriter()
    put_column(writer, values, base, order, [0] * (len(values) - 1))
    reader = BitReader(writer.to_bytes())
    assert take_column(reader, len(values), base, order, [0] * (len(values) - 1)) == values
    reader.finish()


@given(st.integers(0, 2**32 - 1), st.integers(-32768, 32767))
def test_a_number_near_what_is_expected_is_found(expected, distance):
    number = expected + distance
    if number >= 0:
        assert number_near(number % 65536, expected) == number


@given(st.integers(0, 65535), st.integers(0, 2**32))
def test_a_completed_number_is_not_negative_and_keeps_its_bits(low, expected):
    number = number_near(low, expected)
    assert number >= 0
    assert number % 65536 == low


@given(
    st.integers(1, 2**20 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(-20 * 2**20, 20 * 2**20),
    st.integers(0, 15),
)
def test_a_shortened_time_is_the_same_time(interval_s, seconds, age, delay):
    batch = one(columns=[[1], [2]], interval_s=interval_s, clock=UNIX, seconds=seconds)
    batch.sent_s = seconds + age
    batch.clock, batch.seconds = short_form(batch)
    received = seconds + age + delay * interval_s
    assert batch.newest(received) == (seconds, 1)
    if batch.clock == SLOT:
        assert 0 <= batch.seconds < 64
        assert encode(batch)
