"""One life of the node, from a start to the next: why it began, and what it dies of.

Place: start makes it before anything else; app, supervise, health and commands ask it.
Guarantee: nothing here raises, for it is what is left when the rest fails. Nothing is written when
the node wakes from deep sleep.
"""

import gc
import sys
import time

import machine

from node import counters
from node.clock import Clock
from node.errors import NodeError
from node.ladder import TRIAL_BOOTS, Ladder
from node.recorder import Recorder
from node.version import firmware_hash


class Life:
    """`boot` is its number, 0: flash did not take it; `is_safe`: only radio, commands and log."""

    def __init__(self, boot=None, was_wake=False):
        """`boot` is known to a node that wakes from deep sleep; any other start is counted.

        `was_wake`: RTC memory says that the life before this was a wake, or slept.
        """
        from node import causes

        self.boot = _count_boot() if boot is None else boot
        self.cause = causes.cause(machine)
        self.clock = Clock(time.ticks_ms)
        self.counts = causes.counts()
        self.recorder = Recorder(self.clock, self.boot)
        self.ladder = Ladder()
        self.ladder.begin(self.cause, was_wake)
        self.is_safe = self.ladder.is_safe
        self._has_crashed = False
        self.crash_waits = True  # there may be a digest to tell
        self.is_wake = self.cause == causes.WAKE
        if not self.is_wake:
            causes.count(self.counts, self.cause)
            failed = ", %d failed" % self.ladder.failed if self.ladder.failed else ""
            self.recorder.append("boot: " + self.cause + failed + ", safe" * self.is_safe)
        if self.ladder.failed >= TRIAL_BOOTS:
            self.end_trial()

    def end_trial(self) -> None:
        """Settings on trial are the first suspect."""
        try:
            from node import settings

            settings.revert()
        except Exception:  # of memory, or flash
            self.recorder.append("trial: cannot be ended")

    def crashed(self, place: str, e) -> None:
        """Record an exception that nobody caught; the first of this life is kept as a digest."""
        gc.collect()
        try:
            if not isinstance(e, NodeError):  # that one says all in its text
                sys.print_exception(e)
            from node import causes, crash

            found = crash.digest(e)
            self.recorder.append(place + ": %s %s:%d " % found + str(e))
            if not self._has_crashed:
                self._has_crashed = True
                causes.count(self.counts, causes.CRASH)
                crash.keep(found, firmware_hash())
                self.crash_waits = True
        except Exception:  # of memory, or flash
            self.recorder.append(place + ": " + type(e).__name__)

    def restart(self, why: str) -> None:
        """Reset because somebody wants it; out of safe mode that is a try of the normal one."""
        self.recorder.append("restart: " + why)
        self.ladder.pardon()
        machine.reset()

    def give_up(self, why: str) -> None:
        """Reset because it does not work: a failed boot, unless this life was healthy."""
        self.recorder.append("gives up: " + why)
        machine.reset()


def _count_boot() -> int:
    """Return the number of this boot, or 0 where flash does not take it."""
    try:
        return counters.count_boot()
    except OSError:
        return 0
