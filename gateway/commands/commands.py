"""Commands to nodes: from a topic or the command line to the node, and back to a topic.

Place: broker -> `on_message` -> store -> session -> node; Result -> `result` -> store -> `outgoing`
-> broker. `tick` comes each second; the command line writes into the same store.
Guarantee: nothing raises, whatever comes and whatever the disk does. A Result is on disk when
`result` returned, or is tried again each second. A command is carried out once: its number outlives
every restart, and a node does a number once.

All calls come from one thread. Each that stores something waits for one sync of the disk.
"""

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.commands import answers, requests
from gateway.commands.book import Book
from gateway.commands.bucket import Bucket
from gateway.commands.desk import Desk, fields_of
from gateway.commands.groups import Air, Pacer
from gateway.commands.intake import Directory, Intake, Limits
from gateway.commands.outbox import Outbox, Outgoing
from gateway.commands.posting import Posting, Session
from gateway.commands.records import CLI, CommandsError, Group, Order, RefusedError
from gateway.commands.store import Store
from gateway.commands.tables import Groups
from gateway.errors import GatewayError
from gateway.ratelimit import RateLimit
from gateway.registry.node import Node
from protocol.commands import Result
from protocol.lora import DEFAULT_SF

log = logging.getLogger("gateway.commands")

_BURST = 50  # messages to cmd topics
_PER_S = 5.0
_RETRIES = 1000  # results that a full disk did not take
_PRUNE_S = 3600.0
_KEPT_MS = 30 * 86_400_000
_KEPT = 10_000


