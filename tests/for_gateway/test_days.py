"""The ledger by day: midnight, late, what is recovered, several keys."""

from dataclasses import replace

from gateway.collecting import Collecting
from gateway.errors import SpoolError
from protocol import messages
from protocol.envelope import parse
from protocol.reading import Reading
from protocol.sampletime import UNIX
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import KEY, Bench, run, table
from tests.for_gateway.source import LATE_S, MIDNIGHT_S, Source, at, batch, learn

SQL = "SELECT day, low, above, received, recovered, late FROM day ORDER BY node, epoch, day"


async def days(bench, sql=SQL):
    await bench.ingest.commit()
    return table(bench.path, sql)


def test_samples_of_two_days_in_one_batch_are_counted_on_theirs(bench):
    async def job():
        at(bench, MIDNIGHT_S + 200)
        Source(bench).say(batch(0, 10, MIDNIGHT_S + 119, older=0))
        # 00:01:59, 00:00:59, 23:59:59 and seven before
        assert await days(bench) == [(19_999, 0, 8, 8, 0, 6), (20_000, 8, 10, 2, 0, 0)]

    run(job())


def test_the_first_second_of_a_day_is_of_that_day(bench):
    async def job():
        at(bench, MIDNIGHT_S)
        source = Source(bench)
        source.say(batch(0, 2, MIDNIGHT_S, older=0))
        source.say(batch(2, 1, MIDNIGHT_S - 1))
        assert await days(bench) == [(19_999, 0, 3, 2, 0, 0), (20_000, 1, 2, 1, 0, 0)]

    run(job())


def test_late_is_what_is_older_than_late_to_the_second(bench):
    async def job():
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 1, MIDNIGHT_S + 5000 - LATE_S, older=0))
        assert (await days(bench))[0][3:] == (1, 0, 0)
        source.say(batch(1, 1, MIDNIGHT_S + 5000 - LATE_S - 1))
        assert (await days(bench))[0][3:] == (2, 0, 1)
        # Of these the first four are late, though the batch is not: 540 .. 360, 300 .. 0 s old.
        source.say(batch(2, 10, MIDNIGHT_S + 5000))
        assert (await days(bench))[0][3:] == (12, 0, 5)
        source.say(batch(12, 10, MIDNIGHT_S + 5000))
        assert (await days(bench))[0][3:] == (22, 0, 9)

    run(job())


def test_what_comes_behind_newer_samples_is_recovered(bench):
    async def job():
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 5, MIDNIGHT_S + 4500, older=0))
        source.say(batch(10, 5, MIDNIGHT_S + 5000))
        source.say(batch(5, 5, MIDNIGHT_S + 4800))
        assert await days(bench) == [(20_000, 0, 15, 15, 5, 8)]

    run(job())


def test_what_came_before_is_not_counted_again(bench):
    async def job():
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 5, MIDNIGHT_S + 5000, older=0))
        for _ in range(3):
            source.say(batch(0, 5, MIDNIGHT_S + 5000))
        source.say(batch(3, 5, MIDNIGHT_S + 5180))
        assert await days(bench) == [(20_000, 0, 8, 8, 0, 0)]

    run(job())


def test_commits_add_up_and_so_do_restarts(tmp_path):
    async def job():
        bench = Bench(tmp_path / "spool.db")
        node = FakeNode(samples=10)
        await bench.exchange(node)
        before = sum(row[3] for row in table(bench.path, SQL))
        bench.spool.close()
        again = Bench(tmp_path / "spool.db")
        for _ in range(7):
            node.journal.append()
        again.now_ms = 10**6
        await again.exchange(node)
        assert (before, sum(row[3] for row in table(again.path, SQL))) == (10, 17)

    run(job())


def test_each_epoch_has_days_of_its_own(bench):
    async def job():
        at(bench, MIDNIGHT_S + 5000)
        Source(bench).say(batch(0, 5, MIDNIGHT_S + 5000, older=0))
        await bench.ingest.commit()
        node = bench.registry.find(17)
        new = bytes([9]) * 16
        bench.registry.change(replace(node, epoch=2, key=new, older=((1, KEY),)))
        bench.ingest.renew({17})
        Source(bench, 2, new).say(batch(5, 3, MIDNIGHT_S + 5000))
        rows = await days(bench, "SELECT epoch, low, above, received FROM day ORDER BY epoch")
        assert rows == [(1, 0, 5, 5), (2, 5, 8, 3)]

    run(job())


def test_within_one_commit_all_rules_hold_for_the_batches_that_come_all_day(bench):
    """Late, midnight, and what comes behind, each after a batch that was none of that."""

    async def job():
        learn()
        at(bench, MIDNIGHT_S + 200)
        source = Source(bench)
        source.say(batch(0, 2, MIDNIGHT_S + 200, older=0))
        source.say(batch(2, 2, MIDNIGHT_S + 200))  # goes on
        source.say(batch(4, 10, MIDNIGHT_S + 200))  # begins the day before; 4 of them are late
        source.say(batch(14, 2, MIDNIGHT_S + 200))
        source.say(batch(20, 2, MIDNIGHT_S + 200))
        source.say(batch(16, 2, MIDNIGHT_S + 200))  # due, and behind
        source.say(batch(18, 2, MIDNIGHT_S + 200))
        source.say(batch(22, 2, MIDNIGHT_S + 200))
        expected = [(19_999, 4, 10, 6, 0, 4), (20_000, 0, 24, 18, 4, 0)]
        assert await days(bench) == expected

    run(job())


