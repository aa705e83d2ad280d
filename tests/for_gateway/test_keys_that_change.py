"""Nodes that get another key while they talk: each step, and a restart at each of them."""

import pytest

from gateway.registry.node import Node
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import KEY, Bench, change, run, said, states_of

NEW, NEWEST = bytes([7]) * 16, bytes([8]) * 16


def _with_keys(epoch, *keys):
    """Return node 17 with these (newest first) keys."""
    older = tuple((epoch - 1 - i, key) for i, key in enumerate(keys[1:]))
    return Node(17, "air-17", "mitte", epoch, keys[0], older=older)


def _rekeyed(node, key, epoch):
    """Return what a node is after it has taken a new key: the same journal, counters from 0."""
    other = FakeNode(key=key, epoch=epoch)
    other.journal = node.journal
    other.reboot()
    return other


@pytest.mark.parametrize("restarts", [(), (0,), (1,), (2,), (3,), (0, 1, 2, 3)])
def test_a_node_goes_over_to_its_newest_key_and_the_old_one_is_over(tmp_path, restarts):
    """With a restart of the gateway at any step."""

    async def job():
        bench = Bench(tmp_path / "spool.db")
        both = _with_keys(2, NEW, KEY)

        def restart(step):
            nonlocal bench
            if step in restarts:
                now_ms, nodes = bench.now_ms, list(bench.registry._nodes.values())
                bench.spool.close()
                bench = Bench(tmp_path / "spool.db", nodes)
                bench.now_ms = now_ms

        old = FakeNode(samples=5)
        await bench.exchange(old)
        restart(0)
        change(bench, both)
        old.journal.append()
        await bench.exchange(old)  # it has not heard of the new key
        assert [(s.epoch, s.expected) for s in states_of(bench.path)] == [(1, 6)]
        restart(1)
        new = _rekeyed(old, NEW, 2)
        for _ in range(2):
            new.journal.append()
        await bench.exchange(new)
        assert [(s.epoch, s.expected) for s in states_of(bench.path)] == [(1, 6), (2, 8)]
        restart(2)
        new.journal.append()
        await bench.exchange(new)
        restart(3)
        bench.ingest.refused.clear()
        thief = FakeNode(samples=50, counter=old.stored_limit)
        assert await bench.answers(said(thief, bench)) == []
        assert bench.ingest.refused == {"bad_tag": 1}
        assert bench.published() == list(range(9))
        assert [frame.epoch for frame in bench.stored()][-1] == 2
        ids = {(f.epoch, f.first) for f in bench.stored()}
        assert {epoch for epoch, first in ids if first >= 6} == {2}
        assert {epoch for epoch, first in ids if first < 6} == {1}
        new.journal.append()
        await bench.exchange(new)
        assert bench.peer().received == 10

    run(job())


def test_within_one_commit_each_row_has_the_epoch_of_its_key(bench):
    async def job():
        old = FakeNode(samples=5)
        await bench.exchange(old)
        change(bench, _with_keys(2, NEW, KEY))
        old.journal.append()
        bench.hear(old.frame(bench.now_ms))
        new = _rekeyed(old, NEW, 2)
        new.journal.append()
        for _ in range(6):
            frame = new.frame(bench.now_ms)
            if frame:
                bench.hear(frame)
                promise = bench.peer().session.promise()
                assert promise
            bench.now_ms += 10**5
        await bench.ingest.commit()
        bench.cable.sent.clear()
        bench.now_ms += 10**6
        await bench.exchange(new)
        epochs = {f.first: f.epoch for f in bench.stored()}
        assert epochs[5] == 1
        assert all(epoch == 2 for first, epoch in epochs.items() if first > 5)
        assert bench.published() == list(range(7))

    run(job())


def test_a_node_that_missed_a_key_in_between_is_still_heard(tmp_path):
    async def job():
        bench = Bench(tmp_path / "spool.db")
        old = FakeNode(samples=5)
        await bench.exchange(old)
        change(bench, _with_keys(3, NEWEST, NEW, KEY))
        old.journal.append()
        await bench.exchange(old)
        middle = _rekeyed(old, NEW, 2)
        middle.journal.append()
        await bench.exchange(middle)
        thief = FakeNode(samples=50, counter=old.stored_limit)
        assert await bench.answers(said(thief, bench)) == []
        last = _rekeyed(middle, NEWEST, 3)
        last.journal.append()
        await bench.exchange(last)
        assert [(s.epoch, s.expected) for s in states_of(bench.path)] == [(1, 6), (2, 7), (3, 8)]
        assert bench.published() == list(range(8))

    run(job())


def test_what_was_lost_under_the_old_key_stays_in_the_ledger(bench):
    async def job():
        old = FakeNode(samples=40)
        old.journal.drop_below(25)
        await bench.exchange(old)
        change(bench, _with_keys(2, NEW, KEY))
        new = _rekeyed(old, NEW, 2)
        for _ in range(2):
            new.journal.append()
            bench.now_ms += 10**6
            await bench.exchange(new)
            peer = bench.peer()
            assert (peer.session.epoch, peer.lost) == (2, 25)
            assert peer.received + peer.lost == peer.session.samples.top
            bench.ingest.renew({17})

    run(job())


def test_a_node_that_was_never_heard_may_begin_with_any_of_its_keys(tmp_path):
    async def job():
        for name, key, epoch in (("a", KEY, 1), ("b", NEW, 2), ("c", NEWEST, 3)):
            bench = Bench(tmp_path / name, [_with_keys(3, NEWEST, NEW, KEY)])
            await bench.exchange(FakeNode(key=key, epoch=epoch, samples=3))
            assert bench.published() == [0, 1, 2]
            assert [s.epoch for s in states_of(bench.path)] == [epoch]

    run(job())
