"""An ack leaves only after the commit; what the disk refuses was never taken."""

import asyncio
import threading
from types import SimpleNamespace

from gateway.errors import SpoolError
from protocol import messages
from protocol.envelope import parse
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import Bench, Cable, losses_of, run, states_of


def test_every_sample_is_stored_once_and_then_acknowledged(bench):
    async def job():
        node = FakeNode(samples=200)
        await bench.exchange(node)
        assert node.journal.oldest == 200
        assert bench.published() == list(range(200))
        assert bench.peer().received == 200
        assert bench.segments
        assert [f for s in bench.segments for f in s.frames] == bench.stored()

    run(job())


def test_no_ack_leaves_before_the_commit(bench):
    async def job():
        bench.hear(FakeNode(samples=5).frame(0))
        assert bench.cable.sent == []
        await bench.ingest.commit()
        assert len(bench.cable.sent) == 1

    run(job())


def test_what_the_disk_refuses_is_not_acknowledged_and_comes_again(bench):
    async def job():
        node = FakeNode(samples=10)
        good = bench.spool.commit

        def full(group, running_s):
            raise SpoolError("database or disk is full", full=True)

        bench.hear(node.frame(0))
        await bench.ingest.commit()
        node.take(bench.cable.sent.pop(), 10)
        bench.spool.commit = full
        bench.hear(node.frame(20))
        await bench.ingest.commit()
        assert bench.cable.sent == []
        assert not bench.ingest.storing
        assert "full" in bench.ingest.store_error
        assert bench.ingest.peers == {}
        assert [state.expected for state in states_of(bench.path)] == [0]
        bench.spool.commit = good
        bench.now_ms = 5000
        await bench.exchange(node)
        assert bench.ingest.storing
        assert bench.published() == list(range(10))
        assert bench.peer().received == 10

    run(job())


def test_frames_that_come_while_a_commit_fails_are_not_half_remembered(bench):
    """They were accepted by a session that is thrown away; nothing of them may be acknowledged."""

    async def job():
        node = FakeNode(samples=10)
        await bench.exchange(node)
        for _ in range(3):
            node.journal.append()
        first = node.frame(bench.now_ms)

        def fail_slowly(group, running_s):
            loop.call_soon_threadsafe(bench.hear, second)
            event.wait(5)
            raise SpoolError("no")

        loop = asyncio.get_running_loop()
        event = threading.Event()
        node.session.handle_timeout(bench.now_ms + 10**6)
        second = node.session.data_to_send(bench.now_ms + 10**6)
        good, bench.spool.commit = bench.spool.commit, fail_slowly
        bench.hear(first)
        commit = asyncio.create_task(bench.ingest.commit())
        await asyncio.sleep(0.1)
        event.set()
        await commit
        bench.spool.commit = good
        await bench.ingest.commit()
        assert bench.cable.sent == []
        bench.now_ms += 2 * 10**6
        await bench.exchange(node)
        assert bench.published() == list(range(13))
        assert node.journal.oldest == 13

    run(job())


def test_an_ack_never_covers_a_frame_of_the_next_group(bench):
    """While group one is on its way to the disk, group two arrives; the ack says one only."""

    async def job():
        node = FakeNode(samples=4)
        await bench.exchange(node)
        node.journal.append()
        first = node.frame(bench.now_ms)
        node.journal.append()
        node.session.handle_timeout(bench.now_ms + 10**6)
        second = node.session.data_to_send(bench.now_ms + 10**6)
        good = bench.spool.commit
        loop = asyncio.get_running_loop()

        def slow(group, running_s):
            done = asyncio.run_coroutine_threadsafe(arrive(), loop)
            done.result(5)
            return good(group, running_s)

        async def arrive():
            bench.hear(second)

        bench.spool.commit = slow
        bench.hear(first)
        await bench.ingest.commit()
        bench.spool.commit = good
        assert bench.peer().session.samples.expected == 6
        assert [state.expected for state in states_of(bench.path)] == [5]
        # The answer to `first` is late for the node, so it is opened by hand.
        envelope = node.session._envelope
        counter = node.session._asking.counter - 1
        ack = messages.decode(envelope.open_answer(parse(bench.cable.sent[0]), counter))
        assert ack.expected == 5

    run(job())


