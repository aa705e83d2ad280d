"""Attacks on the spool: clocks that jump, rows in flight, a bound that is none."""

import asyncio
import subprocess

import pytest

from gateway.errors import SpoolError
from gateway.records import Day, Frame, Group, NodeState
from gateway.spool import Spool
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import Bench, frames_of, loss_rows, run, table
from tests.for_gateway.publishing import MemoryBroker, publisher_of, running, settle, until

DAY_MS = 86_400_000


def _frame(first, node=17, fresh=0b1, size=40, received_ms=1000):
    return Frame(node, 1, first, fresh, received_ms, bytes(size))


@pytest.mark.parametrize("years", [1, 57])
def test_a_wall_clock_that_leaps_forward_costs_no_stored_reading(tmp_path, years):
    """57 years: a gateway without a clock chip starts in 1970 and hears of the time later."""

    async def job():
        bench = Bench(tmp_path / "spool.db")
        bench.spool = bench.ingest._spool = Spool(tmp_path / "other.db", 2**30, 30 * DAY_MS)
        bench.clock.jump(-years * 365 * 86400)
        node = FakeNode(samples=20)
        await bench.exchange(node)
        assert node.journal.oldest == 20  # all acknowledged: the node has forgotten them
        bench.clock.advance(60)
        bench.clock.jump(years * 365 * 86400)
        losses = bench.spool.trim(bench.clock.unix_ms())  # App._trim, ten seconds later
        assert losses == []
        assert bench.published() == list(range(20))

    run(job())


@pytest.mark.parametrize("is_old", [False, True], ids=["live", "backlog"])
def test_what_the_broker_is_taking_is_not_trimmed_and_called_lost(tmp_path, is_old):
    async def job():
        bench = Bench(tmp_path / "spool.db")
        await bench.exchange(FakeNode(samples=20))
        broker = MemoryBroker()
        broker.holds = True
        publisher = publisher_of(bench, broker)
        bench.clock.advance(1000 if is_old else 1)
        async with running(publisher):
            await until(lambda: broker.backlog if is_old else broker.live)
            bench.spool._max_bytes = 1  # the spool has been full for a while
            losses = await bench.worker.run(
                bench.spool.trim, bench.clock.unix_ms(), 0.0, *publisher.on_its_way()
            )
            broker.release()
            await until(lambda: not bench.spool.rows)
        assert losses == [], "delivered, and lost as well"

    run(job())


def test_what_the_backlog_is_just_reading_is_not_trimmed(tmp_path):
    """`trim` is asked for while a read waits for the disk before it."""

    async def job():
        bench = Bench(tmp_path / "spool.db")
        bench.spool.commit(Group(frames=[_frame(n) for n in range(20)]))
        publisher, go = publisher_of(bench), asyncio.Event()
        publisher.backlog.start(bench.spool.last_seq)
        publisher.connected = True
        bench.spool._max_bytes = 1
        loop = asyncio.get_running_loop()
        first = asyncio.create_task(
            bench.worker.run(lambda: asyncio.run_coroutine_threadsafe(go.wait(), loop).result(5))
        )
        taking = asyncio.create_task(publisher.backlog.take(5))
        await settle()
        trimming = asyncio.create_task(
            bench.worker.run(bench.spool.trim, 5000, 0.0, *publisher.on_its_way())
        )
        await settle()
        go.set()
        assert [len(s.frames) for s in await taking] == [20]
        assert await trimming == []
        await first

    run(job())


