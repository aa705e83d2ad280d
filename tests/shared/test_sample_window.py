"""The ledger of samples, against the plain set it stands for."""

from protocol.window import MAX_RUNS, SampleWindow
from tests.shared.expect import Chance
from tests.shared.ledger_model import LedgerModel, agrees, numbers_of


def some_numbers(chance, model) -> list:
    """Return what a batch would bring: numbers around what is known, some left out."""
    first = chance.between(max(0, model.expected - 20), model.top + 10)
    share = chance.between(1, 4)
    numbers = range(first, first + chance.between(1, 64))
    return [n for n in numbers if chance.below(4) < share] or [first]


def test_the_ledger_agrees_with_a_set_whatever_comes():
    chance = Chance(8)
    for _ in range(40):
        start = chance.below(50)
        window, model = SampleWindow(start), LedgerModel(start)
        for _ in range(25):
            if chance.below(4):
                numbers = some_numbers(chance, model)
                fresh = window.fresh(numbers)
                assert fresh == model.new_of(numbers)
                window.accept(fresh)
                model.settle(fresh)
            elif chance.below(2):
                first = chance.between(max(0, model.expected - 9), model.top + 5)
                end = first + chance.between(1, 40)
                assert numbers_of(window.settle(first, end)) == model.new_of(range(first, end))
                model.settle(range(first, end))
            else:  # a Hello tells of samples that did not come
                window.top = model.top = model.top + chance.below(30)
            agrees(window, model)
            window = SampleWindow(window.expected, [list(run) for run in window.runs], window.top)
            agrees(window, model)


def test_samples_in_order_leave_no_runs():
    window = SampleWindow(0)
    for number in range(0, 640, 64):
        window.accept(window.fresh(range(number, number + 64)))
    assert (window.expected, window.runs, window.top, window.missing()) == (640, [], 640, 0)
    assert window.gaps(32) == []


def test_a_gap_is_missing_until_it_is_filled():
    window = SampleWindow(100)
    window.accept(window.fresh([103, 104]))
    assert (window.expected, window.runs, window.top, window.missing()) == (
        100,
        [[103, 105]],
        105,
        3,
    )
    assert window.gaps(32) == [3, 2]
    window.accept(window.fresh([100, 101, 102]))
    assert (window.expected, window.runs, window.top, window.missing()) == (105, [], 105, 0)


def test_runs_that_meet_become_one():
    window = SampleWindow(0)
    window.accept([5, 6, 9])
    assert window.runs == [[5, 7], [9, 10]]
    window.accept([7, 8])
    assert window.runs == [[5, 10]]
    window.accept([3])
    window.accept([4])
    assert window.runs == [[3, 10]]
    window.accept([0, 1, 2])
    assert (window.expected, window.runs) == (10, [])


def test_what_is_announced_and_has_not_come_is_missing():
    window = SampleWindow(10, None, 30)
    assert (window.missing(), window.gaps(32)) == (20, [20])
    window.accept([12, 13])
    assert window.gaps(32) == [2, 2, 16]
    assert window.gaps(2) == [2, 2] and window.gaps(0) == []


def test_settling_says_what_was_not_settled_before():
    window = SampleWindow(10)
    window.accept([12, 13, 16])
    assert window.settle(10, 15) == [[10, 12], [14, 15]]
    assert (window.expected, window.runs, window.top) == (15, [[16, 17]], 17)
    assert window.settle(15, 16) == [[15, 16]]
    assert (window.expected, window.runs, window.top) == (17, [], 17)
    assert window.settle(40, 50) == [[40, 50]]
    assert (window.expected, window.runs, window.top) == (17, [[40, 50]], 50)
    assert window.settle(0, 60) == [[17, 40], [50, 60]]
    assert (window.expected, window.runs, window.top) == (60, [], 60)


