"""The open commands in memory, and what happens to them; the disk has the same.

Place: under `commands`, over store, settings, groups and posting.
Guarantee: what changes here changes on disk in the same transaction; after an error `reload` makes
both the same again. No command is given to a node after its time, by the wall clock or by the time
that this process has seen pass: a clock set back lengthens no life.
"""

from collections import Counter
from collections.abc import Iterator

from gateway.clock import Clock
from gateway.commands import answers
from gateway.commands.groups import Pacer
from gateway.commands.intake import Intake
from gateway.commands.operations import RESTARTING
from gateway.commands.posting import Posting, Session
from gateway.commands.records import (
    ACKNOWLEDGED,
    CANCELLED,
    CONFIG,
    EXPIRED,
    FAILED,
    QUEUED,
    SENT,
    Order,
)
from gateway.commands.settings import Settings
from gateway.commands.store import Store
from protocol.commands import BUSY, DONE, Result

_RESTART_S = 3.0  # after its Result was answered a node is gone within 0.2 s
_BUSY_S = 10.0
_MOST_ASKED = 20  # a node that has been told to restart says it is busy for at most 120 s


class Book:
    """`orders` are the open ones by address, oldest first."""

    def __init__(
        self,
        store: Store,
        city: str,
        clock: Clock,
        intake: Intake,
        posting: Posting,
        pacer: Pacer,
        counters: Counter[str],
    ):
        self._store = store
        self._city = city
        self._clock = clock
        self._intake = intake
        self._posting = posting
        self._pacer = pacer
        self._counters = counters
        self.orders: dict[int, list[Order]] = {}
        self.settings = Settings(store, city, self)
        self._until_s: dict[int, float] = {}
        self._touched: set[int] = set()
        self._soonest = (0, 0.0)  # nothing is over before: unix ms and monotonic s

    def reload(self) -> None:
        """Take what is on disk."""
        orders = self._store.open_orders()
        self._touched.update(self.orders)
        self._soonest = (0, 0.0)
        self.orders = {}
        until, self._until_s = self._until_s, {}
        now_ms, now_s = self._clock.unix_ms(), self._clock.monotonic_s()
        for order in orders:
            self.orders.setdefault(order.address, []).append(order)
            left_ms = min(order.expires_ms - now_ms, order.expires_ms - order.created_ms)
            self._until_s[order.id] = until.get(order.id, now_s + left_ms / 1000)
        self._touched.update(self.orders)
        self._pacer.reload(orders)
        self.settings.reload()
        for order in orders:
            self._abandon(order)

    def _abandon(self, order: Order) -> None:
        """End a trial that nobody waits for any more."""
        if order.op == "config_try" and order.state == QUEUED:
            with self._store.transaction():
                self.settings.abandoned(order, self._clock.unix_ms())

    def take(self, order: Order) -> None:
        """Take what intake has stored: a new command, or what has become of one."""
        known = next((o for o in self.orders_of(order.address) if o.id == order.id), None)
        if known is None and order.is_open:
            self._keep(order)
        elif known is not None and not order.is_open:
            self._forget(order)
            for step in self.orders_of(order.address):
                self._abandon(step)

    # ------------------------------------------------------------------ the owner of Settings

    def orders_of(self, address: int) -> list[Order]:
        """Return the open orders of a node."""
        return list(self.orders.get(address, ()))

    def queue(self, order: Order) -> None:
        """Take a new step."""
        self._store.add(order)
        self._keep(order)

    def _keep(self, order: Order) -> None:
        self.orders.setdefault(order.address, []).append(order)
        left_s = (order.expires_ms - order.created_ms) / 1000
        self._until_s[order.id] = self._clock.monotonic_s() + left_s
        self._touched.add(order.address)
        self._soonest = (0, 0.0)

    def end(self, order: Order, state: str, result: dict) -> None:
        """Give an order another state, and tell it; a step is nobody's business."""
        aloud = order.origin != CONFIG
        self._intake.end(order, state, result, self._clock.unix_ms(), aloud)
        self._counters[state] += aloud
        self._pacer.touch(order)
        if not order.is_open:
            self._forget(order)

    def _forget(self, order: Order) -> None:
        left = [other for other in self.orders.get(order.address, ()) if other.id != order.id]
        self._until_s.pop(order.id, None)
        self._touched.add(order.address)
        if left:
            self.orders[order.address] = left
        else:
            self.orders.pop(order.address, None)

    # ------------------------------------------------------------------ what happens

    def have_left(self, sent: list[tuple[int, int]]) -> None:
        """Answers with these commands, (address, number), have left."""
        for address, number in sent:
            for order in self.orders_of(address):
                if order.number == number and order.state == QUEUED:
                    self.end(order, SENT, {})
                    self._parents_sent(order)

    def _parents_sent(self, step: Order) -> None:
        if step.origin != CONFIG:
            return
        for order in self.orders_of(step.address):
            if order.op == "config" and order.attempts and order.state == QUEUED:
                self.end(order, SENT, {})

    def result(self, address: int, result: Result) -> None:
        """Take a Result; one that says again what is known is counted, no more."""
        number = result.number
        order = next((o for o in self.orders_of(address) if o.number == number), None)
        if order is None:
            self._late(address, result)
            return
        now_ms, now_s = self._clock.unix_ms(), self._clock.monotonic_s()
        if result.code == BUSY and order.attempts < _MOST_ASKED:
            order.attempts += 1
            order.number = self._store.next_number(address)
            self._store.update(order)
            self._posting.hold(address, now_s + _BUSY_S)
            self._touched.add(address)
            return
        if order.op in RESTARTING and result.code == DONE:
            self._posting.hold(address, now_s + _RESTART_S)
        self._parents_sent(order)
        state = ACKNOWLEDGED if result.code == DONE else FAILED
        self.end(order, state, answers.of_result(result, now_ms))
        if order.origin == CONFIG:
            self.settings.step_over(order, now_ms)

    def _late(self, address: int, result: Result) -> None:
        """A node did what we had given up: that is what happened, so it is told."""
        order = self._store.by_number(address, result.number)
        if order is None:
            self._counters["stray_results"] += 1
            return
        was_given_up = order.state == EXPIRED or order.result.get("error") == CANCELLED
        if not was_given_up or order.origin == CONFIG or result.code == BUSY:
            self._counters["repeated_results"] += 1
            return
        told = answers.of_result(result, self._clock.unix_ms()) | {"late": True}
        self.end(order, ACKNOWLEDGED if result.code == DONE else FAILED, told)

    def tick(self) -> None:
        """Begin what is new, end what is over its time, and let groups go on."""
        now_s = self._clock.monotonic_s()
        self._expire(now_s)
        self._touched.update(order.address for order in self._pacer.release(now_s))
        fresh = [
            order
            for address in self._touched
            for order in self.orders_of(address)
            if order.op == "config" and order.released and not order.attempts
        ]
        if fresh:
            with self._store.transaction():  # one sync for a lab: no port is read meanwhile
                for order in fresh:
                    self.settings.begin(order, self._clock.unix_ms())
        self._pacer.tell(now_s, self._clock.unix_ms())

    def _expire(self, now_s: float) -> None:
        now_ms = self._clock.unix_ms()
        if now_ms < self._soonest[0] and now_s < self._soonest[1]:
            return
        over = [
            order
            for order in self._all()
            if now_ms >= order.expires_ms or now_s >= self._until_s[order.id]
        ]
        if not over:
            self._soonest = (
                min((order.expires_ms for order in self._all()), default=now_ms + 60_000),
                min((self._until_s[order.id] for order in self._all()), default=now_s + 60),
            )
            return
        with self._store.transaction():
            for order in over:
                self._counters[EXPIRED] += order.origin != CONFIG
                aloud = order.released and order.origin != CONFIG
                was = {"was": order.state}
                self._intake.end(order, EXPIRED, was, now_ms, aloud)
                self._pacer.touch(order)
                self._forget(order)
                if order.origin == CONFIG:
                    self.settings.step_over(order, now_ms)

    def _all(self) -> Iterator[Order]:
        return (order for orders in self.orders.values() for order in orders)

    def concerned(self) -> set[int]:
        """Return, once, for whom something has changed, and who is held."""
        concerned, self._touched = self._touched | self._posting.held(), set()
        return concerned

    def offer(self, address: int, session: Session | None) -> None:
        """Let the session of a node have the command that is its turn."""
        now_ms, now_s = self._clock.unix_ms(), self._clock.monotonic_s()
        orders = self.orders.get(address, [])
        wrong = self._posting.offer(address, orders, session, now_s, now_ms)
        if wrong is not None:
            self.end(wrong, FAILED, {"error": "the registry has no such key any more"})
