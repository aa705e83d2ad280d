"""Frames become rows on disk, and only then an ack leaves.

Place: links -> `frame` -> sessions -> one transaction -> acks; publisher is woken.
Guarantee: a node hears "safe" only after the commit that holds its samples. Where a commit fails,
nothing of it is acknowledged and the sessions start again from the disk. Bad frames are counted by
kind and logged with a rate limit; none raises.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway import sessions
from gateway.clock import Clock
from gateway.config import Node
from gateway.errors import SpoolError
from gateway.ratelimit import RateLimit
from gateway.records import NODE_DROPPED, UNKNOWN_BEFORE, Frame, Group, Loss
from gateway.sessions import Peer
from gateway.spool import Spool
from gateway.worker import Worker
from protocol import session as events
from protocol.envelope import parse
from protocol.errors import BAD_TAG, UNKNOWN_NODE, FrameError

log = logging.getLogger("gateway.ingest")

QUEUE_LIMIT = 20_000


class Link(Protocol):
    """What ingest needs of the way that a frame came: a name, and a way to answer.

    `quality` is (RSSI in dBm, SNR in quarters of a dB, margin in dB), which the node is told.
    """

    name: str
    quality: tuple[int, int, int] | None

    def send(self, frame: bytes) -> None:
        """Send a frame to whoever listens on this link."""


@dataclass
class Heard:
    """What a node said lately, for its status; not durable."""

    link: str = ""
    at_ms: int = 0
    at_s: float = 0.0
    firmware: str = ""
    fields: dict[str, int] = field(default_factory=dict)


@dataclass
class _Pending:
    peer: Peer
    link: Link
    event: tuple[str, Any, Any, int]


class Ingest:
    """Feed it frames with `frame`; `run` commits and answers."""

    def __init__(
        self,
        nodes: tuple[Node, ...],
        spool: Spool,
        worker: Worker,
        clock: Clock,
        on_rows: Callable[[], None],
        commit_s: float,
    ):
        self._nodes = nodes
        self._spool = spool
        self._worker = worker
        self._clock = clock
        self._on_rows = on_rows
        self._commit_s = commit_s
        self._started_s = clock.monotonic_s()
        self._queue: list[_Pending] = []
        self._work = asyncio.Event()
        self._committing = asyncio.Lock()
        self._limit = RateLimit(log, clock)
        self.peers: dict[int, Peer] = {}
        self.heard: dict[int, Heard] = {}
        self.lost: Counter[tuple[int, int]] = Counter()
        self.refused: Counter[str] = Counter()
        self.queue_dropped = 0
        self.storing = True
        self.store_error = ""

    async def load(self) -> None:
        """Build the sessions from the disk."""
        states = await self._worker.run(self._spool.states)
        lost = await self._worker.run(self._spool.losses)
        # From here to the end without a pause: what is queued belongs to sessions that end now.
        self._queue.clear()
        self.peers = sessions.build(self._nodes, states)
        self.lost = Counter(lost)
        for node in self._nodes:
            self.heard.setdefault(node.id, Heard())

    def frame(self, link: Link, frame: bytes) -> None:
        """Take one frame that came over `link`."""
        try:
            parsed = parse(frame)
            peer = self.peers.get(parsed.node)
            if peer is None or parsed.down:
                raise FrameError(UNKNOWN_NODE)
        except FrameError as e:
            self._refuse(e.kind, link)
            return
        if len(self._queue) >= QUEUE_LIMIT:
            self.queue_dropped += 1
            return
        if peer.is_copy(frame, link.name, self._clock.monotonic_s()):
            return
        before = dict(peer.session.refused)
        peer.session.receive(parsed, self._clock.unix_ms())
        for kind, count in peer.session.refused.items():
            if count != before[kind]:
                self._refuse(kind, link, peer)
        self._take_events(peer, link)

    def _refuse(self, kind: str, link: Link, peer: Peer | None = None) -> None:
        self.refused[kind] += 1
        name = peer.node.name if peer else "nobody known"
        text = "frame refused: %s, from %s on %s"
        if kind == BAD_TAG and peer and not peer.node.radio and link.quality:
            text += " (it came by LoRa: has it radio = true?)"
        self._limit.warning(kind, text, kind, name, link.name)

    def _take_events(self, peer: Peer, link: Link) -> None:
        event = peer.session.next_event()
        while event is not None:
            self._count(peer, event)
            self._queue.append(_Pending(peer, link, event))
            event = peer.session.next_event()
        if self._queue:
            self._work.set()

    def _count(self, peer: Peer, event: tuple[str, Any, Any, int]) -> None:
        """Keep the ledger at the pace of the session, so that its numbers always add up."""
        if event[0] == events.SAMPLES:
            peer.received += len(event[2][1])
        self.lost[peer.key] += sum(last - first + 1 for first, last, _ in _lost(event))

    async def run(self) -> None:
        """Commit what came in, in groups, for ever."""
        next_s = 0.0
        while True:
            await self._work.wait()
            # An idle gateway stores at once; a busy one collects frames for each sync of the disk.
            await asyncio.sleep(max(next_s - self._clock.monotonic_s(), 0))
            next_s = self._clock.monotonic_s() + self._commit_s
            # Whoever cancels us must not leave before it is known whether the disk took it.
            await asyncio.shield(self.commit())

    async def commit(self) -> None:
        """Make everything queued durable and answer it."""
        async with self._committing:
            await self._commit()

    async def _commit(self) -> None:
        self._work.clear()
        pending, self._queue = self._queue, []
        if not pending:
            return
        peers = {p.peer.key: p.peer for p in pending}
        group = self._group(pending, peers)
        promises = {peer.node.id: peer.session.promise() for peer in peers.values()}
        try:
            running_s = self._clock.monotonic_s() - self._started_s
            await self._worker.run(self._spool.commit, group, running_s)
        except SpoolError as e:
            await self._forget(e)
            return
        self._stored()
        for p in pending:
            self._answer(p, promises[p.peer.node.id])
        if group.frames:
            self._on_rows()

    def _group(self, pending: list[_Pending], peers: dict[tuple[int, int], Peer]) -> Group:
        group = Group()
        for p in pending:
            kind, _, content, at_ms = p.event
            node, epoch = p.peer.key
            heard = self.heard[node]
            heard.link, heard.at_ms = p.link.name, at_ms
            heard.at_s = self._clock.monotonic_s()
            for first, last, reason in _lost(p.event):
                group.losses.append(Loss(node, epoch, first, last, reason, at_ms))
            if kind == events.SAMPLES:
                message, fresh, plain = content[:3]
                if fresh:
                    mask = sum(1 << (number - message.first) for number in fresh)
                    group.frames.append(Frame(node, epoch, message.first, mask, at_ms, plain))
            else:
                self._hear(p.peer, heard, kind, content)
        group.states = [peer.state() for peer in peers.values()]
        return group

    def _hear(self, peer: Peer, heard: Heard, kind: str, content: Any) -> None:
        """Keep or log what is no sample."""
        name = peer.node.name
        if kind == events.HELLO:
            heard.firmware = content[0].firmware
        elif kind == events.STATUS:
            heard.fields = content.fields
        elif kind == events.NOTE:
            log.info("note from %s: %s", name, ascii(content.text))
        elif kind == events.CRASH:
            what = content.exception or "an exception"
            module = ascii(content.module)
            firmware = content.firmware.hex()
            log.warning("%s crashed: %s in %s:%d of %s", name, what, module, content.line, firmware)
        elif kind == events.RESULT:
            log.info("result of command %d from %s: %d", content.number, name, content.code)
        elif kind == events.UNREADABLE:
            text = "%s speaks a newer protocol: update this gateway; the node keeps its readings"
            self._limit.warning(f"unreadable {name}", text, name)

    def _answer(self, p: _Pending, promise: tuple) -> None:
        session = p.peer.session
        session.acknowledge(p.event, promise, self._clock.unix_ms(), p.link.quality)
        try:
            frame = session.data_to_send(p.event[3])
        except ValueError as e:  # one node's answer that has no form must not end the others
            self._limit.warning("answer", "no answer to %s: %s", p.peer.node.name, e)
            return
        if frame is not None:
            p.link.send(frame)

    def _stored(self) -> None:
        if not self.storing:
            log.warning("storing again")
        self.storing, self.store_error = True, ""

    async def _forget(self, error: SpoolError) -> None:
        """The disk refused: nothing is acknowledged, and nothing of it happened."""
        if self.storing:
            log.error("cannot store, nothing is acknowledged: %s", error)
        self.storing, self.store_error = False, str(error)
        refused = {node: peer.session.refused for node, peer in self.peers.items()}
        await self.load()
        for node, counts in refused.items():
            self.peers[node].session.refused = counts


def _lost(event: tuple[str, Any, Any, int]) -> list[tuple[int, int, str]]:
    """Name what is gone by an event, as (first, last, reason)."""
    kind, _, content, _ = event
    if kind in (events.SAMPLES, events.HELLO):
        lost, is_new = content[-2:]
    elif kind == events.GONE:
        lost, is_new = content, False
    else:
        return []
    reason = UNKNOWN_BEFORE if is_new else NODE_DROPPED
    return [(first, end - 1, reason) for first, end in lost]
