"""What a real Ingest answers and remembers when frames come late or answers have no form."""

from tests.fakes.node import FakeNode
from tests.for_gateway.bench import Bench, run


def test_a_batch_overtaken_by_a_hello_stays_out_after_a_restart(tmp_path):
    """It was sealed before flash was lost: its numbers mean other samples now."""

    async def job():
        bench = Bench(tmp_path / "spool.db")
        node = FakeNode()
        await bench.exchange(node)
        for _ in range(3):
            node.journal.append()
        late = node.frame(bench.now_ms)
        node.reboot()
        bench.hear(node.frame(bench.now_ms))  # the Hello
        await bench.ingest.commit()
        again = Bench(tmp_path / "spool.db")
        assert await again.answers(late) == []
        assert again.peer().session.replay.hello == bench.peer().session.replay.hello >= 0
        assert again.published() == []

    run(job())


def test_a_gateway_that_missed_too_much_remembers_so_over_a_restart(tmp_path):
    async def job():
        bench = Bench(tmp_path / "spool.db")
        node = FakeNode(samples=2)
        await bench.exchange(node)
        for _ in range(400):
            node.session._frames.take()  # frames that never came
        node.journal.append()
        bench.hear(node.frame(bench.now_ms))
        await bench.ingest.commit()
        again = Bench(tmp_path / "spool.db")
        assert again.spool.state(17, 1).adrift
        again.now_ms = 100_000
        await again.exchange(node)
        assert not again.peer().session.samples.adrift
        assert again.published() == [0, 1, 2]

    run(job())


def test_an_answer_without_a_form_ends_nobody(bench):
    async def job():
        sick, well = FakeNode(samples=1), FakeNode(node=18, key=bytes(16), samples=1)
        await bench.exchange(sick)
        bench.peer().session.promise = lambda: (1 << 40, ())
        sick.journal.append()
        bench.hear(sick.frame(bench.now_ms))
        bench.hear(well.frame(bench.now_ms))
        await bench.ingest.commit()
        assert len(bench.cable.sent) == 1
        well.take(bench.cable.sent.pop(), bench.now_ms)
        await bench.exchange(well)
        assert bench.published() == [0, 1, 0]

    run(job())
