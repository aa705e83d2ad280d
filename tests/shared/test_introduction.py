"""How a batch says its numbers: 16 bits of them, or all and what is older: an introduction."""

from protocol.batch import NUMBERS, decode, encode
from protocol.errors import DecodeError
from tests.shared.expect import refuses
from tests.shared.forms import one
from tests.shared.handmade import batch_bits, bits, golomb

TOP = NUMBERS - 3  # of the first of three samples
MOST_OLDER = (1 << 22) - 64


def introduced(first: int, older: int):
    return decode(encode(one(first=first, older=older)))


def test_sample_numbers_travel_by_their_16_low_bits():
    for first in (0, 1, 65533, 65535, 65536, 65537, 131071, TOP):
        back = decode(encode(one(first=first)))
        assert (back.first, back.older) == (first % 65536, None)


def test_an_introduction_tells_the_whole_number_and_what_is_older():
    for first in (0, 1, 65535, 65536, 70000, (1 << 31) - 1, 1 << 31, TOP):
        for older in (0, 1, 63, 64, 65, 10000, MOST_OLDER):
            if older <= first:
                back = introduced(first, older)
                assert (back.first, back.older) == (first, older)
                assert back.numbers() == [first, first + 1, first + 2]


def test_an_introduction_is_one_bit_and_what_it_says():
    said = "1" + bits(70000, 32) + golomb(1000, 6)
    assert decode(batch_bits(number=said)).first == 70000
    assert decode(batch_bits(number="0" + bits(70000 & 0xFFFF, 16))).first == 70000 & 0xFFFF
    short = len(encode(one(first=70000)))
    assert len(encode(one(first=70000, older=0))) - short in (2, 3)


def test_more_older_samples_than_can_be_told_are_refused_by_the_writer():
    assert introduced(TOP, MOST_OLDER).older == MOST_OLDER
    for older in (MOST_OLDER + 1, 1 << 22, 1 << 31, TOP):
        refuses(ValueError, encode, one(first=TOP, older=older))


def test_more_older_samples_than_numbers_are_refused():
    for first, older in ((0, 1), (5, 6), (1000, 65536)):
        refuses(ValueError, encode, one(first=first, older=older))
        said = "1" + bits(first, 32) + golomb(older, 6)
        refuses(DecodeError, decode, batch_bits(number=said))
    for first, older in ((0, 0), (5, 5), (1000, 1000)):
        assert introduced(first, older).older == older
    refuses(ValueError, encode, one(first=5, older=-1))


def test_a_sample_beyond_the_last_number_is_refused():
    for span in (1, 2, 64):
        last = NUMBERS - span
        for older in (None, 0):
            for places in (None, [0, span - 1]) if span > 2 else (None,):
                columns = [[5] * (span if places is None else 2)] * 2
                good = one(first=last, columns=columns, places=places, older=older)
                assert decode(encode(good)).numbers()[-1] & 0xFFFF == 0xFFFF
                for first in (last + 1, NUMBERS, 1 << 40, -1):
                    wrong = one(first=first, columns=columns, places=places, older=older)
                    refuses(ValueError, encode, wrong)
        pieces = {"span": golomb(span - 1, 3)}
        pieces["columns"] = golomb(0, 6) + ("1111" if span > 1 else "")
        said = "1" + bits(last, 32) + golomb(0, 6)
        assert decode(batch_bits(number=said, **pieces)).numbers()[-1] == NUMBERS - 1
        for first in range(last + 1, NUMBERS):
            said = "1" + bits(first, 32) + golomb(0, 6)
            refuses(DecodeError, decode, batch_bits(number=said, **pieces))


def test_more_older_samples_than_any_writer_tells_are_refused_by_the_reader():
    for older in (MOST_OLDER + 1, MOST_OLDER + 63):
        said = "1" + bits(TOP, 32) + golomb(older, 6)
        refuses(DecodeError, decode, batch_bits(number=said))
    said = "1" + bits(TOP, 32) + golomb(MOST_OLDER, 6)
    assert decode(batch_bits(number=said)).older == MOST_OLDER


def test_every_prefix_of_an_introduction_is_refused():
    data = encode(one(first=70000, older=300))
    for end in range(len(data)):
        refuses(DecodeError, decode, data[:end])