def test_the_names_of_what_was_dropped_do_not_outgrow_the_spool(tmp_path):
    """Two nodes, a broker that stays away: every dropped row becomes a row of losses."""
    spool = Spool(tmp_path / "spool.db", 20_000, 10**12)
    for n in range(200):
        rows = [_frame((10 * n + i) // 2, node=17 + i % 2) for i in range(10)]
        spool.commit(Group(frames=rows))
        spool.trim(5000 + n)
    count = len(loss_rows(tmp_path / "spool.db"))
    assert count < 50, (count, spool.rows)


def test_what_trimming_could_not_drop_is_not_counted_as_lost(tmp_path):
    spool = Spool(tmp_path / "spool.db", 300, 10**12)
    spool.commit(Group(frames=[_frame(n) for n in range(10)]))
    spool._db.execute(
        "CREATE TRIGGER no BEFORE DELETE ON segment BEGIN SELECT RAISE(FAIL, 'no'); END"
    )
    with pytest.raises(SpoolError):
        spool.trim(5000)
    assert (spool.dropped_samples, loss_rows(spool._path), spool.rows) == (0, [], 10)


def test_looking_for_old_rows_does_not_read_the_whole_spool(tmp_path):
    """Every 10 s, in the one thread that commits: with a day's backlog no ack leaves meanwhile."""
    spool = Spool(tmp_path / "spool.db", 10**9, 10**6)
    steps = []
    for n in range(200):
        days = {(17, 1, n): Day(17, 1, n, n, n + 1, 1)}
        spool.commit(Group(frames=[_frame(n)], days=days))
        if n in (4, 199):
            spool.trim(1000)  # the first of a day tidies up
            steps.append(0)
            spool._db.set_progress_handler(lambda: steps.append(steps.pop() + 1), 10)
            spool.trim(1000)
            spool._db.set_progress_handler(None, 0)
    assert 0 < steps[1] < 3 * steps[0], steps


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
        spool.confirm(0, spool.last_seq)
        spool.commit(Group(frames=[_frame(number)]))
        assert spool.rows == 1
    finally:
        spool.close()
        subprocess.run(["umount", str(disk)], check=False)


def test_a_row_that_the_disk_changed_is_counted_once_and_holds_nothing_up(tmp_path):
    spool = Spool(tmp_path / "spool.db", 10**9, 10**12)
    for n in range(4):
        spool.commit(Group(frames=[_frame(n)]))
    table_of = spool._db.execute
    table_of("UPDATE segment SET body = zeroblob(length(body)) WHERE seq = 1")
    table_of("UPDATE segment SET body = substr(body, 1, 9) WHERE seq = 3")
    for _ in range(3):
        assert [f.first for f in frames_of(spool)] == [1, 3]
        spool.trim(5000)  # looks at the oldest
    assert spool.spoilt == 2
    assert [s.seq for s in spool.read(0, 9, 9)] == [1, 2, 3, 4]
    spool.confirm(1, 2)
    assert spool.rows == 2
    spool._max_bytes = 1
    assert [(x.first, x.last) for x in spool.trim(5000)] == [(3, 3)]
    assert (spool.rows, spool.spoilt) == (0, 2)


def test_a_broken_index_page_of_the_file_is_an_error_and_no_end(tmp_path):
    """`trim` runs every 10 s beside everything else: what SQLite says there ends nobody."""
    spool = Spool(tmp_path / "spool.db", 1, 10**12)
    for n in range(60):
        spool.commit(Group(frames=[_frame(n, size=400)]))
    spool._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root,) = table(spool._path, "SELECT rootpage FROM sqlite_schema WHERE name = 'segment'")[0]
    spool.close()
    path = tmp_path / "spool.db"
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = bytes(4096)
    path.write_bytes(data)
    try:
        again = Spool(path, 1, 10**12)
    except SpoolError:
        return
    for call in (lambda: again.trim(5000), lambda: again.read(0, 10**6, 9)):
        with pytest.raises(SpoolError):
            call()


def test_a_row_of_a_node_that_the_disk_has_changed_is_an_error_of_the_spool(tmp_path):
    spool = Spool(tmp_path / "spool.db", 2**30, 10**9)
    spool.commit(Group(states=[NodeState(17, 1, 5, 3, 9, (), 9, 9, 0)]))
    for column, value in (("replay_mask", "zz"), ("runs", "[[1,"), ("runs", "7")):
        good = spool._db.execute(f"SELECT {column} FROM node").fetchone()  # noqa: S608
        spool._db.execute(f"UPDATE node SET {column} = ?", (value,))  # noqa: S608
        with pytest.raises(SpoolError):
            spool.state(17, 1)
        spool._db.execute(f"UPDATE node SET {column} = ?", good)  # noqa: S608
    assert spool.state(17, 1).expected == 9
