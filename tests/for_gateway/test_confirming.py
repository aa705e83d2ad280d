"""What was delivered is forgotten, and nothing else, whoever asks and in whatever order."""

import asyncio
import logging
import random
import threading

import pytest

from gateway import confirming
from gateway.confirming import Confirming
from gateway.errors import SpoolError
from gateway.ratelimit import RateLimit
from gateway.records import Frame, Group, Segment
from gateway.spool import Spool
from gateway.worker import Worker
from tests.fakes.clock import FakeClock
from tests.for_gateway.bench import frames_of, run


def _segments(*numbers):
    return [Segment(number, []) for number in numbers]


class Setting:
    """A spool with segments 1 .. `count`, of one row each with the number of its segment."""

    def __init__(self, path, count):
        self.spool = Spool(path / "spool.db", 10**9, 10**12)
        for number in range(1, count + 1):
            self.spool.commit(Group(frames=[Frame(17, 1, number, 1, 1000, b"x")]))
        self.confirmed = []
        self._confirm = self.spool.confirm
        self.spool.confirm = self.confirm
        limit = RateLimit(logging.getLogger("test"), FakeClock())
        self.confirming = Confirming(self.spool, Worker(), limit)

    def confirm(self, first, last):
        self.confirmed.append((first, last))
        self._confirm(first, last)

    def left(self):
        return [frame.first for frame in frames_of(self.spool)]


def test_two_lanes_by_turns_are_two_ranges(tmp_path):
    async def job():
        setting = Setting(tmp_path, 20)
        for step in range(4):
            setting.confirming.add(_segments(11 + 2 * step, 12 + 2 * step))
            setting.confirming.add(_segments(1 + step))
        await setting.confirming.flush()
        assert setting.confirmed == [(11, 18), (1, 4)]
        assert setting.left() == [5, 6, 7, 8, 9, 10, 19, 20]

    run(job())


def test_a_hole_is_never_closed(tmp_path):
    async def job():
        setting = Setting(tmp_path, 10)
        setting.confirming.add(_segments(1, 2, 4, 7, 8))
        await setting.confirming.flush()
        assert setting.left() == [3, 5, 6, 9, 10]

    run(job())


def test_what_is_added_while_the_disk_works_is_confirmed_too(tmp_path):
    async def job():
        setting = Setting(tmp_path, 10)
        loop = asyncio.get_running_loop()
        good = setting.confirm
        more = [_segments(4, 5), _segments(8)]

        def slow(first, last):
            if more:
                done = threading.Event()
                segments = more.pop(0)
                loop.call_soon_threadsafe(lambda: (setting.confirming.add(segments), done.set()))
                done.wait(5)
            good(first, last)

        setting.spool.confirm = slow
        setting.confirming.add(_segments(2, 3))
        await setting.confirming.flush()
        assert setting.left() == [1, 6, 7, 9, 10]

    run(job())


def test_two_that_flush_at_once_confirm_nothing_that_was_not_delivered(tmp_path):
    """The publisher flushes when it is behind, while the task that always does is at it."""

    async def job():
        setting = Setting(tmp_path, 30)
        setting.confirming.add(_segments(2, 3))
        setting.confirming.add(_segments(20, 21))
        await asyncio.gather(*(setting.confirming.flush() for _ in range(3)))
        assert setting.left() == [1, *range(4, 20), *range(22, 31)]
        await setting.confirming.flush()

    run(job())


def test_a_flush_that_is_cancelled_is_made_good_by_the_next(tmp_path):
    async def job():
        setting = Setting(tmp_path, 5)
        setting.confirming.add(_segments(1, 2))
        task = asyncio.create_task(setting.confirming.flush())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        setting.confirming.add(_segments(3))
        await setting.confirming.flush()
        assert setting.left() == [4, 5]

    run(job())


def test_a_disk_that_cannot_forget_is_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr(confirming, "_EVERY_S", 0)

    async def job():
        setting = Setting(tmp_path, 5)
        errors = [SpoolError("full", full=True)] * 3

        def full(first, last):
            if errors:
                raise errors.pop()
            setting.confirm(first, last)

        setting.spool.confirm = full
        setting.confirming.add(_segments(1, 2))
        task = asyncio.create_task(setting.confirming.run())
        async with asyncio.timeout(5):
            while setting.spool.rows > 3:
                await asyncio.sleep(0)
        task.cancel()
        assert (errors, setting.left()) == ([], [3, 4, 5])

    run(job())


@pytest.mark.parametrize("seed", range(10))
def test_exactly_what_was_delivered_is_forgotten(tmp_path, seed):
    """Two lanes, reconnects that deliver again, flushes at any moment."""

    async def job():
        chance = random.Random(seed)
        setting = Setting(tmp_path, 60)
        delivered = set()
        tasks = []
        for _ in range(4):
            lanes = [list(range(1, 30)), list(range(30 + chance.randrange(9), 61))]
            for _ in range(chance.randrange(30)):
                lane = chance.choice(lanes)
                some = [lane.pop(0) for _ in range(min(len(lane), chance.randrange(1, 4)))]
                if some:
                    setting.confirming.add(_segments(*some))
                    delivered.update(some)
                if chance.random() < 0.3:
                    tasks.append(asyncio.create_task(setting.confirming.flush()))
                if chance.random() < 0.3:
                    await asyncio.sleep(0)
                if tasks and chance.random() < 0.1:
                    tasks.pop().cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await setting.confirming.flush()
        assert setting.left() == sorted(set(range(1, 61)) - delivered)

    run(job())
