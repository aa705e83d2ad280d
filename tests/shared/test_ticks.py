"""Ticks wrap, on a board after 12.4 days: differences do not notice."""

from protocol._compat import ticks_add, ticks_diff

LAST = ticks_add(0, -1)  # 2**30 - 1 on a 32-bit board and on CPython
HALF = LAST // 2


def test_the_period_is_a_power_of_two_of_at_least_30_bits():
    assert LAST >= (1 << 30) - 1
    assert LAST & (LAST + 1) == 0
    assert ticks_add(LAST, 1) == 0


def test_differences_do_not_notice_the_wrap():
    for start in (0, 1, 1000, HALF, HALF + 1, LAST - 1000, LAST - 1, LAST):
        for delta in (0, 1, -1, 250, 60000, -60000, 86400000, HALF, -HALF):
            later = ticks_add(start, delta)
            assert 0 <= later <= LAST
            assert ticks_diff(later, start) == delta
            assert ticks_diff(start, later) == -delta


def test_half_a_period_is_the_largest_distance():
    assert ticks_diff(ticks_add(ticks_add(0, HALF), 1), 0) == -HALF - 1
    assert ticks_diff(0, ticks_add(ticks_add(0, HALF), 1)) == -HALF - 1


def test_steps_add_up():
    ticks = LAST - 2500
    for _ in range(5):
        ticks = ticks_add(ticks, 1000)
    assert ticks == 2499
