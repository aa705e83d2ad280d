"""Answers that wait for their moment: booked and on disk first, then due, then handed out.

Place: ways back of a HAT -> `order` -> `book` -> `pop_due` -> radio.
Guarantee: at most QUEUE wait. None is handed out late, or before the account of the duty cycle that
holds it is on disk. Each ends in one result.
"""

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from gateway.links.duty import Account
from gateway.links.way import OnSent
from gateway.ratelimit import RateLimit
from protocol.lora import ANSWER_AFTER_MS, ANSWER_UNTIL_MS

log = logging.getLogger("gateway.hat")

QUEUE = 8
LONGEST_FRAME = 255


class Answer(NamedTuple):
    """An answer, by the times of asyncio's clock; `number` keeps equal times in order."""

    due_s: float
    number: int
    last_s: float
    sf: int
    frame: bytes
    on_sent: OnSent | None


class Answers:
    """`news()` is called when one is ready to wait for its time."""

    def __init__(self, name: str, account: Account, limit: RateLimit, news: Callable[[], None]):
        self._name = name
        self._account = account
        self._limit = limit
        self._news = news
        self._orders: list[Answer] = []
        self._due: list[Answer] = []
        self._booking = 0
        self._ordered = asyncio.Event()
        self._number = 0
        self.results: Counter[str] = Counter()

    def order(self, at_s: float, sf: int, frame: bytes, on_sent: OnSent | None) -> None:
        """Take an answer to the frame that ended at `at_s`."""
        if not 1 <= len(frame) <= LONGEST_FRAME:
            raise ValueError("an answer has 1 to 255 bytes")
        if len(self._orders) + self._booking + len(self._due) >= QUEUE:
            self.end("full")
            return
        self._number += 1
        times = at_s + ANSWER_AFTER_MS / 1000, self._number, at_s + ANSWER_UNTIL_MS / 1000
        self._orders.append(Answer(*times, sf, frame, on_sent))
        self._ordered.set()

    async def book(self) -> None:
        """Put into the account what was ordered, for ever; the radio goes on listening."""
        while True:
            await self._ordered.wait()
            self._ordered.clear()
            orders, self._orders = self._orders, []
            booked = [a for a in orders if self._account.book(a.sf, len(a.frame))]
            for _ in range(len(orders) - len(booked)):
                self.end("no_budget")
            self._booking = len(booked)
            try:
                await self._account.keep()
            except OSError as e:
                text = "%s: cannot store the account of the duty cycle: %s"
                self._limit.warning("duty", text, self._name, e)
                for _ in booked:
                    self.end("no_account")
                continue
            finally:
                self._booking = 0
            for answer in booked:
                heapq.heappush(self._due, answer)
            self._news()

    def wait_s(self, now_s: float) -> float | None:
        """Return how long until the next is due, or None where nothing waits."""
        return max(self._due[0].due_s - now_s, 0.0) if self._due else None

    def pop_due(self, now_s: float) -> Answer | None:
        """Return the answer whose time has come; what is too late ends so."""
        while self._due and self._due[0].due_s <= now_s:
            answer = heapq.heappop(self._due)
            if answer.last_s >= now_s:
                return answer
            self.end("late")
        return None

    def end(self, result: str) -> None:
        """Count what became of an answer; what was not sent is warned of."""
        self.results[result] += 1
        if result != "done":
            self._limit.warning(result, "%s has not sent an answer: %s", self._name, result)
