"""No task dies in silence.

Place: `app` starts everything through here.
Guarantee: a task that raises or returns is counted, noted, recorded and started again after a pause
that doubles to a minute; memory errors collect first. Only cancellation ends a task for good. One
that the node cannot do without and that dies ten times in a row resets the board.
"""

import asyncio
import gc

from protocol._compat import const

_PAUSE_MS = const(500)
_HEALTHY_MS = const(600000)  # a task that ran so long did not fail at its start
_MOST_DEATHS = const(10)
# Without one of these a node is lost. A sensor's own task is none: the others go on without it.
_VITAL = ("uplink", "downlink", "sampler", "health", "radio", "host", "port", "state")


class Supervisor:
    """`note(text)` is told of every restart; `life` keeps what a task died of."""

    def __init__(self, note, life):
        self._note = note
        self._life = life
        self.restarts = 0

    async def run_all(self, jobs: list) -> None:
        """Run [(name, function returning a coroutine)] side by side, for ever."""
        await asyncio.gather(*[self._keep(name, job) for name, job in jobs])

    async def _keep(self, name: str, job) -> None:
        pause_ms = _PAUSE_MS
        deaths = 0
        while True:
            reason = "ended"
            started_ms = self._life.clock.uptime_ms()
            try:
                await job()
                self._life.recorder.append(name + ": ended")
            except Exception as e:
                reason = type(e).__name__
                self._life.crashed(name, e)
            gc.collect()
            if self._life.clock.uptime_ms() - started_ms > _HEALTHY_MS:
                pause_ms = _PAUSE_MS
                deaths = 0
            deaths += 1
            self.restarts += 1
            if deaths >= _MOST_DEATHS and name in _VITAL:
                self._life.give_up(name + " died %d times" % deaths)
            try:
                self._note(name + ": " + reason)
            except Exception as e:  # of memory: it must not cost the other tasks
                self._life.crashed("note", e)
            await asyncio.sleep(pause_ms / 1000)
            pause_ms = min(2 * pause_ms, 60000)
