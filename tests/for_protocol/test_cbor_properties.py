"""CBOR for any value and any bytes, with cbor2 as the second opinion."""

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import cbor
from protocol.errors import DecodeError
from tests.for_protocol.strategies import CBOR, SCALARS, WIDE, nested

POSITIVE = st.integers(0, 2**64 - 1)
NEGATIVE = st.integers(-(2**64), -1)


def same(left, right) -> bool:
    """Compare with types: 1 is not True here."""
    if isinstance(left, dict):
        pairs = zip(sorted(left.items()), sorted(right.items()), strict=True)
        return all(a == b and same(x, y) for (a, x), (b, y) in pairs)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


@given(CBOR)
def test_what_is_written_is_read(value):
    assert same(cbor.loads(cbor.dumps(value)), value)


@given(CBOR)
def test_cbor2_reads_what_we_write(value):
    assert same(cbor2.loads(cbor.dumps(value)), value)


@given(SCALARS | nested(SCALARS, POSITIVE) | nested(SCALARS, NEGATIVE))
def test_cbor2_writes_the_same_canonical_bytes(value):
    # Keys of one sign only: cbor2 orders by length first (RFC 7049), we as RFC 8949, 4.2.1 says.
    assert cbor2.dumps(value, canonical=True) == cbor.dumps(value)


@given(st.dictionaries(WIDE, st.none(), min_size=2))
def test_keys_are_in_the_bytewise_order_of_rfc_8949(value):
    written = [cbor.dumps(key) for key in cbor.loads(cbor.dumps(value))]
    assert written == sorted(written)


@given(st.dictionaries(WIDE, st.none(), min_size=2), st.randoms(use_true_random=False))
def test_keys_in_any_other_order_are_refused(value, chance):
    keys = list(value)
    chance.shuffle(keys)
    data = cbor2.dumps(dict.fromkeys(keys))
    if [cbor.dumps(key) for key in keys] == sorted(cbor.dumps(key) for key in keys):
        assert cbor.loads(data) == value
    else:
        with pytest.raises(DecodeError):
            cbor.loads(data)


@given(st.binary(max_size=60))
@example(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff")
@example(b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\x00")
@example(b"\x81" * 60)
@example(b"\xa1" * 60)
def test_bytes_are_refused_or_the_one_encoding_of_their_value(data):
    try:
        value = cbor.loads(data)
    except DecodeError:
        return
    assert cbor.dumps(value) == data
    assert same(cbor2.loads(data), value)


@given(CBOR, st.data())
def test_a_changed_byte_is_refused_or_the_encoding_of_another_value(value, data):
    written = bytearray(cbor.dumps(value))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    try:
        other = cbor.loads(bytes(written))
    except DecodeError:
        return
    assert cbor.dumps(other) == written
    assert not same(other, value)


@given(CBOR)
def test_every_prefix_is_refused(value):
    written = cbor.dumps(value)
    for end in range(len(written)):
        with pytest.raises(DecodeError):
            cbor.loads(written[:end])


@given(CBOR, st.binary(min_size=1, max_size=4))
def test_trailing_bytes_are_refused(value, tail):
    with pytest.raises(DecodeError):
        cbor.loads(cbor.dumps(value) + tail)


@given(st.floats() | st.sets(st.integers(), min_size=1) | st.integers(min_value=2**64))
def test_types_and_sizes_outside_the_subset_are_refused_by_the_writer(value):
    for wrapped in (value, [value], {0: value}):
        with pytest.raises(ValueError, match=r"subset|64 bits"):
            cbor.dumps(wrapped)


def test_text_that_cannot_be_utf_8_is_refused_by_the_writer():
    with pytest.raises(ValueError, match="surrogates"):
        cbor.dumps("\ud800")


@pytest.mark.parametrize("text", ["62c080", "63eda080", "64f7bfbfbf", "64f4908080", "63e08080"])
def test_text_that_only_looks_like_utf_8_is_refused(text):
    # On CPython. MicroPython's own check of UTF-8 is weaker; nodes are sent no text.
    with pytest.raises(DecodeError):
        cbor.loads(bytes.fromhex(text))
