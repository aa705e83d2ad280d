"""The window of frames, against the plain set it stands for."""

from protocol.window import REPLAY_SPAN, ReplayWindow
from tests.shared.expect import Chance


def test_a_frame_is_fresh_once():
    window = ReplayWindow()
    for counter in (0, 1, 2, 5, 3, 100, 99, 40, 37):
        assert window.is_fresh(counter)
        window.accept(counter)
        assert not window.is_fresh(counter)
    assert window.is_fresh(4) is False  # 96 below the top: too old to know
    assert window.is_fresh(38)


def test_the_window_is_64_frames_wide():
    window = ReplayWindow()
    window.accept(1000)
    assert window.is_fresh(1000 - REPLAY_SPAN + 1)
    assert not window.is_fresh(1000 - REPLAY_SPAN)
    assert window.is_fresh(1001)


def test_a_window_says_of_any_order_what_a_set_would_say():
    chance = Chance(2)
    for start in (0, 30, 65500, 131000, 0xFFFFFFFF - 400):
        window = ReplayWindow()
        seen = set()
        for _ in range(400):
            step = chance.below(3) and chance.between(-70, 12)
            counter = max(start, max(seen or (start,)) + step)
            known = counter in seen or counter <= max(seen or (-1,)) - REPLAY_SPAN
            assert window.is_fresh(counter) != known
            if not known:
                window.accept(counter)
                seen.add(counter)
        assert window.top == max(seen)
        assert window.mask < 1 << REPLAY_SPAN
        assert window.mask & 1


def test_a_large_jump_forgets_what_was_below():
    for jump in (63, 64, 65, 1000, 65472, 1 << 31):
        window = ReplayWindow()
        window.accept(10)
        window.accept(10 + jump)
        assert window.top == 10 + jump
        assert window.mask == (1 | 1 << 63 if jump == 63 else 1)
        assert not window.is_fresh(10)


def test_16_bits_are_completed_to_the_one_counter_that_may_come():
    for top in (-1, 0, 10, 63, 64, 65471, 65535, 65536, 200000, 0x7FFFFFFF, 0xFFFF0000):
        window = ReplayWindow(top, 1)
        floor = max(top - REPLAY_SPAN + 1, 0)
        for counter in (floor, floor + 1, top + 1, floor + 65534, floor + 65535):
            if counter >= 0:
                assert window.complete(counter & 0xFFFF) == counter, (top, counter)


def test_frames_are_followed_over_every_wrap_of_16_bits():
    window = ReplayWindow()
    counter = 0
    chance = Chance(4)
    while counter < 300000:
        assert window.complete(counter & 0xFFFF) == counter
        assert window.is_fresh(counter)
        window.accept(counter)
        assert not window.is_fresh(window.complete(counter & 0xFFFF))
        counter += chance.between(1, 40000)


def test_windows_are_the_same_after_a_restart():
    window = ReplayWindow()
    for counter in (1, 2, 7, 5):
        window.accept(counter)
    again = ReplayWindow(window.top, window.mask)
    for counter in range(20):
        assert again.is_fresh(counter) == window.is_fresh(counter)
