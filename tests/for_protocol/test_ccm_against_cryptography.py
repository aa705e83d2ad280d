"""Our AES-CCM against the one of `cryptography`: the same bytes, the same refusals."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given
from hypothesis import strategies as st

from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, TAG_WIRE
from tests.shared.expect import Chance, vectors

KEYS = st.binary(min_size=16, max_size=16)
NONCES = st.integers(7, 13).flatmap(lambda size: st.binary(min_size=size, max_size=size))
TAGS = st.sampled_from((4, 6, 8, 10, 12, 14, 16))
TEXTS = st.binary(max_size=100) | st.integers(0, 600).map(bytes)


@given(KEYS, NONCES, TEXTS, TEXTS, st.sampled_from((4, 8, 16)))
def test_both_seal_to_the_same_bytes(key, nonce, prefix, plain, tag):
    sealed = Ccm(key).seal(nonce, prefix, plain, tag)
    assert sealed == AESCCM(key, tag_length=tag).encrypt(nonce, plain, prefix)
    assert Ccm(key).open(nonce, prefix, sealed, tag) == plain


@given(KEYS, NONCES, TEXTS, TEXTS, TAGS)
def test_we_open_what_the_other_sealed_with_every_tag(key, nonce, prefix, plain, tag):
    sealed = AESCCM(key, tag_length=tag).encrypt(nonce, plain, prefix)
    assert Ccm(key).open(nonce, prefix, sealed, tag) == plain


@given(KEYS, NONCES, TEXTS, TEXTS, TAGS, st.data())
def test_both_refuse_what_was_changed(key, nonce, prefix, plain, tag, data):
    sealed = bytearray(Ccm(key).seal(nonce, prefix, plain, tag))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    assert Ccm(key).open(nonce, prefix, bytes(sealed), tag) is None
    with pytest.raises(InvalidTag):
        AESCCM(key, tag_length=tag).decrypt(nonce, bytes(sealed), prefix)


@given(KEYS, NONCES, TEXTS, st.binary(max_size=60), TAGS)
def test_noise_does_not_open(key, nonce, prefix, sealed, tag):
    opened = Ccm(key).open(nonce, prefix, sealed, tag)
    if opened is not None:  # one in 2**32 for the shortest tag
        assert AESCCM(key, tag_length=tag).decrypt(nonce, sealed, prefix) == opened


@pytest.mark.parametrize("length", [0, 1, 0xFEFF])
def test_a_long_prefix_is_written_with_the_right_head(length):
    key, nonce, prefix = bytes(16), bytes(13), bytes(length)
    assert Ccm(key).seal(nonce, prefix, b"x", 8) == AESCCM(key, 8).encrypt(nonce, b"x", prefix)


@pytest.mark.parametrize("length", [16 * 255, 16 * 256 - 1, 16 * 256, 16 * 300 + 5, 0xFFFF])
def test_a_text_of_more_blocks_than_a_byte_counts_is_sealed_right(length):
    key, nonce, plain = bytes(range(16)), bytes(13), bytes(i % 251 for i in range(length))
    sealed = Ccm(key).seal(nonce, b"prefix", plain, 8)
    assert sealed == AESCCM(key, 8).encrypt(nonce, plain, b"prefix")
    assert Ccm(key).open(nonce, b"prefix", sealed, 8) == plain


@pytest.mark.parametrize("case", vectors("rfc3610"), ids=lambda case: case["name"])
def test_the_vectors_of_rfc_3610_are_copied_right(case):
    key, nonce, prefix, plain, sealed = (
        bytes.fromhex(case[name]) for name in ("key", "nonce", "prefix", "plain", "sealed")
    )
    assert AESCCM(key, case["tag_length"]).encrypt(nonce, plain, prefix) == sealed


def test_10000_random_cases_seal_to_the_same_bytes_and_open():
    # As frames are: a nonce of 13 bytes, a short prefix, a tag of 4 or 8 bytes.
    chance = Chance(3610)
    for _ in range(100):
        key = chance.bytes(16)
        ours = Ccm(key)
        for i in range(100):
            tag = (TAG_RADIO, TAG_WIRE)[i % 2]
            nonce, prefix = chance.bytes(13), chance.bytes(chance.below(12))
            plain = chance.bytes(chance.below(70))
            sealed = ours.seal(nonce, prefix, plain, tag)
            assert sealed == AESCCM(key, tag).encrypt(nonce, plain, prefix)
            assert ours.open(nonce, prefix, sealed, tag) == plain
