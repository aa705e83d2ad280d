"""Slow brokers, brokers that refuse a part, backlogs, rotated keys."""

import asyncio
import threading
import zlib

from gateway import portions, segments
from gateway.errors import SpoolError
from gateway.registry.node import Node
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import KEY, Bench, run
from tests.for_gateway.publishing import (
    MemoryBroker,
    numbers_of,
    publisher_of,
    running,
    samples_of,
    settle,
    until,
)
from tests.for_gateway.slow_broker import SlowBroker


async def _filled(path, samples=20):
    """Return a bench whose spool holds samples of one node."""
    bench = Bench(path)
    await bench.exchange(FakeNode(samples=samples))
    return bench


def test_a_broker_that_refuses_the_status_still_gets_the_readings(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db")
        broker = MemoryBroker(lambda topic: topic.endswith("/status"))
        async with running(publisher_of(bench, broker)):
            await until(lambda: not bench.spool.rows)
        assert set(numbers_of(broker.taken)) == set(range(20))
        assert broker.connections == 1

    run(job())


def test_readings_from_before_a_change_of_key_keep_their_topic(tmp_path):
    """The operator gives node 17 epoch 2 while rows of epoch 1 wait on disk."""

    async def job():
        bench = await _filled(tmp_path / "spool.db")
        bench.registry.change(Node(17, "air-17", "mitte", 2, bytes(16), older=((1, KEY),)))
        broker = MemoryBroker()
        async with running(publisher_of(bench, broker)):
            await until(lambda: not bench.spool.rows)
        assert {topic.rpartition("/")[0] for topic, _ in broker.taken} == {"neckar/hn/mitte/air-17"}
        assert {entry["id"][:5] for _, entry in samples_of(broker.taken)} == {"17/1/"}

    run(job())


def test_rows_of_a_node_that_is_no_longer_registered_are_published_all_the_same(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db")
        bench.registry.forget(17)
        broker = MemoryBroker()
        async with running(publisher_of(bench, broker)):
            await until(lambda: not bench.spool.rows)
        assert {topic.rpartition("/")[0] for topic, _ in broker.taken} == {
            "neckar/hn/unknown/node-17"
        }

    run(job())


def test_the_event_loop_has_its_turns_while_a_backlog_is_turned_into_messages(
    tmp_path, monkeypatch
):
    """500 rows of 64 samples in one go are over half a second here, seconds on a small board."""
    monkeypatch.setattr(portions, "_LIVE_SLICE", 10)

    async def job():
        bench = await _filled(tmp_path / "spool.db", samples=64 * 120)
        publisher = publisher_of(bench, MemoryBroker())
        bench.clock.advance(1000)
        turns, most, longest = [0], [0, 0], [0]
        from gateway.outputs import json as module

        decode = module.decode

        def counting(row):
            assert threading.current_thread() is threading.main_thread()
            most[1] = most[1] + 1 if turns[0] == most[0] else 1
            most[0] = turns[0]
            longest.append(most[1])
            return decode(row)

        monkeypatch.setattr(module, "decode", counting)

        async def tick():
            while True:
                turns[0] += 1
                await asyncio.sleep(0)

        ticker = asyncio.create_task(tick())
        async with running(publisher):
            await until(lambda: not bench.spool.rows)
        ticker.cancel()
        assert len(longest) > 90
        assert max(longest) <= 10, max(longest)

    run(job())


def test_a_disk_that_cannot_be_read_for_a_moment_does_not_end_the_publisher(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db")
        good, broken = bench.spool.read, [True, True]

        def read(*bounds):
            if broken:
                broken.pop()
                raise SpoolError("disk I/O error")
            return good(*bounds)

        bench.spool.read = read
        broker = MemoryBroker()
        async with running(publisher_of(bench, broker)) as task:
            await until(lambda: not bench.spool.rows)
            assert not task.done()
        assert set(numbers_of(broker.taken)) == set(range(20))

    run(job())


def test_a_row_that_the_disk_changed_is_left_out_and_the_others_leave(tmp_path):
    """One segment whose checksum is wrong, and one whose frame is none although it is right."""

    async def job():
        bench = Bench(tmp_path / "spool.db")
        node = FakeNode()
        await bench.exchange(node)
        for _ in range(6):
            node.journal.append()
            await bench.exchange(node)
        assert bench.published() == list(range(6))
        (first, second, *_) = [segment.seq for segment in bench.spool.read(0, 2**60, 100)]
        frame = bench.stored()[1]
        db = bench.spool._db
        db.execute("UPDATE segment SET body = substr(body, 2) WHERE seq = ?", (first,))
        body = segments.pack([frame._replace(plain=b"\xff" + frame.plain[1:])])
        sql = "UPDATE segment SET body = ?, crc = ? WHERE seq = ?"
        db.execute(sql, (body, zlib.crc32(body), second))
        broker = MemoryBroker()
        publisher = publisher_of(bench, broker)
        async with running(publisher):
            await until(lambda: not bench.spool.rows)
        assert set(numbers_of(broker.taken)) == {2, 3, 4, 5}
        assert (bench.spool.spoilt, publisher.undecodable, publisher.samples) == (1, 1, 4)
        assert broker.connections == 1

    run(job())


def test_an_idle_gateway_with_a_broker_is_well(tmp_path):
    async def job():
        bench = Bench(tmp_path / "spool.db")
        publisher = publisher_of(bench, MemoryBroker())
        async with running(publisher):
            await until(lambda: publisher.error is None)
            assert publisher.connected
            await settle()

    run(job())


async def _several_nodes(path, count):
    """Return a bench with a row of each of many nodes: many messages at once."""
    bench = Bench(path, tuple(Node(i, f"n{i}", "mitte", 1, KEY) for i in range(count)))
    fakes = [FakeNode(node=i, samples=1) for i in range(count)]
    for _ in range(2):
        answers = await bench.answers(*[fake.frame(bench.now_ms) for fake in fakes])
        for fake, answer in zip(fakes, answers, strict=True):
            fake.take(answer, bench.now_ms)
        bench.now_ms += 10
    return bench


def test_a_backlog_gets_through_a_broker_slower_than_the_timeout(tmp_path):
    """200 messages, 10 ms each: 2 s; the timeout is 0.5 s. Every round starts from the front."""

    async def job():
        bench = await _several_nodes(tmp_path / "spool.db", 100)
        async with SlowBroker(pause_s=0.01) as broker:
            publisher = publisher_of(bench, None, "127.0.0.1", broker.port, timeout_s=0.5)
            async with running(publisher):
                await until(lambda: bench.spool.rows < 100)

    run(job())


def test_a_broker_that_takes_only_ten_messages_at_once_gets_everything(tmp_path):
    """MQTT 5 Receive Maximum: beyond it the broker has to close the connection."""

    async def job():
        bench = await _several_nodes(tmp_path / "spool.db", 50)
        async with SlowBroker(pause_s=0.001, receive_maximum=10) as broker:
            publisher = publisher_of(bench, None, "127.0.0.1", broker.port, timeout_s=2)
            async with running(publisher):
                await until(lambda: not bench.spool.rows or broker.kicked > 3)
            assert bench.spool.rows == 0, f"disconnected {broker.kicked} times"

    run(job())


def test_a_host_name_that_cannot_be_one_does_not_end_the_gateway_with_a_traceback(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db", samples=1)
        publisher = publisher_of(bench, host="broker..local")
        async with running(publisher) as task:
            await until(lambda: publisher.error)
            assert not task.done()

    run(job())
