"""Two lanes to one broker: lines that are cut, brokers that hold, disks that trim, and kills."""

import asyncio
import random

import pytest

from gateway import lanes
from gateway.records import Group
from tests.for_gateway.bench import Bench, frames_of, run
from tests.for_gateway.publishing import (
    LATE_S,
    MemoryBroker,
    numbers_of,
    publisher_of,
    row,
    running,
    settle,
    until,
)


class Store:
    """A spool whose commits are told to whoever listens, at once or later."""

    def __init__(self, bench):
        self.bench = bench
        self.number = 0
        self.tell = lambda segments: None

    def put(self, count=1):
        """Commit one segment of `count` rows; return what is to be told."""
        frames = [row(self.number + i) for i in range(count)]
        self.number += count
        running_s = self.bench.clock.monotonic_s() - 1000
        # In the worker's thread, as ingest does: the file has one user at a time.
        commit = self.bench.worker._pool.submit(
            self.bench.spool.commit, Group(frames=frames), running_s
        )
        return commit.result()

    def store(self, commits, count=1):
        """Commit, and tell the publisher."""
        for _ in range(commits):
            self.tell(self.put(count))


def _publishing(path, **mqtt):
    """Return (bench, store, broker, publisher)."""
    bench = Bench(path)
    store, broker = Store(bench), MemoryBroker()
    publisher = publisher_of(bench, broker, retry_max_s=0.001, **mqtt)
    store.tell = publisher.segments
    return bench, store, broker, publisher


def _climbs(messages):
    numbers = numbers_of(messages)
    return numbers == sorted(set(numbers))


def test_what_is_new_goes_live_and_what_waited_goes_as_backlog(tmp_path):
    async def job():
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        store.store(5)
        bench.clock.advance(LATE_S + 1)
        store.store(4)
        async with running(publisher):
            await until(lambda: not bench.spool.rows)
            store.store(3)
            await until(lambda: not bench.spool.rows)
        assert numbers_of(broker.backlog) == [0, 1, 2, 3, 4]
        assert numbers_of(broker.live) == [5, 6, 7, 8, 9, 10, 11]
        assert all(b'"backlog":true' in payload for _, payload in broker.backlog)
        assert not any(b'"backlog"' in payload for _, payload in broker.live)

    run(job())


def test_a_backlog_that_no_broker_takes_does_not_delay_what_is_new(tmp_path):
    async def job():
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        store.store(5)
        bench.clock.advance(LATE_S + 1)
        broker.holds = True
        async with running(publisher):
            await until(lambda: broker.backlog)
            broker.holds = False
            store.store(5)
            await until(lambda: numbers_of(broker.live) == [5, 6, 7, 8, 9])
            await until(lambda: bench.spool.rows == 5)
            assert [frame.first for frame in frames_of(bench.spool)] == [0, 1, 2, 3, 4]
            broker.release()
            await until(lambda: not bench.spool.rows)

    run(job())


@pytest.mark.parametrize("state", ["idle", "live", "backlog", "both"])
def test_a_connection_that_is_lost_in_any_state_loses_nothing(tmp_path, state):
    async def job():
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        if state in ("backlog", "both"):
            store.store(5)
        bench.clock.advance(LATE_S + 1)
        if state in ("live", "both"):
            store.store(5)
        broker.holds = True
        async with running(publisher):
            await until(lambda: publisher.connected)
            await settle()
            rows = bench.spool.rows
            assert rows == store.number
            broker.cut()
            store.store(3)
            await until(lambda: broker.connections == 2)
            broker.holds = False
            broker.release()
            await until(lambda: not bench.spool.rows)
        assert set(numbers_of(broker.taken)) == set(range(store.number))

    run(job())


def test_rows_that_were_not_confirmed_come_again_after_a_kill(tmp_path):
    """The process ends with two portions on their way, one of them acknowledged."""

    async def job():
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        store.store(5)
        bench.clock.advance(LATE_S + 1)
        store.store(5)
        broker.holds = True
        async with running(publisher):
            await until(lambda: broker.held == 2)
        first = numbers_of(broker.taken)
        bench.spool.close()
        again, _, broker, publisher = _publishing(tmp_path / "spool.db")
        async with running(publisher):
            await until(lambda: not again.spool.rows)
        assert sorted(numbers_of(broker.taken)) == sorted(first) == list(range(10))

    run(job())


