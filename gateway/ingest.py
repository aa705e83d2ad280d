"""Frames become rows on disk, and only then an ack leaves.

Place: links -> `frames` -> sessions -> one transaction -> answers; publisher gets the segments.
Guarantee: a node hears "safe" only after the commit that holds its samples. Where a commit fails,
nothing of it is acknowledged and the sessions start again from the disk. Bad frames are counted by
kind and logged with a rate limit; none raises.

What a frame costs here decides how many a gateway takes; the loop over them is flat for that.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from gateway.answering import Answering
from gateway.clock import Clock
from gateway.collecting import Collecting
from gateway.errors import GatewayError, SpoolError
from gateway.hearing import hear
from gateway.ratelimit import RateLimit
from gateway.records import Evidence, Loss, Segment
from gateway.registry.node import Node
from gateway.registry.registry import Registry
from gateway.sessions import Heard, Link, Peer
from gateway.spool import Spool
from gateway.worker import Worker
from protocol import session as events
from protocol.envelope import parse
from protocol.errors import BAD_TAG, REFUSALS, UNKNOWN_NODE, FrameError

log = logging.getLogger("gateway.ingest")

QUEUE_LIMIT = 20_000
_EVIDENCE_EVERY_S = 1.0
_PAUSE_S = 0.005
_PAUSES = 20
REVOKED = "revoked"


class Ingest:
    """Feed it frames with `frames`; `run` commits and answers.

    `on_segments` gets what was stored; `on_security(kind, node, link name)` what an operator should
    know; `commands` as in `gateway.commands`; `is_behind` says that the publisher is.
    """

    def __init__(
        self,
        registry: Registry,
        spool: Spool,
        worker: Worker,
        clock: Clock,
        on_segments: Callable[[list[Segment]], None],
        commit_s: float,
        late_after_s: int = 300,
        commands: Any = None,
        on_security: Callable[[str, int | None, str], None] = lambda kind, node, link: None,
        is_behind: Callable[[], bool] = lambda: False,
    ):
        self._registry = registry
        self._spool = spool
        self._worker = worker
        self._clock = clock
        self._on_segments = on_segments
        self._commit_s = commit_s
        self._late_after_s = late_after_s
        self._commands = commands
        self._on_security = on_security
        self._is_behind = is_behind
        self._started_s = clock.monotonic_s()
        self._open = Collecting(late_after_s)
        self._work = asyncio.Event()
        self._committing = asyncio.Lock()
        self._limit = RateLimit(log, clock)
        self.answering = Answering(clock, self._limit, commands)
        self._revoked: dict[int, Node] = {}
        self._quiet_until: dict[int, float] = {}  # of revoked nodes
        self._stale: dict[int, Peer] = {}  # their last samples are not on disk
        self.peers: dict[int, Peer] = {}
        self.heard: dict[int, Heard] = {}
        self.refused: Counter[str] = Counter()
        self.queue_dropped = 0
        self.commits = 0  # tried
        self.samples = 0  # new ones that were stored
        self.storing = True
        self.store_error = ""

    def frames(self, link: Link, frames: list[bytes]) -> None:
        """Take frames that came over `link`."""
        now_ms = self._clock.unix_ms()
        now_s = self._clock.monotonic_s()
        peers = self.peers
        collecting = self._open
        room = QUEUE_LIMIT - collecting.count
        for frame in frames:
            try:
                parsed = parse(frame)
            except FrameError as e:
                self._refuse(e.kind, link)
                continue
            if parsed.down:
                self._refuse(UNKNOWN_NODE, link)
                continue
            peer = peers.get(parsed.node) or self._meet(parsed.node, link, frame)
            if peer is None:
                continue
            if room <= 0:
                self.queue_dropped += 1
                continue
            way: Any = link
            if peer.node.radio:
                way = peer.arrive(frame, link, now_s)
                if way is None:
                    continue
            session = peer.session
            usual = session.receive_usual(parsed, now_ms)
            if usual is not None:
                room -= 1
                message, plain = usual
                collecting.take_usual(peer, way, message, plain, parsed.more, now_ms)
                peer.heard.now(link.name, now_ms, now_s)
                continue
            refusal = session.receive(parsed, now_ms)
            if refusal is not None:
                self._refuse(refusal, link, peer)
            event = session.next_event()
            if event is not None:
                peer.heard.now(link.name, now_ms, now_s)
            while event is not None:
                room -= 1
                collecting.take(peer, way, event)
                if event[0] != events.SAMPLES:
                    hear(peer, event, self._limit)
                event = session.next_event()
        if collecting.count:
            self._work.set()

    def _meet(self, address: int, link: Link, frame: bytes) -> Peer | None:
        """Return the peer of a node that is heard for the first time, or None."""
        if address in self._stale:
            self.queue_dropped += 1  # what the old session took is not yet on disk
            return None
        try:
            node = self._find(address)
            if node is None:
                self._refuse(UNKNOWN_NODE, link)
                return None
            if node.revoked:
                self._quarantine(address, link, frame)
                return None
            heard = self.heard.setdefault(address, Heard())
            # The numbers of samples, and with them the ledger, go on from key to key.
            epochs = [node.epoch, *(epoch for epoch, _ in node.older)]
            lost = sum(self._spool.lost(address, epoch) for epoch in epochs)
            peer = Peer(node, self._spool.state, heard, lost)
        except GatewayError as e:  # the disk fails: the node keeps what it has, and asks again
            self._limit.warning("state", "cannot look up node %d: %s", address, e)
            return None
        self.peers[address] = peer
        if self._commands is not None:
            self._commands.attach(node, peer.session)
        return peer

    def _find(self, address: int) -> Node | None:
        """Return a registered node; a revoked one, who may flood us, is looked up once."""
        if not self._registry.known[address]:
            return None
        node = self._revoked.get(address) or self._registry.find(address)
        if node is not None and node.revoked:
            self._revoked[address] = node
        return node

    def _quarantine(self, address: int, link: Link, frame: bytes) -> None:
        """Keep a frame of a revoked node as evidence, of a flood one each second."""
        self.refused[REVOKED] += 1
        self._on_security(REVOKED, address, link.name)
        now_s = self._clock.monotonic_s()
        if now_s < self._quiet_until.get(address, 0.0):
            return
        self._quiet_until[address] = now_s + _EVIDENCE_EVERY_S
        at_ms = self._clock.unix_ms()
        self._open.group.evidence.append(Evidence(address, at_ms, link.name, frame))
        self._open.count += 1
        self._work.set()

    def _refuse(self, kind: str, link: Link, peer: Peer | None = None) -> None:
        self.refused[kind] += 1
        name = peer.node.name if peer else "nobody known"
        text = "frame refused: %s, from %s on %s"
        if kind == BAD_TAG and peer and not peer.node.radio and link.quality:
            text += " (it came by LoRa: has it radio = true?)"
        self._limit.warning(kind, text, kind, name, link.name)
        if peer and kind in REFUSALS:
            self._on_security(kind, peer.node.id, link.name)

    def renew(self, addresses: set[int]) -> None:
        """The registry changed: build these sessions anew, with what was taken until now.

        Until that is on disk the nodes are not heard: one that never pauses could keep its old
        key in use.
        """
        for address in addresses:
            self._revoked.pop(address, None)
        for address in addresses & self.peers.keys():
            self._stale[address] = self.peers.pop(address)
        if not self._committing.locked():
            self._drop_stale()

    def _drop_stale(self) -> None:
        touched = self._open.touched
        self._stale = {a: peer for a, peer in self._stale.items() if id(peer) in touched}

    async def run(self) -> None:
        """Commit what came in, in groups, for ever."""
        next_s = 0.0
        while True:
            await self._work.wait()
            # An idle gateway stores at once; a busy one collects frames for each sync of the disk.
            await asyncio.sleep(max(next_s - self._clock.monotonic_s(), 0))
            await self._let_others_catch_up()
            next_s = self._clock.monotonic_s() + self._commit_s
            # Whoever cancels us must not leave before it is known whether the disk took it.
            await asyncio.shield(self.commit())

    async def _let_others_catch_up(self) -> None:
        """Where the publisher is behind, answers wait a moment: who asks, asks less."""
        for _ in range(_PAUSES):
            if not self._is_behind():
                return
            await asyncio.sleep(_PAUSE_S)

    async def commit(self) -> None:
        """Make everything taken durable and answer it."""
        async with self._committing:
            await self._commit()
            self._drop_stale()

    async def _commit(self) -> None:
        self._work.clear()
        taken, self._open = self._open, Collecting(self._late_after_s)
        if not taken.count:
            return
        taken.finish()
        self.commits += 1
        try:
            running_s = self._clock.monotonic_s() - self._started_s
            segments = await self._worker.run(self._spool.commit, taken.group, running_s)
        except SpoolError as e:
            self._forget(e)
            return
        self._stored()
        self.samples += taken.samples
        self.answering.give(taken)
        if segments:
            self._on_segments(taken.with_messages(segments))

    @property
    def waiting(self) -> int:
        """Return how much waits for a commit."""
        return self._open.count

    def add_loss(self, loss: Loss) -> None:
        """The spool dropped samples."""
        peer = self.peers.get(loss.node)
        if peer is not None and peer.key == (loss.node, loss.epoch):
            peer.lost += loss.last - loss.first + 1

    def _stored(self) -> None:
        if not self.storing:
            log.warning("storing again")
        self.storing, self.store_error = True, ""

    def _forget(self, error: SpoolError) -> None:
        """The disk refused: nothing is acknowledged, and nothing of it happened."""
        if self.storing:
            log.error("cannot store, nothing is acknowledged: %s", error)
        self.storing, self.store_error = False, str(error)
        # What came meanwhile belongs to sessions that end now, too.
        self._open = Collecting(self._late_after_s)
        self._work.clear()
        self.peers.clear()
        self._stale.clear()
