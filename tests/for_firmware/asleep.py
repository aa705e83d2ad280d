"""A node that falls asleep and wakes on CPython: the chip under it, and what RTC memory holds.

Place: test_cut_off_wakes, test_sleepless_nodes -> Board -> node.wake, node.sleep, node.retained.
Does not model: the rest of a node, flash, a filesystem, the time that work takes.
"""

import asyncio
import importlib
import sys
import time

import pytest

from node.clock import Clock
from tests.fakes.rtc import RtcMachine, Slept

INTERVAL_S = 900
NOW_S = 1_800_000_000  # a slot
IDS = (0, 1)
FRESH = ("node.retained", "node.wake", "node.sleep")


class Board:
    """A chip and its modules; time is `ms`, which sleeps do not move by themselves."""

    def __init__(self, monkeypatch):
        self.machine = RtcMachine()
        self.ms = 0
        self.counter_ms = 0
        monkeypatch.setitem(sys.modules, "machine", self.machine)
        for name in FRESH:
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.setattr(time, "ticks_ms", lambda: self.ms, raising=False)
        monkeypatch.setattr(time, "ticks_diff", lambda a, b: a - b, raising=False)
        self.retained, self.wake, self.sleep = map(importlib.import_module, FRESH)
        monkeypatch.setattr(self.wake, "counter_ms", lambda: self.counter_ms)
        monkeypatch.setattr(self.sleep, "counter_ms", lambda: self.counter_ms)
        monkeypatch.setattr(self.sleep, "started", 0)

        async def sleep_ms(ms):
            self.ms += ms
            self.counter_ms += ms

        monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms, raising=False)

    def kept(self, pending, **more):
        """Return what RTC memory holds of a node that fell asleep at a slot, two days after it
        was told the time."""
        clock = Clock(lambda: 0)
        clock.set(1000 * NOW_S)
        state = clock.asleep(self.counter_ms)
        state[1] += 172_800_000  # uptime
        state[2] -= 172_800_000  # what makes it unix time
        state[4] = 172_800_000  # of that asleep
        return {
            "boot": 7,
            "clock": state,
            "energy": [0] * 6,
            "ids": list(IDS),
            "interval_s": INTERVAL_S,
            "journal": [0, -1, False, 0, 0, 0],
            "marked_until": 0,
            "need": 16,
            "pending": pending,
            "plan": {
                "energy": {"sleep_ua": 25, "start_uc": 1820, "cpu_ma": 40, "idle_ma": 25},
                "options": {},
                "profile": {"sensors": [{"kind": "climate", "driver": "simulated"}]},
                "watchdog_s": 60,
                "wires": {},
            },
            "sensors": [0, 0, 0, [None]],
            "slot": NOW_S,
            "uplink_at": 10**12,
            "wakes": 0,
            **more,
        }

    def short(self, kept):
        """Wake with that in RTC memory; return the ms of the sleep that follows."""
        assert self.retained.store(kept)
        with pytest.raises(Slept) as slept:
            self.wake.short()
        return slept.value.args[0]
