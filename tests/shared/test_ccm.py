"""AES-CCM: the packet vectors of RFC 3610, and nothing that was changed opens."""

from binascii import hexlify, unhexlify

from protocol._compat import Ecb, aes_cbc
from protocol.ccm import Ccm
from tests.shared.damage import flipped
from tests.shared.expect import refuses, vectors
from tests.shared.forms import KEY

NONCE = bytes(range(100, 113))
PREFIX = b"\x83\x18\x2a\x19\x01\x00"


def test_all_24_packet_vectors_of_rfc_3610_seal_and_open():
    cases = vectors("rfc3610")
    assert len(cases) == 24
    assert {len(case["nonce"]) for case in cases} == {2 * 13}  # L = 2, as ours
    for case in cases:
        key, nonce, prefix, plain, sealed = [
            unhexlify(case[name]) for name in ("key", "nonce", "prefix", "plain", "sealed")
        ]
        length = case["tag_length"]
        assert Ccm(key).seal(nonce, prefix, plain, length) == sealed, case["name"]
        assert Ccm(key).open(nonce, prefix, sealed, length) == plain, case["name"]


def test_the_block_primitives_are_aes_128():
    # FIPS 197, appendix C.1
    block = unhexlify("00112233445566778899aabbccddeeff")
    once, twice, chained = bytearray(block), bytearray(block + block), bytearray(block + block)
    Ecb(KEY).encrypt(once)
    assert hexlify(once) == b"69c4e0d86a7b0430d8cdb78070b4c55a"
    Ecb(KEY).encrypt(twice)
    assert twice == once + once
    aes_cbc(KEY, chained)
    assert chained[:16] == once
    second = bytearray([once[i] ^ block[i] for i in range(16)])
    Ecb(KEY).encrypt(second)
    assert chained[16:] == second


def test_one_key_seals_many_texts():
    cipher = Ccm(KEY)
    first = [cipher.seal(NONCE, PREFIX, bytes([i]), 8) for i in range(5)]
    assert first == [Ccm(KEY).seal(NONCE, PREFIX, bytes([i]), 8) for i in range(5)]


def test_what_was_sealed_opens_at_every_length_and_tag():
    cipher = Ccm(KEY)
    for length in (0, 1, 15, 16, 17, 31, 32, 33, 255, 400):
        plain = bytes(i * 7 & 255 for i in range(length))
        for tag in (4, 6, 8, 10, 12, 14, 16):
            sealed = cipher.seal(NONCE, PREFIX, plain, tag)
            assert len(sealed) == length + tag
            assert cipher.open(NONCE, PREFIX, sealed, tag) == plain
            assert cipher.open(NONCE, b"", sealed, tag) is None


def test_an_empty_prefix_and_every_length_of_one_work():
    cipher = Ccm(KEY)
    for length in range(40):
        prefix = bytes(range(length))
        assert cipher.open(NONCE, prefix, cipher.seal(NONCE, prefix, b"abc", 8), 8) == b"abc"


def test_a_flipped_bit_anywhere_is_refused():
    cipher = Ccm(KEY)
    for tag in (4, 8):
        sealed = cipher.seal(NONCE, PREFIX, b"a reading or two", tag)
        for other in flipped(sealed):
            assert cipher.open(NONCE, PREFIX, other, tag) is None
        for other in flipped(NONCE):
            assert cipher.open(other, PREFIX, sealed, tag) is None
        for other in flipped(PREFIX):
            assert cipher.open(NONCE, other, sealed, tag) is None
        for other in flipped(KEY):
            assert Ccm(other).open(NONCE, PREFIX, sealed, tag) is None


def test_every_prefix_is_refused():
    cipher = Ccm(KEY)
    sealed = cipher.seal(NONCE, PREFIX, b"a reading or two", 8)
    for end in range(len(sealed)):
        assert cipher.open(NONCE, PREFIX, sealed[:end], 8) is None
    assert cipher.open(NONCE, PREFIX, sealed + b"\x00", 8) is None


def test_a_tag_is_not_read_with_another_length():
    cipher = Ccm(KEY)
    sealed = cipher.seal(NONCE, PREFIX, b"plain", 8)
    for length in (4, 6, 10, 16):
        assert cipher.open(NONCE, PREFIX, sealed, length) is None
    assert cipher.open(NONCE, PREFIX, sealed[:-4], 4) is None


def test_our_own_misuse_is_a_value_error():
    for length in (0, 8, 15, 17, 24, 32):
        refuses(ValueError, Ccm, bytes(length))
    for length in (0, 1, 2, 3, 5, 7, 17, 18):
        refuses(ValueError, Ccm(KEY).seal, NONCE, PREFIX, b"plain", length)
    # A tag of no bytes would fit anything.
    refuses(ValueError, Ccm(KEY).open, NONCE, PREFIX, b"anything", 0)


def test_keys_and_texts_may_be_any_buffer():
    sealed = Ccm(bytearray(KEY)).seal(NONCE, bytearray(PREFIX), bytearray(b"plain"), 8)
    assert sealed == Ccm(KEY).seal(NONCE, PREFIX, b"plain", 8)
    assert Ccm(KEY).open(NONCE, PREFIX, memoryview(sealed), 8) == b"plain"
