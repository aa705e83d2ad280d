"""Answers to what is durable now, each by the link that heard the node best.

Place: ingest after a commit -> here -> links.
Guarantee: an answer never leaves before the commit that it speaks of. On the air it waits a moment
for copies of its frame, never as long as the node does.
"""

import asyncio
from functools import partial
from typing import Any

from gateway.clock import Clock
from gateway.collecting import Collecting
from gateway.ratelimit import RateLimit
from gateway.sessions import Arrival, Peer
from protocol import session as events
from protocol.commands import Command


class Answering:
    """`commands` is told which of its commands left, and what came back."""

    def __init__(self, clock: Clock, limit: RateLimit, commands: Any):
        self._clock = clock
        self._limit = limit
        self._commands = commands
        self.waits = True  # for copies; in vain where only one link hears the air

    def give(self, taken: Collecting) -> None:
        """Answer everything that asked."""
        now_ms = self._clock.unix_ms()
        promises = taken.promises
        for peer, way, event in taken.others:
            self._tell_commands(peer, event)
            self._answer(peer, way, event, promises[id(peer)], now_ms)
        for key, (peer, way, event) in taken.asks.items():
            self._answer(peer, way, event, promises[key], now_ms)

    def _tell_commands(self, peer: Peer, event: tuple[str, Any, Any, int]) -> None:
        if self._commands is None:
            return
        if event[0] == events.RESULT:
            self._commands.result(peer.node.id, event[2])
        elif event[0] == events.STATUS:
            self._commands.status(peer.node.id, event[2].fields)

    def _answer(self, peer: Peer, way: Any, event: tuple, promise: tuple, now_ms: int) -> None:
        if self.waits and isinstance(way, Arrival) and way.link.wait_s and event[1].asks:
            left_s = way.link.wait_s - (self._clock.monotonic_s() - way.at_s)
            if left_s > 0:
                loop = asyncio.get_running_loop()
                loop.call_later(left_s, self._send, peer, way, event, promise)
                return
        self._send(peer, way, event, promise, now_ms)

    def _send(
        self, peer: Peer, way: Any, event: tuple, promise: tuple, now_ms: int | None = None
    ) -> None:
        link = way.link if isinstance(way, Arrival) else way
        session = peer.session
        if now_ms is None:
            now_ms = self._clock.unix_ms()
        session.acknowledge(event, promise, now_ms, link.quality)
        try:
            answer = session.answer_to_send()
        except ValueError as e:  # one node's answer that has no form must not end the others
            self._limit.warning("answer", "no answer to %s: %s", peer.node.name, e)
            return
        if answer is None:
            return
        message, frame = answer
        if isinstance(message, Command) and self._commands is not None:
            link.send(frame, partial(self._commands.sent, peer.node.id, message.number))
        else:
            link.send(frame)