def test_settling_what_is_settled_changes_nothing():
    window = SampleWindow(20, [[30, 40]], 50)
    settled = ((0, 20), (5, 9), (30, 40), (31, 39))
    empty = ((0, 0), (20, 20), (35, 35), (45, 45), (50, 50), (60, 60), (70, 60), (45, 25))
    for first, end in settled + empty:
        assert window.settle(first, end) == []
        assert (window.expected, window.runs, window.top) == (20, [[30, 40]], 50)


def test_a_range_as_wide_as_all_numbers_is_settled_at_once():
    window = SampleWindow(0)
    window.accept([5])
    assert window.settle(0, 1 << 32) == [[0, 5], [6, 1 << 32]]
    assert (window.expected, window.runs, window.missing()) == (1 << 32, [], 0)


def test_the_top_is_never_below_what_is_settled():
    assert SampleWindow(7).top == 7
    assert SampleWindow(7, None, 3).top == 7
    assert SampleWindow(7, [[9, 12]], 3).top == 12
    assert SampleWindow(7, None, 9).missing() == 2


def full_window() -> SampleWindow:
    """Return a window with every second number from 2 on, as many as it holds."""
    return SampleWindow(0, [[number, number + 1] for number in range(2, 2 + 2 * MAX_RUNS, 2)])


def test_a_full_ledger_takes_only_what_needs_no_new_run():
    window = full_window()
    above = window.top + 5
    assert window.fresh([above, above + 1]) == []
    assert window.fresh([0, 1, above]) == [0, 1]  # from `expected` on
    assert window.fresh([3, 4, 5, above]) == [3, 5]  # each at the end of a run
    assert window.fresh(list(range(window.top, window.top + 9))) == list(
        range(window.top, window.top + 9)
    )
    assert window.fresh([1]) == []  # not at the end of any: it comes again


def test_a_full_ledger_has_room_for_what_adds_no_run():
    top = full_window().top
    last = SampleWindow(0, full_window().runs[1:] + [[top + 9, top + 10]])
    ranges = [(first, end) for first in (0, 1, 2, 3, 5, top - 1) for end in (first + 1, first + 9)]
    ranges += [(top, top + 1), (top + 1, top + 2), (top + 1, top + 9), (top + 8, top + 9)]
    ranges += [(top + 10, top + 11), (top + 11, top + 12), (1, 2), (1, 3), (2, 3), (0, top + 50)]
    answers = set()
    for full in (full_window(), last):
        for first, end in ranges:
            window = SampleWindow(0, [list(run) for run in full.runs])
            has_room = window.has_room(first, end)
            assert [list(run) for run in full.runs] == window.runs  # it only looks
            window.settle(first, end)
            assert has_room == (len(window.runs) <= MAX_RUNS), (first, end)
            answers.add(has_room)
    assert answers == {True, False}
    assert SampleWindow(0, full_window().runs[1:]).has_room(top + 50, top + 51)


def test_a_full_ledger_has_room_again_when_runs_meet():
    window = full_window()
    window.accept(window.fresh([3]))
    assert len(window.runs) == MAX_RUNS - 1
    above = window.top + 5
    assert window.fresh([above]) == [above]


def test_what_batches_bring_is_bounded():
    window = full_window()
    window.accept(window.fresh([3]))  # room for one run, and for all that one batch brings
    places = list(range(0, 62, 2)) + [63]  # the most runs that a batch can add
    most = 0
    for first in range(window.top + 1, window.top + 650, 65):
        window.accept(window.fresh([first + place for place in places]))
        most = max(most, len(window.runs))
    assert most == len(window.runs) == MAX_RUNS - 1 + len(places)


def test_a_full_ledger_goes_on_from_what_is_expected_and_has_room_again():
    window = full_window()
    above = window.top + 5
    assert window.fresh([above]) == []
    for expected in (65, 129, 193):
        window.accept(window.fresh(range(window.expected, expected)))
        assert window.expected == expected
    assert len(window.runs) == MAX_RUNS - 96
    assert window.fresh([above]) == [above]
