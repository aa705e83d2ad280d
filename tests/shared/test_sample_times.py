"""Numbers and times that travel short: what the receiver makes of them."""

from protocol import sampletime
from protocol.batch import number_near
from protocol.batch_reader import take_time
from protocol.bit_reader import BitReader
from protocol.bits import BitWriter
from protocol.errors import DecodeError
from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX, accuracy_of, put_time, short_form
from tests.shared.expect import refuses
from tests.shared.forms import LONGEST_AGE, one
from tests.shared.handmade import bits, golomb, packed

NOW = 1750000123


def written(clock: int, seconds: int, accuracy: int = 0) -> bytes:
    writer = BitWriter()
    put_time(writer, clock, seconds, accuracy)
    return writer.to_bytes()


def read(data: bytes) -> tuple:
    reader = BitReader(data)
    time = take_time(reader)
    reader.finish()
    return time


def test_each_form_has_its_bits():
    assert written(SLOT, 63, 5) == packed("00" + bits(63, 6) + bits(5, 3))
    assert written(UNIX, 1 << 31, 1) == packed("01" + bits(1 << 31, 32) + bits(1, 3))
    assert written(AGE, 100, 7) == packed("10" + golomb(100, 5) + bits(7, 3))
    assert written(AT_LEAST, 100, 3) == packed("11" + golomb(100, 5))


def test_each_form_comes_back_at_its_limits():
    for clock, last in ((SLOT, 63), (UNIX, (1 << 32) - 1), (AGE, LONGEST_AGE)):
        for seconds in (0, 1, last // 2, last - 1, last):
            for accuracy in range(8):
                assert read(written(clock, seconds, accuracy)) == (clock, seconds, accuracy)
        for end in range(len(written(clock, last))):
            refuses(DecodeError, read, written(clock, last)[:end])


def test_a_bound_has_no_accuracy():
    for seconds in (0, 31, 32, LONGEST_AGE):
        for accuracy in (0, 3, 7):
            assert read(written(AT_LEAST, seconds, accuracy)) == (AT_LEAST, seconds, 7)


def test_times_without_a_form_are_refused_by_the_writer():
    for clock, seconds in ((SLOT, -1), (SLOT, 64), (UNIX, -1), (UNIX, 1 << 32), (-1, 0), (4, 0)):
        refuses(ValueError, written, clock, seconds)
    for clock in (SLOT, UNIX, AGE):
        for accuracy in (-1, 8, 255):
            refuses(ValueError, written, clock, 5, accuracy)


def test_an_age_beyond_the_longest_is_refused_by_the_reader_and_a_bound_of_the_writer():
    for form, tail in (("10", "000"), ("11", "")):
        assert read(packed(form + golomb(LONGEST_AGE, 5) + tail))[1] == LONGEST_AGE
        for seconds in (LONGEST_AGE + 1, LONGEST_AGE + 31, (1 << 22) + 5):
            refuses(DecodeError, read, packed(form + golomb(seconds, 5) + tail))
    for clock in (AGE, AT_LEAST):
        assert read(written(clock, LONGEST_AGE))[:2] == (clock, LONGEST_AGE)
        for seconds in (LONGEST_AGE + 1, 1 << 22, 1 << 40):
            assert read(written(clock, seconds, 3)) == (AT_LEAST, LONGEST_AGE, 7)
        assert read(written(clock, -1))[:2] == (clock, 0)


def test_the_accuracy_told_is_never_better_than_the_clock():
    steps = ((1, 1), (2, 2), (3, 5), (5, 5), (6, 15), (16, 60), (61, 300), (301, 1800))
    for seconds, told in steps:
        assert sampletime.ACCURACY_S[accuracy_of(seconds)] == told
    assert accuracy_of(0) == 0 and accuracy_of(1800) == 6
    for seconds in (1801, 86400, 1 << 40):
        assert sampletime.ACCURACY_S[accuracy_of(seconds)] is None


def test_a_number_is_completed_to_the_nearest_one():
    for expected in (0, 1, 100, 32767, 32768, 65535, 65536, 100000, 1 << 20, (1 << 32) - 1):
        for distance in (0, 1, -1, 63, -64, 4095, 32767, -32768):
            number = expected + distance
            if number >= 0:
                assert number_near(number & 0xFFFF, expected) == number, (number, expected)


def test_a_completed_number_is_never_negative_and_keeps_its_low_bits():
    for expected in (0, 1, 5, 32767, 32768, 40000, 70000):
        for low in (0, 1, 32767, 32768, 32769, 65535):
            number = number_near(low, expected)
            assert number >= 0 and number & 0xFFFF == low
            assert abs(number - expected) <= 0x8000 or number < 0x10000


def test_a_slot_is_found_when_heard_up_to_32_intervals_after_and_31_before_it():
    for interval_s in (1, 60, 900, 3600):
        taken = NOW // interval_s * interval_s
        batch = one(interval_s=interval_s, clock=SLOT, seconds=taken // interval_s % 64)
        for steps in range(-31, 33):
            received = taken + steps * interval_s
            assert batch.newest(received) == (taken, 1), steps


def test_a_short_time_says_the_same_as_the_long_one():
    for interval_s in (10, 900, 3600, 77):
        taken = NOW // interval_s * interval_s
        for age in (-15 * interval_s, 0, 1, interval_s, 15 * interval_s, 16 * interval_s - 1):
            batch = one(interval_s=interval_s, clock=UNIX, seconds=taken)
            batch.sent_s = taken + age
            batch.clock, batch.seconds = short_form(batch)
            assert batch.clock == SLOT and 0 <= batch.seconds < 64
            # The receiver may be up to 15 intervals later, or its clock off by as much.
            for delay in (0, 15 * interval_s):
                assert batch.newest(taken + age + delay) == (taken, 1)


def test_a_time_that_cannot_be_short_stays_long():
    taken = NOW // 900 * 900
    for seconds, interval_s, now in (
        (taken, 1, taken),  # a second is too short: see SLOT_MIN_S
        (taken, 9, taken),
        (taken, 900, taken + 16 * 900),
        (taken, 900, taken - 16 * 900),
        (taken + 1, 900, taken + 1),
        (taken, 0, taken),
    ):
        batch = one(interval_s=interval_s, seconds=seconds)
        batch.sent_s = now
        batch.clock, batch.seconds = short_form(batch)
        assert (batch.clock, batch.seconds) == (UNIX, seconds)


def test_other_clock_forms_are_not_shortened():
    for clock in (SLOT, AGE, AT_LEAST):
        batch = one(clock=clock, seconds=0)
        batch.sent_s = 0
        batch.clock, batch.seconds = short_form(batch)
        assert (batch.clock, batch.seconds) == (clock, 0)


def test_the_uncertainty_of_a_time_is_told():
    for accuracy in range(8):
        told = sampletime.ACCURACY_S[accuracy]
        assert one(clock=UNIX, seconds=NOW, accuracy=accuracy).newest(NOW + 500) == (NOW, told)
        assert one(clock=AGE, seconds=100, accuracy=accuracy).newest(NOW) == (NOW - 100, told)
    assert one(clock=AT_LEAST, seconds=100, accuracy=7).newest(NOW) == (NOW - 100, None)


def test_the_short_form_leaves_room_for_a_clock_that_is_off():
    assert sampletime.SLOT_LIMIT * 2 <= 32
