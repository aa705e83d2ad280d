"""Rows leave the disk for the broker, oldest first, and are forgotten when it has them.

Place: spool -> outputs -> broker -> topic.
Guarantee: a row is confirmed only after the PUBACK of every message it is in. Order per node is
the order of the spool. Whatever goes wrong with the broker, the rows stay and are sent again with
the same ids, after a pause that grows, with jitter.
"""

import asyncio
import itertools
import logging
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import aiomqtt

from gateway.broker import Broker, RefusedError
from gateway.clock import Clock
from gateway.config import Config, Node
from gateway.errors import SpoolError
from gateway.outputs import json as output
from gateway.outputs.samples import decode
from gateway.ratelimit import RateLimit
from gateway.records import Frame
from gateway.spool import Spool
from gateway.worker import Worker
from protocol.errors import ProtocolError

log = logging.getLogger("gateway.publisher")

_FRAMES_AT_ONCE = 256
_PAUSE_FIRST_S = 0.1
_CONFIRM_S = 0.25  # a repeated row is harmless, a sync is not: confirmations wait for each other


@dataclass
class _Portion:
    """The messages of some rows, and what is to be counted once they are delivered."""

    messages: list[tuple[str, bytes]] = field(default_factory=list)
    samples: int = 0
    late: Counter[int] = field(default_factory=Counter)


class Publisher:
    """`status` returns the retained messages of the moment; `will` is left with the broker."""

    def __init__(
        self,
        config: Config,
        spool: Spool,
        worker: Worker,
        clock: Clock,
        status: Callable[[], list[tuple[str, bytes]]],
        will: aiomqtt.Will,
    ):
        self._config = config
        self._spool = spool
        self._worker = worker
        self._clock = clock
        self._status = status
        self._will = will
        self._nodes = {node.id: node for node in config.nodes}
        self._news = asyncio.Event()
        self._limit = RateLimit(log, clock)
        self._cursor = 0
        self.in_flight = 0  # rows up to here are with the broker, or on their way to it
        self._confirmed = 0
        self._next_status = 0.0
        self.connected = False
        self.error: str | None = ""
        self._pause_s = _PAUSE_FIRST_S
        self._portion = _FRAMES_AT_ONCE
        self.samples = 0
        self.late: Counter[int] = Counter()
        self.undecodable = 0

    def wake(self) -> None:
        """There are new rows."""
        self._news.set()

    async def run(self) -> None:
        """Keep a connection and drain the spool into it, for ever."""
        while True:
            self._cursor = self.in_flight = self._confirmed
            try:
                async with self.broker() as broker:
                    self.connected = True
                    self._next_status = 0.0
                    await self._drain(broker)
            except (aiomqtt.MqttError, RefusedError, SpoolError, OSError, UnicodeError) as e:
                # What was too much for the line within the timeout goes in smaller portions.
                self._portion = max(self._portion // 2, 1)
                self._disconnected(e)
            await self._confirm()
            await asyncio.sleep(self._pause_s * random.uniform(0.75, 1.25))  # noqa: S311 - jitter
            self._pause_s = min(2 * self._pause_s, self._config.mqtt.retry_max_s)

    def broker(self) -> Broker:
        """Return a new connection to the broker, not yet opened."""
        return Broker(self._config.mqtt, f"neckar-{self._config.gateway}", self._will)

    def _disconnected(self, error: BaseException) -> None:
        reason = str(error) or type(error).__name__
        if reason != self.error:
            log.warning("broker: %s; readings wait on disk", reason)
        self.connected, self.error = False, reason

    def _delivered(self) -> None:
        """The broker took something: only now, not when it let us in, is all well again."""
        if self.error is not None:
            log.info("delivering to %s:%d", self._config.mqtt.host, self._config.mqtt.port)
        self.error, self._pause_s = None, _PAUSE_FIRST_S

    async def _drain(self, broker: Broker) -> None:
        confirm_at = 0.0
        while True:
            self._news.clear()
            await self._publish_status(broker)
            frames = await self._worker.run(self._spool.oldest, self._cursor, self._portion)
            if frames:
                self.in_flight = frames[-1].seq
                # Rendering a full portion takes a while; ports are read meanwhile.
                portion = await asyncio.to_thread(self._render, frames)
                await broker.deliver(portion.messages)
                self._cursor = frames[-1].seq
                self._count(portion)
                self._portion = min(2 * self._portion, _FRAMES_AT_ONCE)
                self._delivered()
            now = self._clock.monotonic_s()
            if self._cursor > self._confirmed and (not frames or now >= confirm_at):
                await self._confirm()
                confirm_at = now + _CONFIRM_S
            if not frames:
                self._delivered()
                await self._wait()

    async def _confirm(self) -> None:
        if self._cursor <= self._confirmed:
            return
        try:
            await self._worker.run(self._spool.confirm, self._cursor)
        except SpoolError as e:  # even forgetting needs room on the disk: tried again later
            self._limit.warning("confirm", "cannot forget delivered rows: %s", e)
            return
        self._confirmed = self._cursor

    async def _wait(self) -> None:
        pause_s = max(self._next_status - self._clock.monotonic_s(), 0.01)
        try:
            await asyncio.wait_for(self._news.wait(), pause_s)
        except TimeoutError:
            return

    async def _publish_status(self, broker: Broker) -> None:
        now = self._clock.monotonic_s()
        if now >= self._next_status:
            self._next_status = now + self._config.status_s
            try:
                await broker.deliver(self._status(), retain=True)
            except RefusedError as e:  # a pity, but no reason to hold readings back
                self._limit.warning("status", "the broker refuses our status: %s", e)

    def _render(self, frames: list[Frame]) -> "_Portion":
        """Return the messages of these rows: neighbours of one node go together."""
        now_s = self._clock.unix_ms() / 1000
        portion = _Portion()
        ordered = sorted(frames, key=lambda f: (f.node, f.epoch, f.seq))
        for (number, epoch), rows in itertools.groupby(ordered, key=lambda f: (f.node, f.epoch)):
            node = self._node(number, epoch)
            samples = [sample for row in rows for sample in self._decode(row)]
            portion.samples += len(samples)
            late_s = now_s - self._config.late_after_s
            portion.late[number] += sum(sample.time_s < late_s for sample in samples)
            portion.messages += output.to_messages(
                self._config.city,
                node,
                samples,
                now_s,
                self._config.late_after_s,
                self._config.mqtt.samples_per_message,
            )
        return portion

    def _node(self, number: int, epoch: int) -> Node:
        """Return the node of a row; its key may have changed since, or it may be gone."""
        node = self._nodes.get(number)
        if node is None:
            return Node(number, f"node-{number}", "retired", epoch, b"")
        return node if node.epoch == epoch else replace(node, epoch=epoch)

    def _count(self, portion: "_Portion") -> None:
        self.samples += portion.samples
        self.late.update(portion.late)

    def _decode(self, row: Frame) -> list:
        try:
            return decode(row)
        except ProtocolError:  # it was decoded before it was stored: the disk changed it
            self.undecodable += 1
            log.error("row %d of node %d cannot be read any more", row.seq, row.node)
            return []
