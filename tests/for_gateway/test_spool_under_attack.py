"""Attacks on the spool: clocks that jump, rows in flight, a bound that is none."""

import asyncio
import sqlite3
import subprocess

import pytest

from gateway.config import Config, Mqtt
from gateway.errors import SpoolError
from gateway.publisher import Publisher
from gateway.records import Frame, Group, NodeState
from gateway.spool import Spool
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import NODES, Bench, run

DAY_MS = 86_400_000
MQTT = Mqtt("h", 1, False, "5", None, None, None, 100, 10, 60)


def _publisher(bench, mqtt=MQTT):
    config = Config("gw", "hn", 300, 30, "info", mqtt, None, (), NODES)
    return Publisher(config, bench.spool, bench.worker, bench.clock, list, None)


def _frame(first, node=17, fresh=0b1, size=40, received_ms=1000):
    return Frame(node, 1, first, fresh, received_ms, bytes(size))


@pytest.mark.parametrize("years", [1, 57])
def test_a_wall_clock_that_leaps_forward_costs_no_stored_reading(tmp_path, years):
    """57 years: a gateway without a clock chip starts in 1970 and hears of the time later."""

    async def job():
        bench = Bench(tmp_path / "spool.db")
        bench.spool = bench.ingest._spool = Spool(tmp_path / "other.db", 2**30, 30 * DAY_MS)
        bench.clock.jump(-years * 365 * 86400)
        await bench.ingest.load()
        node = FakeNode(samples=20)
        await bench.exchange(node)
        assert node.journal.oldest == 20  # all acknowledged: the node has forgotten them
        bench.clock.advance(60)
        bench.clock.jump(years * 365 * 86400)
        losses = bench.spool.trim(bench.clock.unix_ms())  # App._trim, ten seconds later
        assert losses == []
        assert bench.published() == list(range(20))

    run(job())


class _Broker:
    """Takes messages; `hold` keeps the PUBACKs back; `refuse(topic)` refuses."""

    def __init__(self):
        self.taken = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.waiting = asyncio.Event()

    async def deliver(self, messages, retain=False):
        self.waiting.set()
        await self.hold.wait()
        self.taken += messages


def test_what_the_broker_is_taking_is_not_trimmed_and_called_lost(tmp_path):
    async def job():
        bench = Bench(tmp_path / "spool.db")
        await bench.ingest.load()
        await bench.exchange(FakeNode(samples=20))
        publisher, broker = _publisher(bench), _Broker()
        publisher._next_status = float("inf")
        broker.hold.clear()
        task = asyncio.create_task(publisher._drain(broker))
        await broker.waiting.wait()
        bench.spool._max_bytes = 1  # the spool has been full for a while
        losses = await bench.worker.run(
            bench.spool.trim, bench.clock.unix_ms(), 0.0, publisher.in_flight
        )
        broker.hold.set()
        while not publisher._confirmed:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert broker.taken
        assert losses == [], "delivered, and lost as well"

    run(job())


def test_the_names_of_what_was_dropped_do_not_outgrow_the_spool(tmp_path):
    """Two nodes, a broker that stays away: every dropped row becomes a row of losses."""
    spool = Spool(tmp_path / "spool.db", 20_000, 10**12)
    for n in range(400):
        rows = [_frame((10 * n + i) // 2, node=17 + i % 2) for i in range(10)]
        spool.commit(Group(frames=rows))
        spool.trim(5000 + n)
    (count,) = (
        sqlite3.connect(tmp_path / "spool.db").execute("SELECT count(*) FROM loss").fetchone()
    )
    assert count < 100, (count, spool.rows)


def test_what_trimming_could_not_drop_is_not_counted_as_lost(tmp_path):
    spool = Spool(tmp_path / "spool.db", 300, 10**12)
    spool.commit(Group(frames=[_frame(n) for n in range(10)]))
    spool._db.execute(
        "CREATE TRIGGER no BEFORE DELETE ON frame BEGIN SELECT RAISE(FAIL, 'no'); END"
    )
    with pytest.raises(SpoolError):
        spool.trim(5000)
    assert (spool.dropped_samples, spool.losses(), spool.rows) == (0, {}, 10)


def test_looking_for_old_rows_does_not_read_the_whole_spool(tmp_path):
    """Every 10 s, in the one thread that commits: with a day's backlog no ack leaves meanwhile."""
    spool = Spool(tmp_path / "spool.db", 10**9, 10**6)
    seen = []
    spool._db.set_trace_callback(seen.append)
    spool.commit(Group(frames=[_frame(0)]))
    spool.trim(1000)
    selects = [sql for sql in seen if sql.startswith("SELECT") and "received_ms <" in sql]
    plans = [spool._db.execute("EXPLAIN QUERY PLAN " + sql).fetchall() for sql in selects]
    assert not any("SCAN" in str(plan) and "INDEX" not in str(plan) for plan in plans), plans


def test_a_spool_that_filled_its_disk_can_still_forget_what_was_delivered(tmp_path):
    """Nobody else is on the disk: only delivering can free it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs root, to mount a small disk")
    spool = Spool(disk / "spool.db", 2**30, 10**12, min_free_bytes=2**21)
    try:
        number = 0
        with pytest.raises(SpoolError):
            while True:
                state = NodeState(17, 1, number, 1, number, (), number, number, 0)
                spool.commit(Group([state], [_frame(number + i) for i in range(500)]))
                number += 500
        cursor = spool.oldest(0, 10**6)[-1].seq
        spool.confirm(cursor)
        spool.commit(Group(frames=[_frame(number)]))
        assert spool.rows == 1
    finally:
        spool.close()
        subprocess.run(["umount", str(disk)], check=False)
