"""The node's time over deep sleeps: the oscillator is off, learns, and may be lost."""

import json

from node.clock import Clock

HOUR_MS = 3600000


class Chip:
    """Real time, and the two counters of a chip: ticks since its start, and the one that sleeps on.

    `off` is by how many millionths its oscillator runs slow.
    """

    def __init__(self, off=0):
        self.real_ms = 0
        self.counter_ms = 0
        self.off = off
        self._started_ms = 0

    def ticks_ms(self):
        return self.real_ms - self._started_ms

    def work(self, ms):
        self.real_ms += ms
        self.counter_ms += ms

    def sleep(self, clock, ms):
        """Sleep so long in real time; return the clock that wakes, and the ms it believes."""
        kept = json.loads(json.dumps(clock.asleep(self.counter_ms)))
        self.real_ms += ms
        self.counter_ms += ms - ms * self.off // 1000000
        self._started_ms = self.real_ms
        woken = Clock(self.ticks_ms)
        return woken, woken.awake(kept, self.counter_ms)


def nights(chip, clock, count, unix_ms):
    """Sleep and set the clock, an hour each; return the clock and what it was off by at the end."""
    for _ in range(count):
        clock, _ = chip.sleep(clock, HOUR_MS)
        error_ms = clock.now_ms() - (unix_ms + chip.real_ms)
        within_ms = 1000 * clock.accuracy_s()
        assert abs(error_ms) <= within_ms, (error_ms, within_ms)
        clock.set(unix_ms + chip.real_ms)
    return clock, error_ms


def test_uptime_goes_on_over_a_sleep():
    chip = Chip()
    clock = Clock(chip.ticks_ms)
    chip.work(5000)
    clock, slept_ms = chip.sleep(clock, 895000)
    assert slept_ms == 895000
    assert clock.uptime_ms() == 900000
    chip.work(300)
    assert clock.uptime_ms() == 900300


def test_unix_time_goes_on_over_a_sleep_with_an_honest_accuracy():
    for off in (-35000, 0, 35000):
        chip = Chip(off)
        clock = Clock(chip.ticks_ms)
        clock.set(1_700_000_000_000)
        nights(chip, clock, 3, 1_700_000_000_000)


def test_an_oscillator_that_is_off_is_learned():
    for off in (-35000, 12000, 35000):
        chip = Chip(off)
        clock = Clock(chip.ticks_ms)
        clock.set(1_700_000_000_000)
        clock, error_ms = nights(chip, clock, 4, 1_700_000_000_000)
        assert abs(error_ms) < 400, error_ms
        clock, _ = chip.sleep(clock, HOUR_MS)
        assert clock.accuracy_s() < 20


def test_what_is_asked_of_the_oscillator_is_what_it_counts():
    chip = Chip(30000)
    clock = Clock(chip.ticks_ms)
    clock.set(1_700_000_000_000)
    clock, _ = nights(chip, clock, 5, 1_700_000_000_000)
    counted_ms = clock.counted_ms(900000)
    assert abs(counted_ms - 900000 * 97 // 100) < 300, counted_ms


def test_a_gateway_whose_clock_leaps_teaches_nothing():
    chip = Chip()
    clock = Clock(chip.ticks_ms)
    clock.set(1_700_000_000_000)
    clock, _ = chip.sleep(clock, HOUR_MS)
    clock.set(1_800_000_000_000)
    assert clock.counted_ms(1000000) == 1000000


def test_a_counter_that_was_lost_leaves_no_unix_time():
    for lost in (-HOUR_MS, 26 * HOUR_MS):
        chip = Chip()
        clock = Clock(chip.ticks_ms)
        chip.work(HOUR_MS)
        clock.set(1_700_000_000_000)
        kept = clock.asleep(chip.counter_ms)
        woken = Clock(chip.ticks_ms)
        assert woken.awake(kept, chip.counter_ms + lost) is None
        assert not woken.is_set
        assert woken.uptime_ms() >= HOUR_MS


def test_seconds_for_the_duty_cycle_never_run_fast():
    for off in (-60000, 0, 60000):
        chip = Chip(off)
        clock = Clock(chip.ticks_ms)
        for _ in range(48):
            chip.work(1000)
            clock, _ = chip.sleep(clock, HOUR_MS // 2)
            assert 1000 * clock.least_s() <= chip.real_ms
