"""One concentrator: where it pulls from, what it is to send and when, and its duty cycle.

Place: under UdpForwarder: frames it heard -> ways back; answers -> account -> PULL_RESP -> TX_ACK.
Guarantee: an answer begins in the window of its node or is not sent, two answers never overlap on
this transmitter, and none leaves before its account is on disk. Each answer ends in one result.
All that waits is bounded.
"""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from gateway.clock import Clock
from gateway.links import config, semtech
from gateway.links.duty import Account
from gateway.links.way import OnSent
from gateway.ratelimit import RateLimit
from protocol.lora import ANSWER_AFTER_MS, ANSWER_HZ, ANSWER_UNTIL_MS, modulation

Address = tuple[Any, ...]

# Way there, and the 40 ms that a forwarder wants before a frame is due (jitqueue.c of sx1302_hal).
_HEADROOM_US = 120_000
_LATER_US = 400_000  # after a TOO_LATE: the way there takes longer than that
_APART_US = 5_000  # two frames of one transmitter; the forwarder wants 2.5 ms
_STALE_S = 5.0  # no frame of ours is longer, or further away
_MOST_WAITING = 64
_LATELY = 16
# While the old address pulls, nobody can take its place; forwarders pull every 5 to 30 s.
_TAKE_OVER_S = 45.0
_AGAIN = ("TOO_LATE", "COLLISION_PACKET")


@dataclass
class Order:
    """An answer to a frame that came at `at_s`; it begins `after_us` after that frame's end."""

    received: semtech.Received
    at_s: float
    frame: bytes
    on_sent: OnSent | None
    after_us: int = 1000 * ANSWER_AFTER_MS
    programmed_s: float = 0.0
    is_second_try: bool = False


