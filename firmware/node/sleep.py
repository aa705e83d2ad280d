"""Deep sleep: when the whole node may rest, and what it takes along.

Place: power -> Sleeper; asks uplink, sampler and health when they want to run again.
Guarantee: nobody is put to sleep in the middle of something. What cannot be taken along costs a
fresh start, never a sample: all are in flash here. See `wake` for the other end.
"""

import asyncio
import gc

from node import retained
from node.energy import Energy
from node.errors import NodeError
from node.wake import counter_ms, fall_asleep, started
from protocol._compat import const, ticks_add, ticks_diff

_LOOK_MS = const(20)
_LEAST_MS = const(2000)  # a start of the whole node costs as much as so long awake and idle
_MOST_MS = const(43200000)  # half a day: the clock of the chip is looked at
_MOST_PENDING = const(16)  # samples that wait in RTC memory
_MOST_BUSY_MS = const(1800000)  # a mount test of 50 frames may take 26 minutes
_START_MS = const(5000)  # so late may a sample be that the node had to start for


class Sleeper:
    """`app` is the running node; `kept` what it was before the sleep that ended with this start.

    `found` is the same, also after another end: the battery has not become full by it.
    """

    def __init__(self, app, hardware, kept: dict | None, found: dict | None):
        self._app = app
        # The account begins with the first line of code: most of a wake is loading it.
        self._idle_at_ms = app.clock.uptime_ms()
        self._began_ms = self._idle_at_ms - ticks_diff(app.clock.ticks(), started)
        self._wakes = 0
        self._energy = Energy(hardware.energy, app.measuring.draw_ma, found and found["energy"])
        self._hardware = hardware
        if app.sampler is not None:
            app.sampler.slack_ms = _START_MS
        if kept is not None:
            self._wakes = kept["wakes"] + 1
            self._energy.slept(kept["slept_ms"])
            self._restore(kept)

    def _restore(self, kept: dict) -> None:
        app = self._app
        # When the whole node fell asleep, in the ticks of now: waits go on over short wakes too.
        then = ticks_add(app.clock.ticks(), kept["asleep_at"] - app.clock.uptime_ms())
        app.session.restore(kept["session"], then)
        app.link.restore(kept["link"], then)
        if kept["is_spread"]:
            app.link.was_spread()
        app.health.restore(kept["health"])
        counts = kept["counts"]
        app.uplink.send_errors, app.uplink.commands, app.supervisor.restarts = counts[:3]
        app.life.recorder.errors += counts[3]
        app.measuring.restore(kept["sensors"])
        if app.sampler is not None:
            app.sampler.last_s = kept["slot"]
            app.sampler.samples, app.sampler.journal_errors = kept["samples"]

    async def rest(self, is_low: bool) -> None:
        """Look once more whether anything is left to do, and sleep where nothing is.

        Where something is for ever, a part of the node hangs, and the battery pays for it.
        """
        await asyncio.sleep_ms(_LOOK_MS)
        wait_ms = self._wait_ms()
        now_ms = self._app.clock.uptime_ms()
        if wait_ms:
            self._idle_at_ms = now_ms
        if wait_ms >= _LEAST_MS:
            self._go(wait_ms, is_low)
        elif now_ms - self._idle_at_ms > _MOST_BUSY_MS:
            self._app.life.crashed("power", NodeError("is never idle"))
            self._app.life.give_up("power")

    def _wait_ms(self) -> int:
        """Return how long nobody has anything to do; 0: somebody has."""
        app = self._app
        if app.session.is_waiting or app.uplink.is_busy:
            return 0
        waits = [app.uplink.wait_ms(), app.health.wait_ms(), _MOST_MS]
        if app.sampler is not None:
            waits.append(app.sampler.wait_ms())
        return min(waits)

    def _go(self, wait_ms: int, is_low: bool) -> None:
        """Sleep, whatever comes between: what cannot be kept is a fresh start of the next wake."""
        app = self._app
        if self._wakes:
            app.life.ladder.healthy()
        else:
            app.life.ladder.rests()
        try:
            self._keep(is_low)
        except Exception as e:  # of memory, most likely
            retained.forget()
            app.life.crashed("sleep", e)
        self._hardware.hold()
        fall_asleep(app.clock, wait_ms)

    def _keep(self, is_low: bool) -> None:
        """Take everything along that the next wake needs."""
        self._account()
        gc.collect()  # what follows wants a piece of memory as large as all of it
        kept = self._kept(is_low)
        if not retained.store(kept):
            # The outbox is what may be long; without it the rest fits.
            outbox = kept["session"][-1]
            kept["session"][-1] = [[], outbox[1] + len(outbox[0])]
            if not retained.store(kept):
                raise NodeError("RTC memory is full")

    def _account(self) -> None:
        """Count this wake: what is not waiting for the air or for sensors is work."""
        app = self._app
        link = app.link
        self._energy.radio(link.sending_ms, link.listening_ms)
        sensing_ms = app.sampler.sensing_ms if app.sampler is not None else 0
        awake_ms = app.clock.uptime_ms() - self._began_ms
        idle_ms = link.sending_ms + link.listening_ms + link.waiting_ms + sensing_ms
        idle_ms = min(idle_ms, awake_ms)
        self._energy.awake(awake_ms - idle_ms, idle_ms, sensing_ms)
        link.sending_ms = link.listening_ms = link.waiting_ms = 0
        self._began_ms += awake_ms
        if app.sampler is not None:
            app.sampler.sensing_ms = 0

    def _kept(self, is_low: bool) -> dict:
        app = self._app
        now_ms = app.clock.uptime_ms()
        ticks = app.clock.ticks()
        sampler = app.sampler
        is_short = sampler is not None and app.config.source == 0  # a trial counts wakes in flash
        lacking = app.session.lacking or _MOST_PENDING
        return {
            "asleep_at": now_ms,
            "boot": app.boot,
            "clock": app.clock.asleep(counter_ms()),
            "counts": self._counts(),
            "energy": self._energy.state(),
            "health": app.health.state(),
            "ids": list(app.measuring.shape()),
            "interval_s": sampler.interval_s if sampler is not None else app.config.interval_s,
            "is_low": is_low,
            "is_sound": app.problem is None,
            "is_spread": False,  # a short wake says when
            "journal": app.journal.asleep(),
            "link": app.link.state(ticks),
            "marked_until": now_ms + 1000 * app.maintenance.left_s(),
            "need": min(lacking, _MOST_PENDING) if is_short else 0,
            "pending": [],
            "plan": self._plan(),
            "samples": [sampler.samples, sampler.journal_errors] if sampler is not None else [],
            "sensors": app.measuring.state(),
            "session": app.session.state(ticks),
            "slot": sampler.last_s if sampler is not None else -1,
            "uplink_at": now_ms + min(app.uplink.wait_ms(), app.health.wait_ms()),
            "wakes": self._wakes,
        }

    def _counts(self) -> list:
        app = self._app
        uplink = app.uplink
        restarts = app.supervisor.restarts
        return [uplink.send_errors, uplink.commands, restarts, app.life.recorder.errors]

    def _plan(self) -> dict:
        """Return what a short wake has to know and cannot read: it has no filesystem."""
        config = self._app.config
        return {
            "energy": self._hardware.energy,
            "options": config.sensors,
            "profile": {"sensors": config.profile["sensors"]},
            "watchdog_s": config.watchdog_s + self._app.measuring.most_s,  # nobody feeds it
            "wires": self._app.ports.asked(),
        }

    def status(self) -> dict:
        """Return what a Status says of sleep and battery."""
        app = self._app
        self._account()
        fields = self._energy.status(app.config.interval_s, app.config.battery_mah)
        fields["wakes"] = self._wakes
        return fields
