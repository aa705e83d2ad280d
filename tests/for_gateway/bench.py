"""An Ingest on a real spool, without ports and broker: frames in, answers out, rows on disk."""

import asyncio

from gateway.config import Node
from gateway.ingest import Ingest
from gateway.spool import Spool
from gateway.worker import Worker
from tests.fakes.clock import FakeClock

KEY = bytes(range(16))
NODES = (Node(17, "air-17", "mitte", 1, KEY), Node(18, "air-18", "mitte", 1, bytes(16)))


class Cable:
    """A link that remembers what was answered."""

    name = "cable"
    quality = None

    def __init__(self):
        self.sent = []

    def send(self, frame):
        self.sent.append(frame)


class Bench:
    """An Ingest on a real spool, a cable, and a clock."""

    def __init__(self, path):
        self.path = path
        self.clock = FakeClock()
        self.worker = Worker()
        self.spool = Spool(path, 10**9, 10**12)
        self.cable = Cable()
        self.woken = 0
        self.now_ms = 0
        self.ingest = Ingest(NODES, self.spool, self.worker, self.clock, self._wake, 0)

    def _wake(self):
        self.woken += 1

    async def exchange(self, node):
        """Let a node and the gateway talk until the node has nothing to say."""
        for _ in range(100):
            frame = node.frame(self.now_ms)
            if frame is None:
                return
            self.ingest.frame(self.cable, frame)
            await self.ingest.commit()
            for answer in self.cable.sent:
                node.take(answer, self.now_ms)
            self.cable.sent.clear()
            self.now_ms += 50

    def published(self):
        """Return the sample numbers in the spool, in its order."""
        return [
            frame.first + i
            for frame in self.spool.oldest(0, 10**6)
            for i in range(64)
            if frame.fresh >> i & 1
        ]

    def peer(self, node=17):
        return self.ingest.peers[node]


def run(job):
    """Run a coroutine."""
    asyncio.run(job)
