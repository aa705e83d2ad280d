"""The journal keeps what it took, in order, through restarts, full flash and lost numbering."""

import os

from protocol.sampletime import AGE, AT_LEAST, SLOT, UNIX, short_form
from tests.shared.journals import IDS, NOW_S, ROOT, STEP_S, Boot, fresh, spoil


def test_samples_come_out_as_they_went_in():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    assert boot.take(11) == list(range(11))
    assert boot.drain() == [(n, n) for n in range(11)]
    assert boot.run(64, 0) is None
    assert boot.journal.waiting() == 0


def test_what_was_not_released_survives_a_restart_and_numbers_go_on():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(9)
    boot.journal.release(6)
    again = Boot(2)
    again.set_clock()
    assert again.journal.next_number == 9
    again.take(3)
    rows = again.drain()
    assert [n for n, _ in rows][-6:] == [6, 7, 8, 9, 10, 11]
    assert all(number == value for number, value in rows)
    assert again.journal.damaged == 0


def test_restarts_between_all_samples_lose_and_damage_nothing():
    fresh()
    for n in range(10):
        boot = Boot(n + 1)
        boot.set_clock(NOW_S + n * STEP_S)
        assert boot.take(1) == [n]
        assert boot.journal.damaged == 0
    assert [n for n, _ in Boot(11).drain()] == list(range(10))


def test_released_segments_leave_the_flash():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(40)
    boot.journal.release(40)
    assert len([n for n in os.listdir(ROOT) if len(n) == 8]) == 1


def test_a_full_journal_drops_the_oldest_and_counts_it():
    fresh()
    boot = Boot(1, segments=3)
    boot.set_clock()
    boot.take(20)
    assert boot.journal.dropped == 8
    assert boot.journal.oldest == 8
    assert [n for n, _ in boot.drain()] == list(range(8, 20))


def test_dropping_what_was_released_is_no_loss():
    fresh()
    boot = Boot(1, segments=3)
    boot.set_clock()
    boot.take(7)
    boot.journal.release(7)
    boot.take(13)
    assert boot.journal.dropped == 1  # number 7; segments are whole


def test_a_sample_keeps_its_time_in_every_case():
    fresh()
    boot = Boot(1)
    boot.ticks.now = 1000 * STEP_S
    boot.take(2)  # before the clock is set, and sent before it is
    batch = boot.run(64, 0)
    assert (batch.clock, batch.seconds) == (AGE, STEP_S)
    boot.set_clock(NOW_S)
    batch = boot.run(64, 0)  # the same, once the clock is known
    assert (batch.clock, batch.newest(NOW_S)[0]) == (UNIX, NOW_S - STEP_S)
    assert short_form(batch)[0] == SLOT
    boot = Boot(2)  # the anchor was kept: a restart does not lose it
    batch = boot.run(64, 0)
    assert (batch.clock, batch.seconds) == (UNIX, NOW_S - STEP_S)
    boot.take(2)
    boot = Boot(3)  # this time power went before the clock was set
    boot.ticks.now = 5000
    boot.journal.release(2)
    batch = boot.run(1, 0)
    assert (batch.clock, batch.seconds) == (AT_LEAST, 5)
    boot.journal.release(3)
    assert boot.run(1, 0).seconds == 5


def test_quality_and_missing_values_are_kept():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(1)
    boot.take(1, [0, 4])
    batch = boot.run(64, 0)
    assert batch.columns[1] == [0, None]
    assert batch.quality == [[0, 0], [0, 4]]


def test_a_change_of_profile_starts_a_new_segment():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(2)
    boot = Boot(2, ids=(4, 5))
    boot.set_clock(NOW_S + 2 * STEP_S)
    boot.take(1)
    assert boot.run(64, 0).ids == IDS
    boot.journal.release(2)
    assert boot.run(64, 0).ids == (4, 5)


def test_numbers_that_flash_forgot_are_not_given_again():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(3)  # as if after a total loss: the gateway knows 0 .. 99
    boot.journal.renumber(100)
    assert [n for n, _ in boot.drain()] == [100, 101, 102]
    again = Boot(2)
    assert again.journal.next_number == 103


def test_new_samples_of_earlier_boots_are_moved_too():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(2)
    boot = Boot(2)  # still no contact since the loss
    boot.set_clock()
    boot.take(2)
    boot.journal.renumber(50)
    boot.journal.release(50)
    assert [n for n, _ in boot.drain()] == [50, 51, 52, 53]


def test_a_damaged_record_costs_the_rest_of_its_segment_and_is_counted():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(10)
    spoil(ROOT + "/" + "00000004", 40)
    again = Boot(2)
    numbers = [n for n, _ in again.drain()]
    assert numbers[:4] == [0, 1, 2, 3]
    assert numbers[-2:] == [8, 9]
    assert again.journal.damaged


def test_a_damaged_last_segment_keeps_its_intact_part_and_takes_no_number_twice():
    fresh()
    boot = Boot(1)
    boot.set_clock()
    boot.take(7)
    boot.journal.release(0)  # the gateway has confirmed the numbering
    size = os.stat(ROOT + "/00000004")[6]
    spoil(ROOT + "/" + "00000004", size - 2)
    again = Boot(2)
    assert again.journal.damaged == 1
    again.set_clock(NOW_S + 100)
    assert again.take(1) == [6]
    again.journal.renumber(7)  # the gateway had number 6 already
    numbers = [n for n, _ in again.drain()]
    assert numbers[-1] == 7


def test_garbage_files_are_survived():
    fresh()
    Boot(1)
    for name in ("numbering", "anchors"):
        with open(ROOT + "/" + name, "wb") as f:
            f.write(b"\xff\x00garbage")
    boot = Boot(2)
    boot.set_clock()
    boot.take(2)
    assert len(boot.drain()) == 2