def test_late_ones_after_others_in_one_commit_are_late(bench):
    async def job():
        learn()
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 10, MIDNIGHT_S + 5000, 1, older=0))
        source.say(batch(10, 10, MIDNIGHT_S + 5000, 1))
        source.say(batch(20, 10, MIDNIGHT_S + 5000))
        source.say(batch(30, 10, MIDNIGHT_S + 4000))
        assert await days(bench) == [(20_000, 0, 40, 40, 0, 14)]

    run(job())


def test_a_key_that_changes_within_one_commit_changes_the_epoch_of_what_follows(bench):
    """The first frame of the new key is no sample, so nothing was dated in its epoch yet."""

    async def job():
        learn()
        at(bench, MIDNIGHT_S + 5000)
        new = bytes([9]) * 16
        node = replace(bench.registry.find(17), epoch=2, key=new, older=((1, KEY),))
        bench.registry.change(node)
        one, two = Source(bench), Source(bench, 2, new)
        for first in (0, 5):
            one.say(batch(first, 5, MIDNIGHT_S + 5000, 1, older=None if first else 0))
        two.say(messages.Note("ok"))
        for first in (10, 15, 20):
            two.say(batch(first, 5, MIDNIGHT_S + 5000, 1))
        rows = await days(bench, "SELECT epoch, low, above, received FROM day ORDER BY epoch")
        assert rows == [(1, 0, 10, 10), (2, 10, 25, 15)]
        assert [f.epoch for f in bench.stored()] == [1, 1, 2, 2, 2]

    run(job())


def test_a_reading_is_a_sample_of_its_day_too(bench):
    async def job():
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 1, MIDNIGHT_S + 4990, older=0))
        source.say(Reading(1, UNIX, MIDNIGHT_S - 5, 0, {0: 215}))
        assert await days(bench) == [(19_999, 1, 2, 1, 0, 1), (20_000, 0, 1, 1, 0, 0)]

    run(job())


def test_what_the_disk_refuses_is_not_in_the_ledger(bench):
    async def job():
        def full(*what):
            raise SpoolError("full", full=True)

        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 5, MIDNIGHT_S + 5000, older=0))
        good, bench.spool.commit = bench.spool.commit, full
        await bench.ingest.commit()
        bench.spool.commit = good
        assert await days(bench) == []
        source.say(batch(0, 5, MIDNIGHT_S + 5000, older=0))
        assert await days(bench) == [(20_000, 0, 5, 5, 0, 0)]

    run(job())


def test_a_frame_asked_for_twice_is_answered_by_the_newest(bench):
    """Two that asked within one commit: the node waits for the answer to its last question."""

    async def job():
        learn()
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 2, MIDNIGHT_S + 5000, older=0), asks=True)
        for first in (2, 4, 6):
            source.say(batch(first, 2, MIDNIGHT_S + 5000), asks=True)
        await bench.ingest.commit()
        assert len(bench.cable.sent) == 1
        bench.cable.sent.clear()
        source.say(batch(8, 2, MIDNIGHT_S + 5000), asks=True)  # the next that is due
        source.say(batch(0, 2, MIDNIGHT_S + 5000), asks=True)  # one that came before
        source.say(batch(10, 2, MIDNIGHT_S + 5000), asks=True)
        source.say(batch(20, 2, MIDNIGHT_S + 5000), asks=False)
        await bench.ingest.commit()
        assert len(bench.cable.sent) == 1
        ack = messages.decode(source.envelope.open_answer(parse(bench.cable.sent[0]), 6))
        assert (ack.expected, list(ack.gaps)) == (12, [8, 2])

    run(job())


def test_a_question_about_old_samples_is_answered_though_a_usual_one_came_before(bench):
    async def job():
        learn()
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 2, MIDNIGHT_S + 5000, older=0))
        source.say(batch(2, 2, MIDNIGHT_S + 5000), asks=True)
        source.say(batch(0, 2, MIDNIGHT_S + 5000), asks=True)
        await bench.ingest.commit()
        (answer,) = bench.cable.sent
        ack = messages.decode(source.envelope.open_answer(parse(answer), source.counter - 1))
        assert ack.expected == 4

    run(job())


def test_what_a_node_said_that_it_has_is_recovered_when_it_comes(bench):
    async def job():
        learn()
        at(bench, MIDNIGHT_S + 5000)
        source = Source(bench)
        source.say(batch(0, 2, MIDNIGHT_S + 5000, older=0))
        source.say(messages.Hello(1, 0, 10, "fw"))
        for first in (2, 4, 6, 8, 10):
            source.say(batch(first, 2, MIDNIGHT_S + 5000))
        assert await days(bench) == [(20_000, 0, 12, 12, 6, 0)]

    run(job())


def test_nothing_collected_is_nothing_to_store():
    collecting = Collecting(LATE_S)
    collecting.finish()
    assert (collecting.count, collecting.group.days, collecting.group.frames) == (0, {}, [])