class Concentrator:
    """`write(datagram, address)` sends to its forwarder."""

    def __init__(
        self,
        settings: config.Concentrator,
        account: Account,
        clock: Clock,
        write: Callable[[bytes, Address], None],
        limit: RateLimit,
    ):
        self.name = settings.name
        self.settings = settings
        self.account = account
        self._clock = clock
        self._write = write
        self._limit = limit
        self._orders: list[Order] = []
        self._pending: dict[bytes, Order] = {}
        self._busy: deque[tuple[int, int, float]] = deque(maxlen=_MOST_WAITING)
        self._lately: deque[tuple[bytes, int]] = deque(maxlen=_LATELY)
        self._address: Address | None = None
        self._pulled_s = 0.0
        self.heard_s: float | None = None
        self.frames = 0
        self.address_changes = 0
        self.stat: dict[str, float] = {}
        self.results: Counter[str] = Counter()

    def is_repeated(self, datagram: semtech.Datagram) -> bool:
        """Say whether the network brought this PUSH_DATA twice."""
        mark = datagram.token, crc32(datagram.body)
        if mark in self._lately:
            return True
        self._lately.append(mark)
        return False

    def pull(self, address: Address) -> bool:
        """Take a PULL_DATA; False where another address still pulls for this concentrator."""
        now_s = self._clock.monotonic_s()
        if address != self._address:
            if self._address is not None:
                if now_s - self._pulled_s < _TAKE_OVER_S:
                    return False
                self.address_changes += 1
            self._address = address
        self._pulled_s = now_s
        return True

    @property
    def is_pulling(self) -> bool:
        """Say whether answers have an address to go to."""
        return self._address is not None

    def order(self, order: Order) -> None:
        """Queue an answer for `serve`."""
        if len(self._orders) >= _MOST_WAITING:
            self._end("full")
            return
        self._orders.append(order)

    async def serve(self) -> None:
        """Book what is queued, make the account durable once for all of it, and send."""
        orders, self._orders = self._orders, []
        booked = [order for order in orders if self._book(order)]
        try:
            await self.account.keep()
        except OSError as e:
            self._limit.warning("duty", "cannot store the account of the duty cycle: %s", e)
            for _ in booked:
                self._end("no_account")
            return
        for order in booked:
            self._program(order)

    def _book(self, order: Order) -> bool:
        if self._address is None:
            self._end("no_address")
        elif not self.account.book(order.received.sf, len(order.frame)):
            self._end("no_budget")
        else:
            return True
        return False

    def _program(self, order: Order) -> None:
        """Choose the moment, and tell the forwarder; the account has it already."""
        self.forget_stale()
        received = order.received
        now_s = self._clock.monotonic_s()
        passed_us = int((now_s - order.at_s) * 1e6)
        airtime_us = modulation(received.sf).airtime_us(len(order.frame))
        first_us = max(order.after_us, passed_us + _HEADROOM_US)
        after_us = self._free_us(received.tmst, first_us, airtime_us)
        if after_us > 1000 * ANSWER_UNTIL_MS or self._address is None:
            self._end("late")
            return
        if len(self._pending) >= _MOST_WAITING:
            self._end("full")
            return
        begin = (received.tmst + after_us) % 2**32
        self._busy.append((begin, airtime_us, now_s + _STALE_S))
        order.after_us, order.programmed_s = after_us, now_s
        token = secrets.token_bytes(2)
        while token in self._pending:
            token = secrets.token_bytes(2)
        self._pending[token] = order
        dbm = self.settings.downlink_dbm
        resp = semtech.pull_resp(token, begin, ANSWER_HZ, received.sf, dbm, order.frame)
        self._write(resp, self._address)

    def _free_us(self, tmst: int, first_us: int, airtime_us: int) -> int:
        """Return the first moment after `tmst` when nothing else of ours is on the air."""
        spans = []
        for begin, length_us, _ in self._busy:
            after_us = _difference(begin, tmst)
            spans.append((after_us - airtime_us - _APART_US, after_us + length_us + _APART_US))
        for begins, ends in sorted(spans):
            if begins < first_us < ends:
                first_us = ends
        return first_us

    def tx_ack(self, datagram: semtech.Datagram, address: Address) -> bool:
        """Take what became of a PULL_RESP; False where nobody asked, or somebody else answers.

        No error means that the frame is programmed (5.5): of the air itself nobody tells.
        """
        order = self._pending.get(datagram.token)
        if order is None or address != self._address:
            return False
        del self._pending[datagram.token]
        try:
            error, warning = semtech.parse_tx_ack(datagram.body)
        except semtech.DatagramError:
            error, warning = "OTHER", ""
        if warning:
            self.results[f"warning_{warning.lower()}"] += 1
            text = "%s sends with other settings than it was told: %s"
            self._limit.warning(f"{self.name} warning", text, self.name, warning)
        if error in _AGAIN and not order.is_second_try:
            self.results[f"again_{error.lower()}"] += 1
            order.is_second_try = True
            order.after_us += _LATER_US
            self._program(order)
        elif error:
            self._end(error.lower())
        else:
            self.results["done"] += 1
            if order.on_sent:
                order.on_sent()
        return True

    def forget_stale(self) -> None:
        """Give up what the forwarder never said a word of."""
        now_s = self._clock.monotonic_s()
        for token, order in list(self._pending.items()):
            if now_s - order.programmed_s >= _STALE_S:
                del self._pending[token]
                self._end("unanswered")
        while self._busy and self._busy[0][2] <= now_s:
            self._busy.popleft()

    def _end(self, result: str) -> None:
        self.results[result] += 1
        text = "%s has not sent an answer: %s"
        self._limit.warning(f"{self.name} {result}", text, self.name, result)

    def status(self) -> dict[str, Any]:
        """Return what the status of the gateway says of it."""
        self.forget_stale()
        quiet_s = None if self.heard_s is None else self._clock.monotonic_s() - self.heard_s
        return {
            "eui": self.settings.eui,
            "frames": self.frames,
            "quiet_s": None if quiet_s is None else round(quiet_s, 1),
            "pulling": self.is_pulling,
            "address_changes": self.address_changes,
            "answers": dict(self.results),
            "duty": self.account.evidence(),
            "self": self.stat,
        }


async def serve_all(concentrators: list[Concentrator]) -> None:
    """Let all of them send what is queued; their accounts are stored side by side."""
    await asyncio.gather(*(concentrator.serve() for concentrator in concentrators))


def _difference(later: int, earlier: int) -> int:
    """Return the distance of two readings of a clock of 32 bits, signed."""
    return (later - earlier + 2**31) % 2**32 - 2**31