@pytest.mark.parametrize("turns", range(0, 60, 3))
def test_a_kill_at_any_point_forgets_only_what_was_delivered(tmp_path, turns):
    """The process is gone after so many turns of its loop; another begins with the same disk."""

    async def job():
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        store.store(6, 2)
        bench.clock.advance(LATE_S + 1)
        store.store(6, 2)
        async with running(publisher):
            for turn in range(turns):
                await asyncio.sleep(0.0003)
                if turn == turns // 2:
                    store.store(2)
        bench.worker.close()
        first = set(numbers_of(broker.taken))
        left = {frame.first for frame in frames_of(bench.spool)}
        assert first | left == set(range(store.number))
        bench.spool.close()
        again, _, broker, publisher = _publishing(tmp_path / "spool.db")
        async with running(publisher):
            await until(lambda: not again.spool.rows)
        assert set(numbers_of(broker.taken)) == left

    run(job())


def test_who_falls_behind_shares_out_anew_and_sends_the_newest_first(tmp_path, monkeypatch):
    """A line that was too thin for an hour: what waited in the live lane is backlog now."""
    monkeypatch.setattr("gateway.publisher._LIVE_PORTION", 2)

    async def job():
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        broker.holds = True
        async with running(publisher):
            await until(lambda: publisher.connected)
            store.store(40)
            await until(lambda: broker.held >= 4)
            sent = len(numbers_of(broker.live))
            assert sent < 20
            bench.clock.advance(LATE_S + 100)
            store.store(3)
            broker.holds = False
            broker.release()
            await until(lambda: not bench.spool.rows)
        assert _climbs(broker.live)
        assert _climbs(broker.backlog)
        assert broker.backlog
        assert numbers_of(broker.live)[-3:] == [40, 41, 42]
        numbers = numbers_of(broker.taken)
        assert sorted(numbers) == list(range(43)), "none lost, none in both lanes"

    run(job())


def test_a_backlog_on_its_way_is_not_sent_again_when_it_grows(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.publisher._LIVE_PORTION", 2)
    monkeypatch.setattr("gateway.publisher._BACKLOG_PORTION", 2)

    async def job():
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        store.store(6)
        bench.clock.advance(LATE_S + 1)
        broker.holds_backlog = True
        async with running(publisher):
            await until(lambda: broker.held)
            assert publisher.on_its_way() == (2, 7)
            store.store(30)  # as old as what waited: it is behind at once
            await until(lambda: publisher.backlog.end > 6)
            assert publisher.on_its_way()[0] == 2
            broker.holds_backlog = False
            broker.release()
            await until(lambda: not bench.spool.rows)
        assert sorted(numbers_of(broker.taken)) == list(range(36))
        assert publisher.samples == 36

    run(job())


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_each_lane_climbs_and_nothing_is_lost(tmp_path, seed, monkeypatch):
    """Commits, cuts, slow brokers, trims and time by chance; then a good broker, and an end."""
    monkeypatch.setattr("gateway.publisher._LIVE_PORTION", 4)
    monkeypatch.setattr("gateway.publisher._BACKLOG_PORTION", 3)
    monkeypatch.setattr(lanes, "_MEMORY", 200)

    async def job():
        chance = random.Random(seed)
        bench, store, broker, publisher = _publishing(tmp_path / "spool.db")
        lost = []
        async with running(publisher):
            for _ in range(40):
                what = chance.randrange(7)
                if what < 3:
                    store.store(chance.randrange(1, 6), chance.randrange(1, 4))
                elif what == 3:
                    broker.holds = chance.random() < 0.5
                    if not broker.holds:
                        broker.release()
                elif what == 4 and broker.held:
                    broker.cut()
                elif what == 5:
                    bench.clock.advance(chance.choice((1, LATE_S, 1000)))
                else:
                    bench.spool._max_bytes = 600
                    bounds = publisher.on_its_way()
                    trim = bench.spool.trim
                    lost += await bench.worker.run(trim, 5000, 0.0, *bounds)
                    bench.spool._max_bytes = 10**9
                await settle(chance.randrange(20))
            broker.holds = False
            broker.release()
            await until(lambda: not bench.spool.rows)
        for live, backlog in broker.sessions:
            assert _climbs(live) and _climbs(backlog)
            both = set(numbers_of(live)) & set(numbers_of(backlog))
            assert not both, "in both lanes of one connection"
        taken = set(numbers_of(broker.taken))
        gone = {n for loss in lost for n in range(loss.first, loss.last + 1)}
        assert taken | gone == set(range(store.number))

    run(job())
