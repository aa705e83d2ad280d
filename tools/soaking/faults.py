"""Carry faults out, and take them back.

Place: plan -> here -> proxy, shim and ports of one lane.
Guarantee: what began ends, at its time or with `end_life`; only the clock and a broker that is away
for several lives outlast a kill. `done` counts what was really done.
"""

import asyncio
import errno
import random
from collections import Counter
from collections.abc import Callable

from tools.soaking import plan
from tools.soaking.damage import tear
from tools.soaking.nodes import Port
from tools.soaking.plan import Fault
from tools.soaking.proxy import DOWN, UP, Proxy
from tools.soaking.shim import Control

Undo = Callable[[], None] | None  # what takes a fault back, where that is not left to `end_life`


class Faults:
    """`control` is None where no shim could be made: then disk and clock stay as they are."""

    def __init__(self, proxy: Proxy, control: Control | None, ports: list[Port]):
        self._proxy = proxy
        self._control = control
        self._ports = ports
        self._lives_away = 0
        self._timers: list[asyncio.TimerHandle] = []
        self.disk_was_bad = False
        self.done: Counter[str] = Counter()

    def begin_life(self) -> None:
        """A gateway is started."""
        self.disk_was_bad = False

    def schedule(self, faults: tuple[Fault, ...]) -> None:
        """Let these happen from now on."""
        loop = asyncio.get_running_loop()
        self._timers += [loop.call_later(fault.at_s, self._begin, fault) for fault in faults]

    def _begin(self, fault: Fault) -> None:
        if fault.kind in plan.OF_SHIM and self._control is None:
            return
        self.done[fault.kind] += 1
        loop = asyncio.get_running_loop()
        undo = self._of_line(fault) or self._of_disk(fault) or self._of_place(fault)
        if undo is not None:
            self._timers.append(loop.call_later(fault.for_s, undo))

    def _of_line(self, fault: Fault) -> Undo:
        proxy, kind = self._proxy, fault.kind
        if kind in (plan.CUT_UP, plan.CUT_DOWN):
            proxy.cut_after_bytes(UP if kind == plan.CUT_UP else DOWN, fault.amount)
        elif kind in (plan.CUT_BEFORE_ACK, plan.CUT_AFTER_ACK):
            proxy.cut_at_ack(fault.amount, passes=kind == plan.CUT_AFTER_ACK)
        elif kind in (plan.STALL, plan.NO_ACKS):
            proxy.stall(*((UP, DOWN) if kind == plan.STALL else (DOWN,)))
            return self._heal_line
        elif kind == plan.THROTTLE:
            proxy.throttle(fault.amount)
            return self._heal_line
        elif kind in (plan.AWAY, plan.AWAY_LONG):
            self._lives_away = max(self._lives_away, fault.amount)
            proxy.away()
            return self._heal_line
        return None

    def _heal_line(self) -> None:
        if not self._lives_away:
            self._proxy.heal()

    def _of_disk(self, fault: Fault) -> Undo:
        control = self._control
        if control is None or fault.kind not in plan.OF_SHIM or fault.kind == plan.CLOCK:
            return None
        if fault.kind == plan.DISK_SLOW:
            control.set_sync(fault.amount / 1000, 0)
        else:
            self.disk_was_bad = True
            if fault.kind == plan.DISK_FULL:
                control.set_room(fault.amount)
            else:
                control.set_sync(0.0, errno.EIO)
        return control.heal

    def _of_place(self, fault: Fault) -> Undo:
        if fault.kind == plan.CLOCK and self._control is not None:
            self._control.set_clock(fault.amount)
        elif fault.kind == plan.PORT:
            port = self._ports[fault.amount % len(self._ports)]
            if port.is_plugged:
                port.unplug()
                return port.plug
        return None

    def end_life(self, torn: int | None) -> None:
        """The gateway is dead: end what goes on, and cut the power too where it is `torn`."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._lives_away = max(self._lives_away - 1, 0)
        self._heal_line()
        for port in self._ports:
            if not port.is_plugged:
                port.plug()
        if self._control is not None:
            self._control.heal()
            self._cut_power(torn)

    def _cut_power(self, torn: int | None) -> None:
        assert self._control is not None  # noqa: S101 - asked before
        unsynced = self._control.unsynced()
        if torn is None or not unsynced:
            return
        if tear(unsynced, random.Random(torn)):  # noqa: S311 - repeatable on purpose
            self.done[plan.TORN] += 1
        self._control.forget()

    def heal(self) -> None:
        """Make everything whole for good."""
        self._lives_away = 0
        self.end_life(None)
        if self._control is not None:
            self._control.set_clock(0.0)
