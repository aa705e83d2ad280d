"""Numbers and times that travel short: what the receiver makes of them."""

from protocol import batch as batches
from protocol.batch import AGE, AT_LEAST, SLOT, UNIX, number_near, shorten
from tests.shared.forms import one

NOW = 1750000123


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


def test_a_slot_is_found_from_31_intervals_in_the_past_to_32_in_the_future():
    for interval_s in (1, 60, 900, 3600):
        taken = NOW // interval_s * interval_s
        batch = one(interval_s=interval_s, clock=SLOT, seconds=taken // interval_s % 64)
        for steps in range(-31, 32):
            received = taken + steps * interval_s
            assert batch.newest(received) == (taken, 1), steps


def test_a_short_time_says_the_same_as_the_long_one():
    for interval_s in (10, 900, 3600, 77):
        taken = NOW // interval_s * interval_s
        for age in (-15 * interval_s, 0, 1, interval_s, 15 * interval_s, 16 * interval_s - 1):
            batch = one(interval_s=interval_s, clock=UNIX, seconds=taken)
            shorten(batch, taken + age)
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
        shorten(batch, now)
        assert (batch.clock, batch.seconds) == (UNIX, seconds)


def test_other_clock_forms_are_not_shortened():
    for clock in (SLOT, AGE, AT_LEAST):
        batch = one(clock=clock, seconds=0)
        shorten(batch, 0)
        assert (batch.clock, batch.seconds) == (clock, 0)


def test_the_uncertainty_of_a_time_is_told():
    assert one(clock=UNIX, seconds=NOW).newest(NOW + 500) == (NOW, 1)
    assert one(clock=AGE, seconds=100).newest(NOW) == (NOW - 100, 2)
    assert one(clock=AT_LEAST, seconds=100).newest(NOW) == (NOW - 100, None)


def test_the_short_form_leaves_room_for_a_clock_that_is_off():
    assert batches.SLOT_LIMIT * 2 <= 32