class Commands:
    """See the module's text; `counters` are for metrics.

    session_of   the session of an address, or None where that node has none now
    budget       the free fraction of the answers' duty cycle over all links; 1.0 on cables
    security     is told of each command, accepted or refused: (event, fields)
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        directory: Directory,
        city: str,
        limits: Limits,
        session_of: Callable[[int], Session | None],
        budget: Callable[[], float] = lambda: 1.0,
        security: Callable[[str, dict[str, Any]], None] = lambda event, fields: None,
        answer_sf: int = DEFAULT_SF,
    ):
        self.store = Store(path)
        self.counters: Counter[str] = Counter()
        self._clock = clock
        self._city = city
        self._session_of = session_of
        self._security = security
        self._limit = RateLimit(log, clock)
        self._directory = directory
        intake = Intake(self.store, directory, city, limits)
        self._desk = Desk(self.store, city, intake)
        self._outbox = Outbox(self.store)
        pacer = Pacer(self.store, city, Air(budget, answer_sf), self._is_radio)
        posting = Posting(directory.find)
        self._book = Book(self.store, city, clock, intake, posting, pacer, self.counters)
        self._stale = True
        self._left: list[tuple[int, int]] = []
        self._unstored: list[tuple[int, Result]] = []
        self._bucket = Bucket(clock, _BURST, _PER_S)
        self._announced = 0
        self._prune_s = 0.0

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    @property
    def open(self) -> int:
        """Return of how many commands something may still become."""
        return sum(map(len, self._book.orders.values()))

    def _is_radio(self, address: int) -> bool:
        node = self._directory.find(address)
        return node is not None and node.radio

    def _safely(self, work: Callable[[], None]) -> bool:
        """Do it; where the disk refuses, say so, and start again from it the next time."""
        try:
            if self._stale:
                self._reload()
                self._stale = False
            work()
        except RefusedError:
            raise
        except GatewayError as e:
            self._stale = True
            self.counters["store_errors"] += 1
            self._limit.warning("store", "commands wait: %s", e)
            return False
        finally:
            self._outbox.news()
        return True

    def _reload(self) -> None:
        """Take what is on disk; what the command line put there is told to security.

        After a restart what is open is told again.
        """
        self._book.reload()
        orders = [order for orders in self._book.orders.values() for order in orders]
        fresh = [order for order in orders if order.id > self._announced]
        self._announced = max([self._announced, *(order.id for order in orders)])
        groups = Groups(self.store)
        whole = [groups.get(id_) for id_ in sorted({o.group for o in fresh if o.group is not None})]
        for what in (*fresh, *whole):
            if what is not None and what.origin == CLI:
                address = getattr(what, "address", None)
                self._security("command_accepted", fields_of(_request(what), address, CLI))

    # ------------------------------------------------------------------ from the broker

    def on_message(self, topic: str, payload: bytes, retained: bool = False) -> None:
        """Take what came on a cmd topic."""
        where = requests.target(topic, self._city)
        if where is None:
            self.counters["refused_topic"] += 1
            return
        if not payload:
            return  # so a retained message is taken back
        if not self._bucket.take():
            self.counters["refused_flood"] += 1
            self._limit.warning("flood", "too many commands come at once: they are passed over")
            return
        try:
            if retained:
                raise RefusedError(
                    "retained", "true", "false: it would come again at each start", "retained"
                )
            self._take(requests.parse(*where, payload))
        except RefusedError as e:
            self._refuse(where, payload, e)

    def _take(self, request: requests.Request) -> None:
        if not self._safely(lambda: self._serve(request)):
            right = "writable: the command was not taken, say it again"
            raise RefusedError("the gateway's disk", "full or broken", right, "store")

    def _serve(self, request: requests.Request) -> None:
        self._flush()
        done, what = self._desk.serve(request, self._clock.unix_ms())
        if isinstance(what, Group):
            if done != "repeated":
                self._reload()
        else:
            self._book.take(what)
        self._book.tick()
        self._offer_all()
        self.counters[done] += 1
        if done != "repeated":
            address = what.address if isinstance(what, Order) else None
            self._security("command_accepted", fields_of(request, address))

    def _refuse(self, where: tuple[str, str], payload: bytes, error: RefusedError) -> None:
        self.counters[f"refused_{error.kind}"] += 1
        self._limit.warning(error.kind, "command refused: %s", error)
        lab, point = where
        key = requests.key_of(payload)
        now_ms = self._clock.unix_ms()
        self._outbox.refuse(*answers.of_refusal(self._city, lab, point, key, error, now_ms))
        what = {"lab": lab, "point": point, "id": key or "", "reason": error.kind}
        self._security("command_refused", what | {"error": str(error)})

    # ------------------------------------------------------------------ from the sessions

    def attach(self, node: Node, session: Session) -> None:
        """A session was built: it gets what waits for its node."""
        if self._stale or node.id in self._book.orders:
            self._safely(lambda: self._book.offer(node.id, session))

    def sent(self, address: int, number: int) -> None:
        """An answer with a command left; it is stored with the next tick or Result."""
        if len(self._left) < _RETRIES:
            self._left.append((address, number))

    def result(self, address: int, result: Result) -> None:
        """A node said what became of a command; call it before that frame is acknowledged."""
        stored = self._safely(lambda: self._take_result(address, result))
        if not stored and len(self._unstored) < _RETRIES:
            self._unstored.append((address, result))

    def _take_result(self, address: int, result: Result) -> None:
        with self.store.transaction():  # one sync of the disk, with what has left before
            self._book.have_left(self._left)
            self._book.result(address, result)
        self._left.clear()
        self._book.offer(address, self._session_of(address))

    def status(self, address: int, fields: dict[str, int]) -> None:
        """A node said how it is: its hash of settings is held against what it should have."""
        if self._book.settings.concerns(address, fields):
            self._safely(lambda: self._take_status(address, fields))

    def _take_status(self, address: int, fields: dict[str, int]) -> None:
        with self.store.transaction():
            self._book.settings.status(address, fields, self._clock.unix_ms())

    def _flush(self) -> None:
        """Store what has left."""
        if self._left:
            with self.store.transaction():
                self._book.have_left(self._left)
            self._left.clear()

    # ------------------------------------------------------------------ each second

    def tick(self) -> None:
        """Take what the command line wrote, end what is over its time, let groups go on."""
        unstored, self._unstored = self._unstored, []
        for address, result in unstored:
            self.result(address, result)
        self._safely(self._look)

    def _look(self) -> None:
        if self.store.changed():
            self._reload()
        self._flush()
        self._book.tick()
        self._offer_all()
        self._prune()

    def _offer_all(self) -> None:
        for address in self._book.concerned():
            self._book.offer(address, self._session_of(address))

    def _prune(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._prune_s:
            self._prune_s = now_s + _PRUNE_S
            before_ms = self._clock.unix_ms() - _KEPT_MS
            self.counters["pruned"] += self.store.prune(before_ms, _KEPT)
            self._outbox.trim()

    # ------------------------------------------------------------------ to the broker

    def outgoing(self) -> list[Outgoing]:
        """Return messages to publish; they come again until they are delivered."""
        try:
            return self._outbox.waiting()
        except CommandsError as e:
            self._limit.warning("store", "commands cannot be told: %s", e)
            return []

    def delivered(self, ids: list[int]) -> None:
        """The broker has acknowledged them; where the disk refuses, they are told again."""
        try:
            self._outbox.delivered(ids)
        except CommandsError as e:
            self._limit.warning("store", "commands are told again: %s", e)


def _request(what: Order | Group) -> requests.Request:
    point = what.point if isinstance(what, Order) else ""
    return requests.Request(what.lab, point, what.op, what.arguments, what.key, None, what.who)
