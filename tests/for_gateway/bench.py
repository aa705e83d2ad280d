"""An Ingest on a real spool, without ports and broker: frames in, answers out, rows on disk."""

import asyncio
import sqlite3

from gateway.ingest import Ingest
from gateway.records import Frame, Loss, NodeState
from gateway.registry.node import Node
from gateway.spool import Spool
from gateway.worker import Worker
from tests.fakes.clock import FakeClock
from tests.fakes.registry import FakeRegistry

KEY = bytes(range(16))
NODES = (Node(17, "air-17", "mitte", 1, KEY), Node(18, "air-18", "mitte", 1, bytes(16)))


class Cable:
    """A link that remembers what was answered."""

    name = "cable"
    quality = None
    wait_s = 0.0

    def __init__(self):
        self.sent = []
        self.callbacks = []

    def send(self, frame, on_sent=None):
        self.sent.append(frame)
        if on_sent is not None:
            self.callbacks.append(on_sent)


class Bench:
    """An Ingest on a real spool, a cable, and a clock.

    `segments` are those that the publisher would get, `alarms` what the operator would be told.
    """

    def __init__(self, path, nodes=NODES, commands=None):
        self.path = path
        self.clock = FakeClock()
        self.worker = Worker()
        self.spool = Spool(path, 10**9, 10**12)
        self.registry = FakeRegistry(nodes)
        self.cable = Cable()
        self.segments = []
        self.alarms = []
        self.now_ms = 0
        self.ingest = Ingest(
            self.registry,
            self.spool,
            self.worker,
            self.clock,
            self.segments.extend,
            0,
            300,
            commands,
            lambda *alarm: self.alarms.append(alarm),
        )

    async def exchange(self, node):
        """Let a node and the gateway talk until the node has nothing to say."""
        for _ in range(100):
            frame = node.frame(self.now_ms)
            if frame is None:
                return
            for answer in await self.answers(frame):
                node.take(answer, self.now_ms)
            self.now_ms += 50

    def hear(self, *frames):
        """Hand frames to the gateway over the cable."""
        self.ingest.frames(self.cable, list(frames))

    async def answers(self, *frames):
        """Hand frames to the gateway, commit, and return the answers."""
        self.hear(*frames)
        await self.ingest.commit()
        sent = self.cable.sent[:]
        self.cable.sent.clear()
        return sent

    def stored(self) -> list[Frame]:
        """Return the rows in the spool, in its order."""
        return frames_of(self.spool)

    def published(self):
        """Return the sample numbers in the spool, in its order."""
        return [
            frame.first + i for frame in self.stored() for i in range(64) if frame.fresh >> i & 1
        ]

    def peer(self, node=17):
        return self.ingest.peers[node]


def said(node, bench):
    """Return the next frame of a node, however long it waits with it."""
    node.journal.append()
    for _ in range(20):
        bench.now_ms += 10**6
        frame = node.frame(bench.now_ms)
        if frame is not None:
            return frame
    raise AssertionError("it says nothing")


def change(bench, node):
    """Do what the operator's command does, and what the gateway does when it sees that."""
    bench.registry.change(node)
    bench.ingest.renew({node.id})


def frames_of(spool: Spool) -> list[Frame]:
    """Return the rows of a spool, in its order."""
    return [frame for segment in spool.read(0, 2**60, 10**9) for frame in segment.frames]


def states_of(path) -> list[NodeState]:
    """Return the states in a spool's file."""
    spool = Spool(path, 10**9, 10**12)
    rows = table(path, "SELECT node, epoch FROM node ORDER BY node, epoch")
    states = [spool.state(*row) for row in rows]
    spool.close()
    return states


def losses_of(path) -> dict[tuple[int, int], int]:
    """Return how many samples of (node, epoch) a spool's file calls lost."""
    sql = "SELECT node, epoch, sum(last - first + 1) FROM loss GROUP BY node, epoch"
    return {(node, epoch): count for node, epoch, count in table(path, sql)}


def loss_rows(path) -> list[Loss]:
    """Return what a spool's file calls lost, range by range."""
    return [Loss(*row) for row in table(path, "SELECT * FROM loss ORDER BY rowid")]


def table(path, sql, *values):
    """Return the rows of a question to a file, as somebody else sees it."""
    db = sqlite3.connect(path)
    rows = db.execute(sql, values).fetchall()
    db.close()
    return rows


def run(job):
    """Run a coroutine."""
    asyncio.run(job)
