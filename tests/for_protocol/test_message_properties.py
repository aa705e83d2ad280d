"""Batches and messages: whatever an owner may say comes back, and no bytes do harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import messages
from protocol.batch import SLOT, UNIX, Batch, decode, encode, number_near, shorten
from protocol.bits import BitReader, BitWriter
from protocol.columns import put_column, take_column
from protocol.errors import DecodeError
from tests.for_protocol.strategies import MESSAGES, VALUES, batches, columns, said_shortest
from tests.shared.forms import as_decoded, form_of


def expected_form(message) -> dict:
    """Return the form in which a message comes back."""
    form = as_decoded(form_of(message))
    if isinstance(message, Batch):
        form["quality"] = said_shortest(message.quality)
    return form


@settings(max_examples=300)
@given(batches())
def test_a_batch_comes_back(batch):
    bits = encode(batch)
    assert form_of(decode(bits)) == expected_form(batch)
    assert encode(decode(bits)) == bits


@settings(max_examples=200)
@given(MESSAGES)
def test_a_message_comes_back(message):
    plain = messages.encode(message)
    back = messages.decode(plain)
    assert form_of(back) == expected_form(message)
    assert messages.encode(back) == plain


@given(MESSAGES)
def test_every_prefix_of_a_message_is_refused(message):
    plain = messages.encode(message)
    for end in range(len(plain)):
        with pytest.raises(DecodeError):
            messages.decode(plain[:end])


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


@given(batches(), st.data())
def test_a_changed_batch_is_refused_or_another_valid_batch(batch, data):
    bits = bytearray(encode(batch))
    for _ in range(data.draw(st.integers(1, 3))):
        bits[data.draw(st.integers(0, len(bits) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = decode(bytes(bits))
    except DecodeError:
        return
    assert form_of(decode(encode(other))) == form_of(other)


@given(st.integers(1, 64).flatmap(lambda count: columns(count)), VALUES, st.integers(0, 9))
def test_a_column_comes_back_whatever_the_registry_expects(values, base, order):
    writer = BitWriter()
    put_column(writer, values, base, order)
    reader = BitReader(writer.to_bytes())
    assert take_column(reader, len(values), base, order) == values
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
    batch = Batch(0, (0,), [[1]], interval_s, UNIX, seconds)
    shorten(batch, seconds + age)
    received = seconds + age + delay * interval_s
    assert batch.newest(received) == (seconds, 1)
    if batch.clock == SLOT:
        assert 0 <= batch.seconds < 64
        assert encode(batch)
