"""The whole difference between MicroPython and CPython for the drivers.

Place: below everything in `radio`; nothing else in the package asks where it runs.
Guarantee: ticks are small integers that wrap; only `ticks_diff` compares them. On CPython the flag
may be set from any thread.
"""

import asyncio

try:
    from micropython import const
except ImportError:

    def const(value):
        """Return `value`; on MicroPython the compiler folds the constant away."""
        return value


try:
    from time import sleep_us, ticks_diff, ticks_ms, ticks_us
except ImportError:
    import time

    _PERIOD = 1 << 30

    def ticks_us() -> int:
        """Return microseconds that wrap."""
        return time.monotonic_ns() // 1000 % _PERIOD

    def ticks_ms() -> int:
        """Return milliseconds that wrap."""
        return time.monotonic_ns() // 1000000 % _PERIOD

    def ticks_diff(later: int, earlier: int) -> int:
        """Return `later - earlier` as a signed distance of at most half a period."""
        return (later - earlier + _PERIOD // 2) % _PERIOD - _PERIOD // 2

    def sleep_us(us: int) -> None:
        """Block for a moment."""
        time.sleep(us / 1000000)


try:
    from asyncio import ThreadSafeFlag, sleep_ms, wait_for_ms
except ImportError:

    class ThreadSafeFlag:
        """As MicroPython's: one waiter; `set` may come from an interrupt, here from any thread."""

        def __init__(self):
            self._is_set = False
            self._waiter = None

        def set(self) -> None:
            """Wake the waiter, now or when it comes."""
            self._is_set = True
            waiter = self._waiter
            if waiter:
                loop, event = waiter
                loop.call_soon_threadsafe(event.set)

        def clear(self) -> None:
            """Forget what was set."""
            self._is_set = False

        async def wait(self) -> None:
            """Wait until it is set, and clear it."""
            event = asyncio.Event()
            self._waiter = (asyncio.get_running_loop(), event)
            try:
                if not self._is_set:  # looked at after the waiter is known: no set is lost between
                    await event.wait()
            finally:
                self._waiter = None
            self._is_set = False

    async def sleep_ms(ms: int) -> None:
        """Let others run for `ms`."""
        await asyncio.sleep(ms / 1000)

    async def wait_for_ms(awaitable, ms: int):
        """Await, but no longer than `ms`: then asyncio.TimeoutError."""
        return await asyncio.wait_for(awaitable, ms / 1000)
