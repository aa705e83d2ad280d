"""What a node does that dies again and again: counted in boots, so that no clock is needed.

Place: life -> `begin` -> is_safe -> start, app; health says `healthy`.
Guarantee: a power supply that comes and goes never leads to safe mode. The file is written only
when it changes: twice for each cold boot, never for a wake from deep sleep while all is well.

    the boot came by        the life before, if it was not healthy, has     safe mode is then
    crash, machine.reset    failed: one step up                             entered at 5
    watchdog                failed: one step up                             entered at 5
    power-on                lost its power: no step                         left for one try
    brown-out               lost its power: no step                         kept
    deep sleep              done its work: no step, no write                kept
    soft reset, unknown     been stopped by somebody: no step               kept

    steps   0, 1   all runs
            2      and a configuration on trial is given up
            5      safe mode: radio, commands and log, no sensors; for a day, or until a command

A node that sleeps deeply is healthy only when a whole wake was done: its cold life alone, before
the first sleep, clears nothing (`rests`). A wake that ends by a reset is one step: the start after
it finds RTC memory as the sleep before that wake has left it. Where even wakes in safe mode fail,
the life after it does not sleep.

A try out of safe mode starts at four: one more failure leads back at once. A reset that the node
means (`pardon`) is no failure. A life that was healthy is none either, however it ended.
"""

from node import files
from node.causes import POWER_ON, RESET, WAKE, WATCHDOG
from protocol._compat import const

FAILED_BOOTS = 5
TRIAL_BOOTS = 2

_CLOSED = const(0)  # healthy, or asleep
_OPEN = const(1)  # a life has begun and was not healthy yet
_MEANT = const(2)  # the reset that comes is meant


class Ladder:
    """`begin` once for each start, then `healthy` when the node works; `failed` is the step."""

    def __init__(self, path: str = "/state/ladder"):
        self._path = path
        self.is_safe = False
        self.may_sleep = True
        self.failed = 0
        self._state = _CLOSED
        data = files.read_bytes(path) or b""
        if len(data) == 2 and 48 <= data[0] <= 48 + FAILED_BOOTS:
            self.failed = data[0] - 48
            self._state = data[1] - 48

    def begin(self, cause: str, was_wake: bool = False) -> None:
        """A life begins; `cause` is of `node.causes`; `was_wake`: that before was a wake."""
        failed = self.failed
        has_failed = self._state == _OPEN or (was_wake and self._state != _MEANT)
        if has_failed and cause in (RESET, WATCHDOG):
            self.may_sleep = failed < FAILED_BOOTS
            failed = min(failed + 1, FAILED_BOOTS)
        elif cause == POWER_ON and failed == FAILED_BOOTS:
            failed -= 1
        self.is_safe = failed == FAILED_BOOTS
        if cause != WAKE:
            self._store(failed, _OPEN)

    def healthy(self) -> None:
        """A sample is in the journal and the uplink has run, or a wake is done."""
        if not self.is_safe:
            self._store(0, _CLOSED)

    def rests(self) -> None:
        """The cold life of a node is done that sleeps now, and has yet to wake."""
        if not self.is_safe:
            self._store(self.failed, _CLOSED)

    def pardon(self) -> None:
        """The node is about to reset because it means to; out of safe mode that is one try."""
        self._store(FAILED_BOOTS - 1 if self.is_safe else 0, _MEANT)

    def _store(self, failed: int, state: int) -> None:
        if (failed, state) == (self.failed, self._state):
            return
        self.failed = failed
        self._state = state
        try:
            files.write_atomic(self._path, bytes([48 + failed, 48 + state]))
        except OSError:
            pass  # flash that refuses must not keep the node from starting
