"""Slow brokers, brokers that refuse a part, backlogs, rotated keys."""

import asyncio
import contextlib
import json
import threading

from gateway.broker import RefusedError
from gateway.config import Config, Mqtt, Node
from gateway.errors import SpoolError
from gateway.publisher import Publisher
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import KEY, NODES, Bench, run


def _publisher(bench, nodes=NODES, host="h", port=1, timeout_s=10.0, version="5"):
    mqtt = Mqtt(host, port, False, version, None, None, None, 100, timeout_s, 0.1)
    config = Config("gw", "hn", 300, 30, "info", mqtt, None, (), nodes)
    one_status = [("neckar/hn/gateways/gw/status", b"{}")]
    return Publisher(config, bench.spool, bench.worker, bench.clock, lambda: one_status, None)


async def _filled(path, samples=20, rows=None):
    """Return a bench whose spool holds samples of one node; `rows`: one sample a row."""
    bench = Bench(path)
    await bench.ingest.load()
    node = FakeNode(samples=0 if rows else samples)
    await bench.exchange(node)
    for _ in range(rows or 0):
        node.journal.append()
        await bench.exchange(node)
    return bench


def _numbers(messages):
    return {
        int(sample["id"].split("/")[2])
        for topic, payload in messages
        if not topic.endswith("/status")
        for sample in json.loads(payload)["samples"]
    }


async def _drain(publisher, broker):
    """Let the publisher work on this broker until it gives up or has nothing to do."""
    publisher._next_status = 0.0
    task = asyncio.create_task(publisher._drain(broker))
    await asyncio.wait({task}, timeout=0.2)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, RefusedError):
        await task


class _Broker:
    """Takes everything but what `refused` says."""

    def __init__(self, refused=lambda topic: False):
        self.taken = []
        self._refused = refused

    async def deliver(self, messages, retain=False):
        self.taken += [m for m in messages if not self._refused(m[0])]
        if any(self._refused(topic) for topic, _ in messages):
            raise RefusedError("Not authorized")


