"""Drivers on chip models in virtual time: asyncio's clock is the timeline of the air.

Place: a test -> `run` -> VirtualLoop -> Timeline -> chips and ether.
Guarantee: nothing waits for real; the same run gives the same events. Where nothing is due any more
and somebody still waits, that is a RuntimeError and no hang.
"""

import asyncio
import math
import selectors

MODULES = ("driver", "recovery", "sx126x", "sx126x_bus", "sx127x", "sx127x_setup")
_PERIOD = 1 << 30


class _Selector(selectors.DefaultSelector):
    """Lets virtual time pass where asyncio would wait."""

    def __init__(self, timeline):
        super().__init__()
        self._timeline = timeline

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        timeline = self._timeline
        next_us = timeline.next_us()
        if timeout is not None:
            end_us = timeline.now_us + max(math.ceil(timeout * 1e6), 1)
            next_us = end_us if next_us is None else min(next_us, end_us)
        if next_us is None:
            raise RuntimeError("everybody waits, and nothing will happen")
        timeline.run_until(next_us)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds are those of a timeline."""

    def __init__(self, timeline):
        self._timeline = timeline
        super().__init__(_Selector(timeline))

    def time(self):
        return self._timeline.now_us / 1e6


def run(timeline, coroutine):
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(timeline)) as runner:
        return runner.run(coroutine)


def patch_clock(monkeypatch, timeline):
    """Let the drivers read this timeline, and let it pass where they block."""

    def sleep_us(us):
        timeline.run_until(timeline.now_us + us)

    names = {
        "sleep_us": sleep_us,
        "ticks_us": lambda: timeline.now_us % _PERIOD,
        "ticks_ms": lambda: timeline.now_us // 1000 % _PERIOD,
    }
    for module in MODULES:
        for name, function in names.items():
            monkeypatch.setattr(f"radio.{module}.{name}", function, raising=False)
