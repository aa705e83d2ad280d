"""The two binary notations of the benchmark are those that the usual packages write."""

from decimal import Decimal

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.benchmark.encodings import binary

NUMBERS = st.integers(-(2**31), 2**32 - 1)
ITEMS = st.recursive(
    NUMBERS,
    lambda item: st.lists(item, max_size=20) | st.dictionaries(NUMBERS, item, max_size=20),
    max_leaves=30,
)
EDGES = [
    sign * (2**bits) + by
    for bits in (4, 5, 7, 8, 15, 16, 31)
    for sign in (1, -1)
    for by in (-1, 0, 1)
]


@given(ITEMS)
def test_cbor_is_what_cbor2_writes(item):
    assert binary.cbor(item) == cbor2.dumps(item)


@given(st.text(max_size=300), st.integers(-(10**6), 10**6), st.integers(-4, -1))
def test_texts_and_decimal_fractions_are_what_cbor2_writes(text, mantissa, exponent):
    assert binary.cbor(text) == cbor2.dumps(text)
    fraction = Decimal(mantissa).scaleb(exponent)
    assert binary.cbor(fraction) == cbor2.dumps(fraction)


@given(ITEMS)
def test_messagepack_is_what_msgpack_writes(item):
    msgpack = pytest.importorskip("msgpack")
    assert binary.messagepack(item) == msgpack.packb(item)


@pytest.mark.parametrize("edge", [23, 24, -24, -25, *EDGES])
def test_integers_at_the_edge_of_a_size(edge: int):
    msgpack = pytest.importorskip("msgpack")
    assert binary.cbor(edge) == cbor2.dumps(edge)
    if edge >= -(2**31):
        assert binary.messagepack(edge) == msgpack.packb(edge)


def test_what_has_no_place_is_refused():
    for notation in (binary.cbor, binary.messagepack):
        with pytest.raises(TypeError, match="has no place"):
            notation(None)
