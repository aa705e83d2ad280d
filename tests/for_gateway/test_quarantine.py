"""Nodes whose key was stolen, or that are taken out of the registry, while they talk."""

import asyncio
import threading

import pytest

from gateway.errors import GatewayError
from gateway.registry.node import Node
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import NODES, Bench, change, run, said, states_of, table

SQL = "SELECT node, at_ms, link, frame FROM quarantine ORDER BY rowid"


def _revoked(node):
    return Node(node.id, node.name, node.lab, node.epoch, node.key, revoked=True)


def test_frames_of_a_revoked_node_are_kept_and_never_answered(tmp_path):
    async def job():
        bench = Bench(tmp_path / "spool.db", [_revoked(NODES[0]), NODES[1]])
        node = FakeNode(samples=5)
        frames = [node.frame(0), node.frame(10**6)]
        assert await bench.answers(frames[0]) == []
        at_ms = bench.clock.unix_ms()
        bench.clock.advance(1)
        assert await bench.answers(frames[1]) == []
        kept = [(17, at_ms + 1000 * i, "cable", frame) for i, frame in enumerate(frames)]
        assert table(bench.path, SQL) == kept
        assert bench.ingest.refused == {"revoked": 2}
        assert bench.alarms == [("revoked", 17, "cable")] * 2
        assert (bench.published(), states_of(bench.path), bench.ingest.peers) == ([], [], {})
        other = FakeNode(node=18, key=bytes(16), samples=3)
        await bench.exchange(other)
        assert bench.published() == [0, 1, 2]

    run(job())


def test_what_is_kept_of_a_revoked_node_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.spool._EVIDENCE_KEPT", 3)

    async def job():
        bench = Bench(tmp_path / "spool.db", [_revoked(NODES[0])])
        frame = FakeNode(samples=5).frame(0)
        for _ in range(5):
            bench.hear(*[frame] * 150)
            assert bench.ingest.waiting == 1  # of a flood one each second
            await bench.ingest.commit()
            bench.hear(frame)
            assert bench.ingest.waiting == 0
            bench.clock.advance(1)
        assert bench.ingest.refused == {"revoked": 755}
        assert table(bench.path, "SELECT count(*) FROM quarantine") == [(5,)]
        bench.spool.trim(1000)
        assert table(bench.path, "SELECT count(*) FROM quarantine") == [(3,)]
        assert table(bench.path, "SELECT min(rowid) FROM quarantine") == [(3,)]

    run(job())


@pytest.mark.parametrize("is_committing", [False, True])
def test_a_node_that_never_pauses_is_revoked_all_the_same(bench, is_committing):
    """It talks into every commit, so that its session always has something to store."""

    async def job():
        node = FakeNode(samples=2)
        await bench.exchange(node)
        good = bench.spool.commit
        loop = asyncio.get_running_loop()

        def commit(*what):
            talked = threading.Event()
            loop.call_soon_threadsafe(lambda: (bench.hear(said(node, bench)), talked.set()))
            talked.wait(5)
            return good(*what)

        if is_committing:
            bench.spool.commit = commit
        bench.hear(said(node, bench))
        change(bench, _revoked(NODES[0]))
        for _ in range(4):
            await bench.ingest.commit()
        bench.spool.commit = good
        await bench.ingest.commit()
        assert bench.published() == [0, 1, 2], "what came before is kept, once"
        bench.cable.sent.clear()
        assert bench.ingest.queue_dropped == int(is_committing)
        assert await bench.answers(said(node, bench)) == []
        assert bench.ingest.refused == {"revoked": 1}
        assert bench.ingest.peers == {}

    run(job())


def test_a_change_in_the_registry_costs_no_sample_and_gives_none_twice(bench):
    async def job():
        node = FakeNode(samples=20)
        for turn in range(30):
            frame = node.frame(bench.now_ms)
            if frame is None:
                node.journal.append()
                frame = node.frame(bench.now_ms)
            bench.hear(frame)
            if turn % 3 == 0:
                bench.ingest.renew({17, 18})
            for answer in await bench.answers():
                node.take(answer, bench.now_ms)
            if turn % 3 == 1:
                bench.ingest.renew({17})
            bench.now_ms += 10**5
        await bench.exchange(node)
        assert bench.published() == list(range(node.journal.next_number))
        assert bench.ingest.refused == {}
        assert bench.peer().received == node.journal.next_number

    run(job())


def test_a_node_that_is_taken_out_of_the_registry_is_nobody(bench):
    async def job():
        node = FakeNode(samples=2)
        await bench.exchange(node)
        bench.registry.forget(17)
        bench.ingest.renew({17})
        node.journal.append()
        assert await bench.answers(node.frame(bench.now_ms)) == []
        assert bench.ingest.refused == {"unknown_node": 1}

    run(job())


def test_a_registry_that_cannot_be_read_ends_nobody(bench):
    async def job():
        def find(address):
            raise GatewayError("disk I/O error")

        good, bench.registry.find = bench.registry.find, find
        node = FakeNode(samples=2)
        assert await bench.answers(node.frame(0)) == []
        bench.registry.find = good
        bench.now_ms = 10**6
        await bench.exchange(node)
        assert bench.published() == [0, 1]

    run(job())
