"""A broker that refuses some topics: only what they are to get waits, and nothing of it is lost."""

from gateway import publisher as publishers
from gateway.ratelimit import RateLimit
from gateway.refusals import PAUSE_S, Aside, Refusals
from gateway.telling import Telling
from tests.fakes.clock import FakeClock
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import Bench, frames_of, run
from tests.for_gateway.publishing import (
    MemoryBroker,
    numbers_of,
    publisher_of,
    row,
    running,
    samples_of,
    settle,
    until,
)


async def _filled(path, samples=20):
    """Return a bench whose spool holds samples of one node."""
    bench = Bench(path)
    await bench.exchange(FakeNode(samples=samples))
    return bench


def test_a_reading_that_is_sent_again_is_not_late_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(publishers, "_LOOK_S", 0.001)

    async def job():
        bench = await _filled(tmp_path / "spool.db")
        bench.clock.advance(10**6)
        broker = MemoryBroker(lambda topic: topic.endswith("/power"))
        publisher = publisher_of(bench, broker, retry_max_s=0.001)
        async with running(publisher):
            await until(lambda: publisher.refused_topics == 1)
            await settle()
            assert (publisher.samples, bench.spool.rows > 0) == (0, True)
            broker.refused = lambda topic: False
            bench.clock.advance(31)
            await until(lambda: not bench.spool.rows)
        assert (publisher.late[17], publisher.samples) == (20, 20)

    run(job())


def test_what_is_refused_waits_and_is_offered_again_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(publishers, "_LOOK_S", 0.001)

    async def job():
        bench = await _filled(tmp_path / "spool.db")
        broker = MemoryBroker(lambda topic: not topic.endswith("/status"))
        publisher = publisher_of(bench, broker)
        async with running(publisher):
            await until(lambda: publisher.refused_topics == 2)
            await settle()
            rows, sent = bench.spool.rows, len(numbers_of(broker.taken))
            bench.clock.advance(29)
            await settle()
            assert (bench.spool.rows, len(numbers_of(broker.taken)), broker.connections) == (
                rows,
                sent,
                1,
            )
            broker.refused = lambda topic: False
            bench.clock.advance(2)
            await until(lambda: not bench.spool.rows)
            assert (publisher.refused_topics, broker.connections) == (0, 1)

    run(job())


def test_one_refused_node_holds_up_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(publishers, "_LOOK_S", 0.001)

    async def job():
        bench = Bench(tmp_path / "spool.db")
        nodes = [FakeNode(samples=30), FakeNode(node=18, key=bytes(16), samples=30)]
        for node in nodes:
            await bench.exchange(node)
        broker = MemoryBroker(lambda topic: "/air-17/" in topic)
        publisher = publisher_of(bench, broker)
        async with running(publisher):
            await until(lambda: publisher.refused_topics and bench.published())
            await until(lambda: {f.node for f in frames_of(bench.spool)} == {17})
            nodes[1].journal.append()
            await bench.exchange(nodes[1])
            await until(lambda: {f.node for f in frames_of(bench.spool)} == {17})
            assert publisher.on_its_way()[0] == 0  # so that `trim` may take what waits
            broker.refused = lambda topic: False
            bench.clock.advance(31)
            await until(lambda: not bench.spool.rows)
        ids = [
            entry["id"] for topic, entry in samples_of(broker.taken) if topic.endswith("climate")
        ]
        assert sorted(set(ids)) == sorted(
            [f"17/1/{n}" for n in range(30)] + [f"18/1/{n}" for n in range(31)]
        )

    run(job())


