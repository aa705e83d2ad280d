"""Virtual time runs in order, never back, and keeps no rubbish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rig.air.timeline import Timeline


def test_actions_run_in_the_order_of_times_and_then_of_calls_and_see_their_time():
    timeline, seen = Timeline(), []

    def note(name):
        return lambda: seen.append((name, timeline.now_us))

    timeline.at(20, note("late"))
    timeline.at(10, note("first"))
    timeline.after(10, note("second"))
    timeline.run_until(20)
    assert seen == [("first", 10), ("second", 10), ("late", 20)]
    assert timeline.now_us == 20


def test_what_is_due_later_waits():
    timeline, seen = Timeline(), []
    timeline.at(11, lambda: seen.append(1))
    timeline.run_until(10)
    assert seen == [] and timeline.now_us == 10 and timeline.next_us() == 11
    timeline.run_until(11)
    assert seen == [1] and timeline.next_us() is None


def test_an_action_may_add_what_is_due_at_once():
    timeline, seen = Timeline(), []
    timeline.at(5, lambda: timeline.after(0, lambda: seen.append(timeline.now_us)))
    timeline.run_until(5)
    assert seen == [5]


def test_a_cancelled_event_does_not_run_and_is_not_next():
    timeline, seen = Timeline(), []
    event = timeline.at(1, lambda: seen.append("cancelled"))
    timeline.at(2, lambda: seen.append("kept"))
    event.cancel()
    event.cancel()
    assert timeline.next_us() == 2
    timeline.run_until(3)
    event.cancel()
    assert seen == ["kept"]


def test_an_action_may_cancel_another_of_its_own_time():
    timeline, seen = Timeline(), []
    timeline.at(1, lambda: event.cancel())
    event = timeline.at(1, lambda: seen.append("cancelled"))
    timeline.run_until(1)
    assert seen == []


def test_the_past_is_refused():
    timeline = Timeline()
    timeline.run_until(10)
    with pytest.raises(ValueError, match="over"):
        timeline.at(9, print)
    with pytest.raises(ValueError, match="over"):
        timeline.run_until(9)


def test_an_action_cannot_let_time_pass():
    timeline = Timeline()
    timeline.at(1, lambda: timeline.run_until(2))
    with pytest.raises(RuntimeError, match="cannot let time pass"):
        timeline.run_until(5)


def test_an_action_that_raises_leaves_the_rest_waiting():
    timeline, seen = Timeline(), []
    timeline.at(1, lambda: 1 / 0)
    timeline.at(2, lambda: seen.append(timeline.now_us))
    with pytest.raises(ZeroDivisionError):
        timeline.run_until(5)
    assert timeline.now_us == 1
    timeline.run_until(5)
    assert seen == [2]


def test_a_year_of_timeouts_that_never_came_true_leaves_nothing():
    timeline = Timeline()
    for _ in range(10_000):
        timeline.after(10**12, print).cancel()
    assert len(timeline._queue) < 200


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=300))
def test_any_mixture_runs_like_a_sorted_list(entries):
    timeline, seen, expected = Timeline(), [], []
    for number, (when_us, cancelled) in enumerate(entries):
        event = timeline.at(when_us, lambda n=number: seen.append((timeline.now_us, n)))
        if cancelled:
            event.cancel()
        else:
            expected.append((when_us, number))
    timeline.run_until(50)
    assert seen == sorted(expected)
    assert timeline.next_us() is None
