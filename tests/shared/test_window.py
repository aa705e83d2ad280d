"""The windows of frames and of samples, against the plain sets they stand for."""

from protocol.window import REPLAY_SPAN, SAMPLE_SPAN, ReplayWindow, SampleWindow
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


class Model:
    """The ledger as a set; what `SampleWindow` must agree with."""

    def __init__(self, expected: int):
        self.done = set(range(expected))
        self.top = expected

    def expected(self) -> int:
        number = 0
        while number in self.done:
            number += 1
        return number


def agrees(window: SampleWindow, model: Model) -> None:
    expected = model.expected()
    assert window.expected == expected
    assert window.top == model.top
    assert not window.above & 1
    above = [n for n in range(expected, model.top) if n in model.done]
    assert window.above == sum(1 << (n - expected) for n in above)
    assert window.missing() == model.top - expected - len(above)


def test_the_ledger_agrees_with_a_set_whatever_comes():
    chance = Chance(8)
    for _ in range(40):
        start = chance.below(50)
        window = SampleWindow(start)
        model = Model(start)
        for _ in range(25):
            if chance.below(6):
                first = chance.between(max(0, model.expected() - 20), model.top + 10)
                count = chance.between(1, 20)
                fresh = window.fresh(first, count)
                assert fresh == [n for n in range(first, first + count) if n not in model.done]
                window.accept(fresh)
                model.done.update(fresh)
                for number in fresh:
                    model.top = max(model.top, number + 1)
            else:
                oldest = chance.between(0, model.top + 5)
                lost = window.give_up_below(oldest)
                gone = [n for n in range(oldest) if n not in model.done]
                assert [n for low, high in lost for n in range(low, high + 1)] == gone
                model.done.update(gone)
                model.top = max(model.top, oldest)
            agrees(window, model)


def test_samples_in_order_leave_nothing_above():
    window = SampleWindow(0)
    for number in range(0, 640, 64):
        window.accept(window.fresh(number, 64))
    assert (window.expected, window.above, window.top, window.missing()) == (640, 0, 640, 0)


def test_a_gap_is_missing_until_it_is_filled():
    window = SampleWindow(100)
    window.accept(window.fresh(103, 2))
    assert (window.expected, window.above, window.top, window.missing()) == (100, 0b11000, 105, 3)
    window.accept(window.fresh(100, 3))
    assert (window.expected, window.above, window.top, window.missing()) == (105, 0, 105, 0)


def test_samples_beyond_the_span_have_no_room():
    window = SampleWindow(10)
    last = 10 + SAMPLE_SPAN - 1
    assert window.fresh(last - 1, 5) == [last - 1, last]
    assert window.fresh(last + 1, 5) == []
    window.accept([last])
    assert window.missing() == SAMPLE_SPAN - 1
    window.accept(window.fresh(10, SAMPLE_SPAN - 1))
    assert (window.expected, window.above) == (last + 1, 0)


def test_what_the_node_no_longer_has_is_given_up():
    window = SampleWindow(10)
    window.accept(window.fresh(12, 2))
    window.accept(window.fresh(16, 1))
    assert window.give_up_below(15) == [[10, 11], [14, 14]]
    assert (window.expected, window.above, window.top) == (15, 0b10, 17)
    assert window.give_up_below(16) == [[15, 15]]
    assert (window.expected, window.above, window.top) == (17, 0, 17)


def test_giving_up_what_is_done_changes_nothing():
    window = SampleWindow(10, 0b100, 20)
    for oldest in (0, 9, 10):
        assert window.give_up_below(oldest) == []
        assert (window.expected, window.above, window.top) == (10, 0b100, 20)


def test_giving_up_beyond_the_span_is_one_range():
    for oldest in (SAMPLE_SPAN, SAMPLE_SPAN + 1, 10 * SAMPLE_SPAN, (1 << 32) - 1):
        window = SampleWindow(0)
        assert window.give_up_below(oldest) == [[0, oldest - 1]]
        assert (window.expected, window.above, window.top) == (oldest, 0, oldest)
    window = SampleWindow(0)
    window.accept([5])
    assert window.give_up_below(1 << 20) == [[0, 4], [6, (1 << 20) - 1]]


def test_giving_up_goes_on_over_what_was_received():
    window = SampleWindow(0)
    window.accept([3, 4, 5, 9])
    assert window.give_up_below(3) == [[0, 2]]
    assert (window.expected, window.above, window.top) == (6, 0b1000, 10)


def test_the_top_is_never_below_what_is_expected():
    assert SampleWindow(7).top == 7
    assert SampleWindow(7, 0, 3).top == 7
    assert SampleWindow(7, 0, 9).missing() == 2
