"""A command to a lab goes out node by node, as fast as the air has room for it.

Place: `Commands.tick` -> here -> members are released -> posting; progress -> store.
Guarantee: on the air, all such commands together take at most half of what the others leave free
of the gateway's duty cycle, spread evenly over the hour; nodes on a cable cost no air.

What is free is told from outside and knows what was sent; what we have released and what has not
left yet is known here. So of the hour: `ours` is what we released in it, and half of (free + what
of ours has left) is what we may have.
"""

from collections import deque
from collections.abc import Callable, Iterable

from gateway.commands import answers
from gateway.commands.operations import answers as answers_of
from gateway.commands.records import DONE, RUNNING, Order
from gateway.commands.store import Store
from gateway.commands.tables import Groups
from protocol.airtime import Modulation, sub_band
from protocol.lora import ANSWER_HZ, BANDWIDTH_HZ

WIRED_AT_ONCE = 20  # in a tick
ANSWER_BYTES = 64  # most are shorter, a trial of settings is longer
_HOUR_S = 3600.0
_TELL_S = 5.0


class Air:
    """How much of the hour's answers commands to labs may take; all are fractions of the hour."""

    def __init__(self, budget: Callable[[], float], sf: int):
        self._budget = budget
        allowed_us = 1000 * sub_band(ANSWER_HZ, BANDWIDTH_HZ).allowed_ms
        self.answer = Modulation(sf).airtime_us(ANSWER_BYTES) / allowed_us
        self._ours: deque[tuple[float, float]] = deque()
        self._next_s = 0.0

    def may(self, cost: float, waiting: float, now_s: float) -> bool:
        """Say whether a command of this cost may be released; `waiting` has not left yet."""
        while self._ours and now_s - self._ours[0][0] >= _HOUR_S:
            self._ours.popleft()
        if now_s < self._next_s:
            return False
        ours = max(sum(spent for _, spent in self._ours), waiting)
        share = min(self._budget() + ours - waiting, 1.0) / 2
        if ours + cost > share:
            return False
        self._ours.append((now_s, cost))
        self._next_s = now_s + _HOUR_S * cost / share
        return True


class Pacer:
    """Holds members of groups until it is their turn, and tells how far each group is."""

    def __init__(self, store: Store, city: str, air: Air, is_radio: Callable[[int], bool]):
        self._store = store
        self._groups = Groups(store)
        self._city = city
        self._air = air
        self._is_radio = is_radio
        self._fresh: deque[Order] = deque()
        self._for_air: deque[Order] = deque()
        self._out: dict[int, tuple[Order, float]] = {}  # released on the air, and not over
        self._touched: set[int] = set()
        self._told_s: dict[int, float] = {}

    def reload(self, orders: Iterable[Order]) -> None:
        """Take what is on disk; who was released before counts as what others have used."""
        self._fresh.clear()
        self._for_air.clear()
        out = self._out
        self._out = {}
        for order in orders:
            if order.group is None:
                continue
            if not order.released:
                self._fresh.append(order)
            elif order.id in out:
                self._out[order.id] = order, out[order.id][1]
        self._touched.update(group.id for group in self._groups.running())

    def touch(self, order: Order) -> None:
        """Something became of a member."""
        if order.group is not None:
            self._touched.add(order.group)

    def release(self, now_s: float) -> list[Order]:
        """Return the members whose turn it is now; they are stored as released."""
        ready: list[Order] = []
        while self._fresh and len(ready) < WIRED_AT_ONCE:
            order = self._fresh.popleft()
            if order.is_open:
                (self._for_air if self._is_radio(order.address) else ready).append(order)
        while self._for_air:
            order = self._for_air[0]
            if order.is_open and not self._may(order, now_s):
                break
            self._for_air.popleft()
            if order.is_open:
                ready.append(order)
        if ready:
            with self._store.transaction():
                for order in ready:
                    order.released = True
                    self._store.update(order)
                    self.touch(order)
        return ready

    def _may(self, order: Order, now_s: float) -> bool:
        self._out = {id_: kept for id_, kept in self._out.items() if kept[0].is_open}
        waiting = sum(cost for order, cost in self._out.values() if order.state == "queued")
        cost = self._air.answer * answers_of(order.op, order.arguments)
        if not self._air.may(cost, waiting, now_s):
            return False
        self._out[order.id] = order, cost
        return True

    def tell(self, now_s: float, unix_ms: int) -> None:
        """Tell how far each group is of which something became: now and then, and at its end."""
        for id_ in sorted(self._touched):
            group = self._groups.get(id_)
            counts = self._groups.progress(id_)
            is_over = not any(counts.get(state) for state in ("waiting", "queued", "sent"))
            if group is not None and not is_over and now_s < self._told_s.get(id_, 0.0):
                continue
            self._touched.discard(id_)
            self._told_s[id_] = now_s + _TELL_S
            if is_over:
                self._told_s.pop(id_)
            if group is None:
                continue
            with self._store.transaction():
                if is_over and group.state == RUNNING:
                    group.state = DONE
                    self._groups.update(group)
                self._store.tell(*answers.of_group(self._city, group, counts, unix_ms))
