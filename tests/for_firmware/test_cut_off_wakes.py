"""Wakes from deep sleep that are cut off, or that come too early or too late."""

import pytest

from node.clock import Clock
from node.journal import Journal
from protocol import sampletime
from tests.fakes.rtc import Reset
from tests.for_firmware.asleep import IDS, INTERVAL_S, NOW_S, Board


@pytest.fixture
def board(monkeypatch):
    return Board(monkeypatch)


def samples(count):
    return [[NOW_S + i * INTERVAL_S, True, [i, i], None] for i in range(count)]


def journal(folder, boot=8):
    return Journal(str(folder), Clock(lambda: 0), boot, IDS, INTERVAL_S)


def values_of(journal):
    found = []
    while len(found) < journal.next_number:
        batch = journal.run(len(found), 32, 0)
        found += batch.columns[0]
    return found


# ------------------------------------------------------------------ samples in RTC memory


@pytest.mark.parametrize("cut_after", range(6))
def test_a_start_that_is_cut_off_doubles_no_sample(board, tmp_path, cut_after):
    """The reset comes behind each of the writes; RTC memory is as it was then."""
    board.retained.store(board.kept(samples(5)))
    first = journal(tmp_path)
    append = first.append

    def cut(*sample):
        if first.next_number == cut_after:
            raise Reset
        append(*sample)

    first.append = cut
    try:
        board.wake.drain(board.retained.load(), first)
    except Reset:
        second = journal(tmp_path, 9)
        board.wake.drain(board.retained.load(), second)
    else:
        second = journal(tmp_path, 9)
    assert board.retained.load() is None
    assert values_of(second) == [0, 1, 2, 3, 4]


def test_samples_that_a_reset_found_say_how_far_off_their_time_may_be(board, tmp_path):
    """The clock of the new start knows nothing: its accuracy is not theirs."""
    board.retained.store(board.kept(samples(1)))
    taken = journal(tmp_path)
    board.wake.drain(board.retained.load(), taken)
    accuracy = taken.run(0, 1, 0).accuracy
    assert sampletime.accuracy_of(172_800 // 25) <= accuracy


def test_a_flash_that_refuses_samples_keeps_no_node_from_starting(board, tmp_path, monkeypatch):
    board.retained.store(board.kept(samples(3)))
    full = journal(tmp_path)

    def refuse(*sample):
        raise OSError(28)

    full.append = refuse
    board.wake.drain(board.retained.load(), full)
    assert full.dropped == 3
    assert board.retained.load() is None


# ------------------------------------------------------------------ short wakes


@pytest.mark.parametrize("off_s", [1, 300, INTERVAL_S + 100, 5 * INTERVAL_S + 400])
def test_who_wakes_between_two_slots_sleeps_on_and_takes_no_sample(board, off_s):
    """An edge at a pin, or an oscillator that stood still: to wait awake costs a day of sleep."""
    kept = board.kept(samples(1))
    board.counter_ms += 1000 * off_s
    slept_ms = board.short(kept)
    assert slept_ms == 1000 * (INTERVAL_S - off_s % INTERVAL_S)
    assert len(board.retained.load()["pending"]) == 1


def test_a_clock_that_was_lost_asleep_is_the_whole_node_s_to_look_at(board):
    kept = board.kept(samples(1))
    assert board.retained.store(kept)
    board.counter_ms -= 1000
    assert board.wake.short()["pending"] == samples(1)


def test_an_rtc_memory_that_is_full_is_emptied_by_the_whole_node(board):
    """What did not fit is handed on, and nothing of it is an error."""
    kept = board.kept(samples(10))
    assert board.retained.store(kept)
    board.retained.store, store = lambda value: False, board.retained.store
    found = board.wake.short()
    board.retained.store = store
    assert "short_error" not in found
    assert found["wakes"] == 1
