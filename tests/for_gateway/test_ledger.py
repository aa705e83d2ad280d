"""Attacks on the ledger: failing commits at the end, long outages, what was never heard of."""

import asyncio
import threading
from types import SimpleNamespace

from gateway import status
from gateway.errors import SpoolError
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import Bench, run


def _node_status(bench):
    app = SimpleNamespace(
        ingest=bench.ingest,
        publisher=SimpleNamespace(late={17: 0, 18: 0}),
        clock=bench.clock,
    )
    return status.node(app, bench.peer())


def _adds_up(document):
    return document["expected"] == sum(document[k] for k in ("received", "missing", "lost"))


def test_a_commit_that_fails_while_the_gateway_ends_is_not_remembered_as_done(bench):
    """SIGTERM cancels `run` within a commit; what it tried to store must not count as received."""

    async def job():
        node = FakeNode(samples=10)
        await bench.exchange(node)
        for _ in range(5):
            node.journal.append()
        first = node.frame(bench.now_ms)
        node.journal.append()
        node.session.handle_timeout(bench.now_ms + 10**6)
        second = node.session.data_to_send(bench.now_ms + 10**6)
        started, go = threading.Event(), threading.Event()
        good = bench.spool.commit

        def fail(group, *rest):
            bench.spool.commit = good
            started.set()
            go.wait(5)
            raise SpoolError("database or disk is full", full=True)

        bench.spool.commit = fail
        task = asyncio.create_task(bench.ingest.run())
        bench.hear(first)
        while not started.is_set():
            await asyncio.sleep(0.001)
        # Node 17 goes on while the disk is slow; then systemd ends the gateway (App.run, _end).
        other = FakeNode(node=18, key=bytes(16))
        bench.hear(other.frame(0))
        bench.hear(second)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        go.set()
        await bench.ingest.commit()
        again = Bench(bench.path)
        stored = set(again.published())
        expected = again.spool.state(17, 1).expected
        assert set(range(expected)) <= stored, (expected, sorted(stored))

    run(job())


def test_a_sample_taken_long_after_contact_was_lost_gets_no_number_of_another(bench):
    """Numbers travel as 16 bits; 65546 samples were dropped while the gateway was away."""

    async def job():
        node = FakeNode(samples=10)
        await bench.exchange(node)
        journal = node.journal
        journal.oldest = journal.next_number = 65546
        journal.rows = {}
        for _ in range(5):
            journal.append()
        bench.now_ms += 10**6
        await bench.exchange(node)
        numbers = bench.published()
        assert numbers == [*range(10), *range(65546, 65551)], numbers

    run(job())


def test_samples_dropped_before_the_first_contact_are_named_as_lost(bench):
    async def job():
        node = FakeNode(samples=40)
        node.journal.drop_below(25)
        await bench.exchange(node)
        document = _node_status(bench)
        assert (document["expected"], document["received"]) == (40, 15)
        assert _adds_up(document), document

    run(job())


def test_the_numbers_of_a_status_add_up_while_a_commit_is_on_its_way(bench):
    async def job():
        node = FakeNode(samples=5)
        await bench.exchange(node)
        node.journal.append()
        bench.hear(node.frame(bench.now_ms))
        document = _node_status(bench)
        assert _adds_up(document), document

    run(job())


def test_samples_that_a_node_lost_with_its_flash_are_named(bench):
    """It told of 13 samples, delivered 10, and came back with an empty journal."""

    async def job():
        node = FakeNode(samples=10)
        await bench.exchange(node)
        for _ in range(3):
            node.journal.append()
        node.reboot()
        frame = node.frame(bench.now_ms)  # Hello: there are 13
        bench.hear(frame)
        await bench.ingest.commit()
        bench.cable.sent.clear()
        empty = FakeNode(samples=0, counter=node.stored_limit)
        bench.now_ms += 10**6
        await bench.exchange(empty)
        for _ in range(20):
            empty.journal.append()
        await bench.exchange(empty)
        document = _node_status(bench)
        assert document["received"] == 30
        assert document["expected"] == 33, document
        assert document["lost"] == 3, document

    run(job())


def test_samples_beyond_the_window_are_not_counted_as_duplicates(bench):
    async def job():
        node = FakeNode(samples=10)
        await bench.exchange(node)
        for _ in range(5000):
            node.journal.append()
        node.journal.drop_below(4500)
        bench.hear(node.frame(bench.now_ms))
        await bench.ingest.commit()
        assert bench.peer().duplicates == 0

    run(job())


def test_a_dead_node_is_not_online_because_the_clock_was_set_back(bench):
    async def job():
        await bench.exchange(FakeNode(samples=1))
        bench.clock.jump(-365 * 86400)
        bench.clock.advance(30 * 86400)
        assert _node_status(bench)["state"] == "silent"

    run(job())