def test_a_broker_that_refuses_the_status_still_gets_the_readings(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db")
        broker = _Broker(lambda topic: topic.endswith("/status"))
        await _drain(_publisher(bench), broker)
        assert _numbers(broker.taken) == set(range(20))

    run(job())


def test_a_reading_that_is_sent_again_is_not_late_twice(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db")
        bench.clock.advance(10**6)
        publisher = _publisher(bench)
        for _ in range(3):
            await _drain(publisher, _Broker(lambda topic: topic.endswith("/power")))
        await _drain(publisher, _Broker())
        assert (publisher.late[17], publisher.samples) == (20, 20)

    run(job())


def test_readings_from_before_a_change_of_key_keep_their_topic(tmp_path):
    """The operator gives node 17 epoch 2 while rows of epoch 1 wait on disk."""

    async def job():
        bench = await _filled(tmp_path / "spool.db")
        rotated = (Node(17, "air-17", "mitte", 2, KEY),)
        broker = _Broker()
        await _drain(_publisher(bench, rotated), broker)
        topics = {topic for topic, _ in broker.taken if not topic.endswith("/status")}
        assert all(topic.startswith("neckar/hn/mitte/air-17/") for topic in topics), topics

    run(job())


def test_the_event_loop_has_its_turns_while_a_backlog_is_turned_into_messages(
    tmp_path, monkeypatch
):
    """500 rows of 64 samples in one go are over half a second here, seconds on a small board."""

    async def job():
        bench = await _filled(tmp_path / "spool.db", samples=64 * 120)
        turns, most = [0], [0, 0]
        from gateway import publisher as module

        decode = module.decode

        def counting(row):
            if threading.current_thread() is not threading.main_thread():
                return decode(row)
            most[1] = most[1] + 1 if turns[0] == most[0] else 1
            most[0] = turns[0]
            longest.append(most[1])
            return decode(row)

        longest = [0]
        monkeypatch.setattr(module, "decode", counting)

        async def tick():
            while True:
                turns[0] += 1
                await asyncio.sleep(0)

        ticker = asyncio.create_task(tick())
        await _drain(_publisher(bench), _Broker())
        ticker.cancel()
        assert max(longest) <= 32, max(longest)

    run(job())


def test_a_disk_that_cannot_be_read_for_a_moment_does_not_end_the_publisher(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db")
        publisher = _publisher(bench)
        good, broken = bench.spool.oldest, [True]

        def oldest(after, limit):
            if broken:
                broken.clear()
                raise SpoolError("disk I/O error")
            return good(after, limit)

        bench.spool.oldest = oldest

        @contextlib.asynccontextmanager
        async def connect():
            yield broker

        broker = _Broker()
        publisher.broker = connect
        task = asyncio.create_task(publisher.run())
        await asyncio.wait({task}, timeout=1)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert _numbers(broker.taken) == set(range(20))

    run(job())


class _SlowBroker:
    """A real MQTT 3.1.1 or 5 listener that acknowledges one message every `pause_s`."""

    def __init__(self, pause_s=0.0, receive_maximum=None):
        self.pause_s = pause_s
        self.receive_maximum = receive_maximum
        self.acknowledged = 0
        self.kicked = 0
        self.payloads = []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error):
        self.server.close()

    async def _packet(self, reader):
        kind = (await reader.readexactly(1))[0]
        length, shift = 0, 0
        while True:
            byte = (await reader.readexactly(1))[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, await reader.readexactly(length)

    async def _serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader, writer):
        await self._packet(reader)
        properties = b"\x00"
        if self.receive_maximum:
            properties = b"\x03\x21" + self.receive_maximum.to_bytes(2, "big")
        writer.write(bytes([0x20, 2 + len(properties), 0, 0]) + properties)
        open_ids = asyncio.Queue()
        task = asyncio.create_task(self._acknowledge(open_ids, writer))
        try:
            while True:
                kind, body = await self._packet(reader)
                if kind >> 4 != 3:
                    continue
                if self.receive_maximum and open_ids.qsize() >= self.receive_maximum:
                    self.kicked += 1
                    writer.write(b"\xe0\x01\x93")  # MQTT 5, 4.9: receive maximum exceeded
                    return
                size = int.from_bytes(body[:2], "big")
                at = 2 + size
                open_ids.put_nowait(body[at : at + 2])
        finally:
            task.cancel()

    async def _acknowledge(self, open_ids, writer):
        while True:
            mid = await open_ids.get()
            await asyncio.sleep(self.pause_s)
            self.acknowledged += 1
            writer.write(b"\x40\x02" + mid)


async def _several_nodes(path, count):
    """Return (bench, nodes) with a row of each of many nodes: many messages at once."""
    from gateway.ingest import Ingest

    nodes = tuple(Node(i, f"n{i}", "mitte", 1, KEY) for i in range(count))
    bench = Bench(path)
    bench.ingest = Ingest(nodes, bench.spool, bench.worker, bench.clock, bench._wake, 0)
    await bench.ingest.load()
    fakes = [FakeNode(node=i, samples=1) for i in range(count)]
    for _ in range(2):
        for fake in fakes:
            bench.ingest.frame(bench.cable, fake.frame(bench.now_ms))
        await bench.ingest.commit()
        for fake, answer in zip(fakes, bench.cable.sent, strict=True):
            fake.take(answer, bench.now_ms)
        bench.cable.sent.clear()
        bench.now_ms += 10
    return bench, nodes


async def _run_for(publisher, done, seconds):
    task = asyncio.create_task(publisher.run())
    for _ in range(int(seconds / 0.02)):
        await asyncio.sleep(0.02)
        if task.done() or done():
            break
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_a_backlog_gets_through_a_broker_slower_than_the_timeout(tmp_path):
    """200 messages, 10 ms each: 2 s; the timeout is 0.5 s. Every round starts from the front."""

    async def job():
        bench, nodes = await _several_nodes(tmp_path / "spool.db", 100)
        async with _SlowBroker(pause_s=0.01) as broker:
            publisher = _publisher(bench, nodes, "127.0.0.1", broker.port, 0.5)
            await _run_for(publisher, lambda: not bench.spool.rows, 4)
            assert bench.spool.rows < 100, "not one row is done with"

    run(job())


def test_a_broker_that_takes_only_ten_messages_at_once_gets_everything(tmp_path):
    """MQTT 5 Receive Maximum: beyond it the broker has to close the connection."""

    async def job():
        bench, nodes = await _several_nodes(tmp_path / "spool.db", 50)
        async with _SlowBroker(pause_s=0.001, receive_maximum=10) as broker:
            publisher = _publisher(bench, nodes, "127.0.0.1", broker.port, 2)
            await _run_for(publisher, lambda: not bench.spool.rows or broker.kicked > 3, 4)
            assert bench.spool.rows == 0, f"disconnected {broker.kicked} times"

    run(job())


def test_a_host_name_that_cannot_be_one_does_not_end_the_gateway_with_a_traceback(tmp_path):
    async def job():
        bench = await _filled(tmp_path / "spool.db", samples=1)
        publisher = _publisher(bench, host="broker..local")
        task = asyncio.create_task(publisher.run())
        await asyncio.wait({task}, timeout=1)
        assert not task.done(), task.exception()
        task.cancel()

    run(job())
