"""Rows leave the disk for the broker in two lanes, and are forgotten when it has them.

Place: lanes -> outputs -> broker -> topic.
Guarantee: a row is confirmed only after the PUBACK of every message it is in. In each lane a node's
samples leave in the order of the spool, and what waited never delays what is new for longer than
one portion. Whatever goes wrong with the broker, the rows stay and are sent again with the same
ids, after a pause that grows, with jitter.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import aiomqtt

from gateway.backoff import pause_s
from gateway.broker import Broker
from gateway.clock import Clock
from gateway.config import Config
from gateway.confirming import Confirming
from gateway.delivery import RefusedError
from gateway.errors import GatewayError
from gateway.lanes import LIVE_SAMPLES, Backlog, Live
from gateway.outputs.json import Composer, Where
from gateway.portions import Portion, Sent, render
from gateway.ratelimit import RateLimit
from gateway.records import Segment
from gateway.refusals import Aside, Refusals
from gateway.spool import Spool
from gateway.telling import Statuses, Telling
from gateway.worker import Worker

log = logging.getLogger("gateway.publisher")

_LIVE_PORTION = 8192  # samples: some 2 MB of JSON
_BACKLOG_PORTION = 512  # samples, at first
_BACKLOG_MOST = 4096
_UNDER_WAY = 3  # portions of the live lane
_PAUSE_FIRST_S = 0.1
_LOOK_S = 1.0  # how often it is looked whether a topic that was refused may be tried again
_SESSION_S = 86_400  # for so long the broker keeps commands for us
_QUICK_S, _SLOW_S = 0.1, 0.4  # of a portion of the backlog, which live data may have to wait for


class Publisher:
    """`statuses` have retained messages that are due; `will` is left with the broker.

    `where` says where samples belong; `commands` as in `gateway.commands`.
    """

    def __init__(
        self,
        config: Config,
        spool: Spool,
        worker: Worker,
        clock: Clock,
        where: Where,
        statuses: Sequence[Statuses],
        will: aiomqtt.Will | None,
        commands: Any = None,
    ):
        self._config = config
        self._spool = spool
        self._worker = worker
        self._clock = clock
        self._where = where
        self._will = will
        self._commands = commands
        self._started_s = clock.monotonic_s()
        self._limit = RateLimit(log, clock)
        self._confirming = Confirming(spool, worker, self._limit)
        self._refusals = Refusals(clock, self._limit)
        self._telling = Telling(statuses, commands, self._refusals, clock, config.status_s)
        self._aside = Aside(clock)
        self._attempts = 0
        self._broker: Broker | None = None
        self._portion = _LIVE_PORTION
        self._backlog_portion = _BACKLOG_PORTION
        self.live = Live(spool, worker)
        self.backlog = Backlog(spool, worker)
        self.connected = False
        self.error: str | None = ""
        self.samples = 0
        self.late: Counter[int] = Counter()
        self.undecodable = 0

    def segments(self, segments: list[Segment]) -> None:
        """These were stored."""
        self.live.add(segments)

    def on_its_way(self) -> tuple[int, int | None]:
        """Return (a, b): segments up to a, and from b on, may be with the broker already."""
        if not self.connected:
            # What was delivered and is not yet forgotten would be called lost.
            return (self._spool.last_seq, None) if self._confirming.waits else (0, None)
        return self.backlog.taken, self.live.begin

    async def settle(self) -> None:
        """Forget now what was delivered."""
        await self._confirming.flush()

    async def run(self) -> None:
        """Keep a connection and empty the spool into it, for ever."""
        while True:
            try:
                async with self.broker() as broker:
                    await self._connected(broker)
            except* (aiomqtt.MqttError, RefusedError, GatewayError, OSError, UnicodeError) as group:
                self._disconnected(group)
            if self._broker:
                self._refusals.learn(self._broker.refusals, self._broker.oldest)
            self._broker = None
            self.live.stop()
            await self._confirming.flush()
            bounds = _PAUSE_FIRST_S, self._config.mqtt.retry_max_s
            await asyncio.sleep(pause_s(self._attempts, *bounds, random.random()))  # noqa: S311
            self._attempts += 1

    def broker(self) -> Broker:
        """Return a new connection to the broker, not yet opened."""
        on_message = self._commands.on_message if self._commands is not None else None
        name = f"neckar-{self._config.gateway}"
        return Broker(self._config.mqtt, name, self._will, on_message, _SESSION_S)

    @property
    def waiting(self) -> int:
        """Return how many messages are with the broker, which has not acknowledged them."""
        return self._broker.under_way if self._broker else 0

    @property
    def refused_topics(self) -> int:
        """Return how many topics the broker refuses: what they are to get waits on disk."""
        return self._refusals.count

    async def _connected(self, broker: Broker) -> None:
        self._broker = broker
        if self._commands is not None:
            city = self._config.city
            try:
                await broker.listen([f"neckar/{city}/+/cmd", f"neckar/{city}/+/+/cmd"])
            except RefusedError as e:  # a pity, but no reason to hold readings back
                self._limit.warning("listen", "no commands from the broker: %s", e)
        self.live.next_seq = 0
        self._aside.clear()
        self.backlog.start(await self._share_out())
        self._telling.connected()
        self.connected = True
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_live(broker), name="live")
            group.create_task(self._send_backlog(broker), name="backlog")
            group.create_task(self._telling.run(broker), name="telling")
            group.create_task(self._confirming.run(), name="confirm")

    def _disconnected(self, group: BaseExceptionGroup) -> None:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        # What was too much for the line within the timeout goes in smaller portions.
        self._portion = max(self._portion // 2, 1)
        self._backlog_portion = max(self._backlog_portion // 2, 1)
        reason = str(error) or type(error).__name__
        if reason != self.error:
            kind = "lost" if self.error is None else "away"
            self._limit.warning(kind, "broker: %s; readings wait on disk", reason)
        self.connected, self.error = False, reason

    def _delivered(self) -> None:
        """The broker took something: only now, not when it let us in, is all well again."""
        if self.error is not None:
            log.info("delivering to %s:%d", self._config.mqtt.host, self._config.mqtt.port)
        self.error = None
        self._attempts = 0

    async def _send_live(self, broker: Broker) -> None:
        """Send what is new, a few portions at once, and confirm each when it is delivered."""
        under_way: asyncio.Queue[Sent] = asyncio.Queue(_UNDER_WAY)
        composer = self._composer(broker)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._finish_live(under_way))
            while True:
                await self._wait_for_news()
                segments = await self.live.take(self._portion)
                if not segments:
                    continue
                portion = await render(composer, segments, self._clock)
                await under_way.put(self._send(broker, portion))
                self._portion = min(2 * self._portion, _LIVE_PORTION)
                if self._is_behind(segments):
                    await under_way.join()
                    await self._confirming.flush()
                    self.backlog.extend(await self._share_out())

    async def _finish_live(self, under_way: asyncio.Queue) -> None:
        while True:
            sent = await under_way.get()
            await self._finish(sent)
            self.live.begin = max(self.live.begin, sent.portion.segments[-1].seq + 1)
            under_way.task_done()

    def _send(self, broker: Broker, portion: Portion, backlog: bool = False) -> Sent:
        """Begin to send what is not left out just now."""
        left_out = self._refusals.left_out()
        messages = [message for message in portion.messages if message[0] not in left_out]
        return Sent(portion, broker.start(messages, backlog=backlog), left_out)

    async def _finish(self, sent: Sent) -> None:
        """Wait for a portion; rows of which something was refused, or left out, stay on disk."""
        portion, delivery, left_out = sent
        try:
            await delivery
        except RefusedError:
            self._refusals.note(delivery.refused)
        # What was left out is known from then: by now it may be allowed again.
        aside = portion.with_nodes_of(left_out | delivery.refused.keys())
        self._aside.put(aside)
        if aside:
            self.backlog.news.set()
        self._count(portion, aside)

    async def _wait_for_news(self) -> None:
        """Wait for a segment, and then for its company."""
        live = self.live
        while not live.waits:
            live.news.clear()
            await live.news.wait()
        if not live.is_behind:
            await asyncio.sleep(self._config.mqtt.linger_ms / 1000)

    def _is_behind(self, segments: list[Segment]) -> bool:
        """Say whether more comes in than leaves, so that what is sent as live no longer is."""
        frames = segments[0].frames
        age_ms = self._clock.unix_ms() - frames[0].received_ms if frames else 0
        return age_ms > 1000 * self._config.late_after_s and self.live.waits

    async def _share_out(self) -> int:
        """Say which rows are live now; return up to which segment they have waited."""
        bounds = LIVE_SAMPLES, self._config.late_after_s
        running_s = self._clock.monotonic_s() - self._started_s
        boundary = await self._worker.run(self._spool.newest, *bounds, running_s)
        boundary = max(boundary, self.live.next_seq - 1)
        self.live.start(boundary + 1)
        return boundary

    async def _send_backlog(self, broker: Broker) -> None:
        composer = self._composer(broker)
        backlog = self.backlog
        while True:
            segments = await backlog.take(self._backlog_portion)
            if not segments:
                await self._wait_for_backlog()
                continue
            portion = await render(composer, segments, self._clock, backlog=True)
            begun_s = self._clock.monotonic_s()
            await self._finish(self._send(broker, portion, backlog=True))
            took_s = self._clock.monotonic_s() - begun_s
            if took_s > _SLOW_S:
                self._backlog_portion = max(self._backlog_portion // 2, 1)
            elif took_s < _QUICK_S:
                self._backlog_portion = min(2 * self._backlog_portion, _BACKLOG_MOST)

    async def _wait_for_backlog(self) -> None:
        """Wait until something waits, or what was set aside may be tried again."""
        if not self._spool.rows:
            self._delivered()  # there is nothing to wait for
        self.backlog.news.clear()
        if not self._aside.newest:
            await self.backlog.news.wait()
            return
        await self._confirming.flush()
        self.backlog.rest()
        self._aside.pause()
        try:
            await asyncio.wait_for(self.backlog.news.wait(), _LOOK_S)
        except TimeoutError:
            due = self._aside.take_due()
            if due:
                self.backlog.start(due)

    def _composer(self, broker: Broker) -> Composer:
        mqtt, most = self._config.mqtt, broker.max_payload
        bounds = self._config.late_after_s, mqtt.samples_per_message, most
        return Composer(self._config.city, self._where, *bounds)

    def _count(self, portion: Portion, aside: list[Segment]) -> None:
        self._confirming.add(sent := [s for s in portion.segments if s not in aside])
        self.samples += sum(segment.samples for segment in sent) if aside else portion.samples
        again = {frame.node for segment in aside for frame in segment.frames}
        self.late.update({n: count for n, count in portion.late.items() if n not in again})
        self.undecodable += portion.undecodable
        self._delivered()
