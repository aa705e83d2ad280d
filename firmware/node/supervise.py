"""No task dies in silence.

Place: `app` starts everything through here.
Guarantee: a task that raises or returns is counted, noted and started again after a pause that
doubles to a minute; memory errors collect first. Only cancellation ends a task for good.
"""

import asyncio
import gc
import sys
import time

from protocol._compat import const

_PAUSE_MS = const(500)
_HEALTHY_MS = const(600000)  # a task that ran so long did not fail at its start


class Supervisor:
    """`note(text)` is told of every restart."""

    def __init__(self, note):
        self._note = note
        self.restarts = 0

    async def run_all(self, jobs: list) -> None:
        """Run [(name, function returning a coroutine)] side by side, for ever."""
        await asyncio.gather(*[self._keep(name, job) for name, job in jobs])

    async def _keep(self, name: str, job) -> None:
        pause_ms = _PAUSE_MS
        while True:
            reason = "ended"
            started_ms = time.ticks_ms()
            try:
                await job()
            except Exception as e:
                reason = type(e).__name__
                sys.print_exception(e)
            gc.collect()
            if time.ticks_diff(time.ticks_ms(), started_ms) > _HEALTHY_MS:
                pause_ms = _PAUSE_MS
            self.restarts += 1
            self._note(name + ": " + reason)
            await asyncio.sleep_ms(pause_ms)
            pause_ms = min(2 * pause_ms, 60000)
