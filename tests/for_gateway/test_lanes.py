"""What goes to the broker next: each lane in order, no row twice or never, whenever it is told."""

import asyncio
import random

import pytest

from gateway import lanes
from gateway.lanes import Backlog, Live
from gateway.records import Group
from gateway.spool import Spool
from gateway.worker import Worker
from tests.for_gateway.bench import run
from tests.for_gateway.publishing import row


class Lone:
    """A Live over a spool of its own."""

    def __init__(self, path):
        self.spool = Spool(path, 10**9, 10**12)
        self.live = Live(self.spool, Worker())
        self.number = 0

    def put(self):
        frame = row(self.number)
        self.number += 1
        return self.spool.commit(Group(frames=[frame]))

    async def all(self, limit=3):
        """Take until nothing waits."""
        taken = []
        while self.live.waits:
            taken += [segment.seq for segment in await self.live.take(limit)]
        return taken


def test_what_was_just_stored_comes_from_memory_and_the_rest_from_the_disk(tmp_path):
    async def job():
        lone = Lone(tmp_path / "spool.db")
        for _ in range(3):
            lone.live.add(lone.put())  # nobody is connected: not kept
        lone.live.start(1)
        for _ in range(3):
            lone.live.add(lone.put())
        reads = []
        read = lone.spool.read
        lone.spool.read = lambda *bounds: reads.append(bounds[:2]) or read(*bounds)
        assert await lone.all() == [1, 2, 3, 4, 5, 6]
        assert reads == [(0, 3)]

    run(job())


def test_a_segment_that_is_on_disk_before_it_is_told_of_is_sent_once(tmp_path):
    """The worker has committed; the event loop reads the disk before it hears of that."""

    async def job():
        lone = Lone(tmp_path / "spool.db")
        lone.live.start(1)
        told_later = [lone.put() for _ in range(4)]
        assert await lone.all() == [1, 2, 3, 4]
        for segments in told_later:
            lone.live.add(segments)
        assert await lone.all() == []
        lone.live.add(lone.put())
        assert await lone.all() == [5]

    run(job())


def test_a_segment_that_is_told_of_while_the_disk_is_read_is_sent_once(tmp_path):
    async def job():
        lone = Lone(tmp_path / "spool.db")
        lone.live.start(1)
        told_later = [lone.put() for _ in range(4)]
        read = lone.spool.read
        loop = asyncio.get_running_loop()

        def slow(*bounds):
            for segments in told_later:
                loop.call_soon_threadsafe(lone.live.add, segments)
            told_later.clear()
            return read(*bounds)

        lone.spool.read = slow
        assert await lone.all(100) == [1, 2, 3, 4]

    run(job())


def test_memory_is_bounded_and_the_disk_has_what_did_not_fit(tmp_path, monkeypatch):
    async def job():
        size = len(row(0).plain)
        monkeypatch.setattr(lanes, "_MEMORY", 3 * size)
        lone = Lone(tmp_path / "spool.db")
        lone.live.start(1)
        for _ in range(10):
            lone.live.add(lone.put())
        assert [segment.seq for segment in lone.live._fresh] == [1, 2, 3]
        assert lone.live.is_full
        assert [segment.seq for segment in await lone.live.take(2)] == [1, 2]
        lone.live.add(lone.put())  # not the next of those in memory: a hole is not kept
        assert await lone.all() == [3, 4, 5, 6, 7, 8, 9, 10, 11]
        assert lone.live._bytes == 0

    run(job())


@pytest.mark.parametrize("seed", range(20))
def test_live_gives_every_segment_once_in_order_in_whatever_order_things_happen(
    tmp_path, seed, monkeypatch
):
    async def job():
        chance = random.Random(seed)
        monkeypatch.setattr(lanes, "_MEMORY", 150)
        monkeypatch.setattr(lanes, "_READ_SAMPLES", 3)
        lone = Lone(tmp_path / "spool.db")
        untold, taken = [], []
        begin = 1
        for _ in range(chance.randrange(5)):
            lone.put()
            begin = chance.choice((begin, lone.spool.last_seq + 1))
        lone.live.start(begin)
        for _ in range(60):
            what = chance.randrange(3)
            if what == 0:
                untold.append(lone.put())
            elif what == 1 and untold:
                lone.live.add(untold.pop(0))
            else:
                taken += [segment.seq for segment in await lone.live.take(chance.randrange(1, 5))]
        taken += await lone.all()
        assert taken == list(range(begin, lone.spool.last_seq + 1))

    run(job())


def test_a_backlog_that_grows_goes_on_where_it_is(tmp_path):
    async def job():
        lone = Lone(tmp_path / "spool.db")
        for _ in range(6):
            lone.put()
        backlog = Backlog(lone.spool, Worker())
        backlog.start(3)
        assert [s.seq for s in await backlog.take(2)] == [1, 2]
        assert backlog.taken == 2
        backlog.extend(6)
        assert [s.seq for s in await backlog.take(9)] == [3, 4, 5, 6]
        assert await backlog.take(9) == []
        backlog.start(6)  # another connection: nothing was confirmed
        assert [s.seq for s in await backlog.take(9)] == [1, 2, 3, 4, 5, 6]

    run(job())