def test_what_was_left_out_stays_though_its_time_is_over_before_the_rest_is_acknowledged(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(publishers, "_LOOK_S", 0.001)

    async def job():
        bench = Bench(tmp_path / "spool.db")
        node = FakeNode(samples=3)
        await bench.exchange(node)
        broker = MemoryBroker(lambda topic: topic.endswith("/climate"))
        publisher = publisher_of(bench, broker)
        bench.ingest._on_segments = publisher.segments
        async with running(publisher):
            await until(lambda: publisher.refused_topics == 1)
            await settle()
            broker.holds = True  # of the next sample only the power is on its way, for long
            node.journal.append()
            await bench.exchange(node)
            await until(lambda: broker.held)
            bench.clock.advance(PAUSE_S + 1)
            broker.refused = lambda topic: False
            broker.holds = False
            broker.release()

            def is_empty():
                bench.clock.advance(1)  # what is put aside only now waits for its next look
                return not bench.spool.rows

            await until(is_empty)
        ids = {entry["id"] for topic, entry in samples_of(broker.taken) if "/climate" in topic}
        assert ids == {f"17/1/{n}" for n in range(4)}

    run(job())


def _refusals():
    clock = FakeClock()
    return clock, Refusals(clock, RateLimit(publishers.log, clock))


def test_a_topic_is_left_out_for_a_while_and_no_other_is():
    clock, refusals = _refusals()
    refusals.note({"a": "no"})
    clock.advance(PAUSE_S - 1)
    refusals.note({"b": "no"})
    assert (refusals.left_out(), refusals.count) == ({"a", "b"}, 2)
    clock.advance(1)
    assert (refusals.left_out(), refusals.count) == ({"b"}, 1)
    clock.advance(PAUSE_S)
    assert (refusals.left_out(), refusals.count) == (set(), 0)


def test_topics_that_are_left_out_are_bounded():
    _, refusals = _refusals()
    for n in range(25):
        refusals.note({f"{n}/{i}": "no" for i in range(1000)})
        assert refusals.count <= 11_000


def test_whoever_was_first_without_an_acknowledgement_three_times_is_left_out():
    _, refusals = _refusals()
    for oldest in ("a", "a", "b", "a", None, "a", "a"):
        refusals.learn({}, oldest)
    assert refusals.left_out() == set()
    refusals.learn({}, "a")
    assert refusals.left_out() == {"a"}


def test_a_connection_that_said_what_it_refuses_makes_nobody_a_suspect():
    _, refusals = _refusals()
    for _ in range(5):
        refusals.learn({"b": "no"}, "a")
    assert refusals.left_out() == {"b"}


def test_what_is_tried_in_vain_for_long_comes_again_later():
    clock = FakeClock()
    aside = Aside(clock)
    aside.pause()
    assert aside.take_due() == 0
    segments = [publishers.Segment(7, [row(0)])]
    aside.put(segments)
    clock.advance(PAUSE_S)
    assert (aside.take_due(), aside.newest, aside.take_due()) == (7, 0, 0)
    clock.advance(20)  # so long did it take to look at all of it again
    aside.put(segments)
    aside.pause()
    clock.advance(199)
    assert aside.take_due() == 0
    clock.advance(1)
    assert aside.take_due() == 7


class _Results:
    """Commands with results for two topics."""

    def __init__(self):
        self.waiting = [(1, "a/result", b"1", False), (2, "b/result", b"2", False)]

    def outgoing(self):
        return list(self.waiting)

    def delivered(self, ids):
        self.waiting = [result for result in self.waiting if result[0] not in ids]


def test_a_result_that_is_left_out_is_told_later_and_holds_up_no_other():
    async def job():
        clock, refusals = _refusals()
        results = _Results()
        telling = Telling((), results, refusals, clock, 1.0)
        refusals.note({"a/result": "no"})
        broker = MemoryBroker()
        async with broker.connect():
            await telling._tell_results(broker)
            assert [result[0] for result in results.waiting] == [1]
            clock.advance(PAUSE_S)
            await telling._tell_results(broker)
        assert not results.waiting
        assert [topic for topic, _ in broker.sessions[0][0]] == ["b/result", "a/result"]

    run(job())