def test_after_a_restart_nothing_is_stored_twice_and_replays_are_refused(bench):
    async def job():
        node = FakeNode(samples=30)
        heard = []
        take = bench.ingest.frames

        def record(link, frames):
            heard.extend(frames)
            take(link, frames)

        bench.ingest.frames = record
        await bench.exchange(node)
        bench.spool.close()
        again = Bench(bench.path)
        again.hear(*heard, *heard[::-1])
        await again.ingest.commit()
        assert again.cable.sent == []
        assert again.ingest.refused["replayed"] == 2 * len(heard)
        assert again.published() == list(range(30))
        node.reboot()
        node.journal.oldest = 0  # a journal that forgot what it had released sends it again
        node.journal.rows = {n: [200, 50, 10130, 90] for n in range(30)}
        await again.exchange(node)
        assert again.published() == list(range(30))

    run(job())


def test_what_the_node_lost_is_named(bench):
    async def job():
        node = FakeNode(samples=10)
        await bench.exchange(node)
        for _ in range(100):
            node.journal.append()
        node.journal.drop_below(50)
        node.reboot()
        await bench.exchange(node)
        assert bench.published() == [*range(10), *range(50, 110)]
        assert losses_of(bench.path) == {(17, 1): 40}
        assert bench.spool.lost(17, 1) == bench.peer().lost == 40
        assert bench.peer().session.samples.missing() == 0

    run(job())


def test_a_gateway_that_lost_its_disk_asks_for_a_hello_and_goes_on(bench, tmp_path):
    async def job():
        node = FakeNode(samples=10)
        await bench.exchange(node)
        new = Bench(tmp_path / "new.db")
        new.now_ms = bench.now_ms
        node.journal.append()
        await new.exchange(node)
        assert new.published() == [10]
        assert new.peer().session.samples.expected == 11

    run(job())


def test_a_node_that_lost_its_journal_never_reuses_an_id(bench):
    async def job():
        node = FakeNode(samples=40)
        await bench.exchange(node)
        lost = FakeNode(samples=3, counter=node.stored_limit)
        await bench.exchange(lost)
        assert bench.published() == list(range(43))

    run(job())


def test_two_nodes_in_one_group_are_independent(bench):
    async def job():
        one, two = FakeNode(samples=5), FakeNode(node=18, key=bytes(16), samples=7)
        links = SimpleNamespace(one=Cable(), two=Cable())
        for _ in range(3):
            for node, link in ((one, links.one), (two, links.two)):
                frame = node.frame(bench.now_ms)
                if frame:
                    bench.ingest.frames(link, [frame])
            await bench.ingest.commit()
            for node, link in ((one, links.one), (two, links.two)):
                for answer in link.sent:
                    node.take(answer, bench.now_ms)
                link.sent.clear()
            bench.now_ms += 20
        assert (one.journal.oldest, two.journal.oldest) == (5, 7)
        assert (bench.peer(17).received, bench.peer(18).received) == (5, 7)

    run(job())


def test_who_asks_waits_a_moment_while_the_publisher_is_behind_and_no_longer(tmp_path):
    async def job():
        bench = Bench(tmp_path / "spool.db")
        looks = []
        bench.ingest._is_behind = lambda: looks.append(0) or True
        task = asyncio.create_task(bench.ingest.run())
        bench.hear(FakeNode(samples=1).frame(0))
        async with asyncio.timeout(5):
            while not bench.cable.sent:
                await asyncio.sleep(0.001)
        task.cancel()
        assert len(looks) == 20

    run(job())
