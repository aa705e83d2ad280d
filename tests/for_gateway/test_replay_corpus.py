"""Everything that two nodes ever heard and said, sent to the real gateway again, in any order.

Nothing on the disk changes, nothing is published, nobody is answered, and each frame is counted.
"""

import random

import pytest

from protocol.messages import Note
from protocol.reports import Status
from tests.fakes.node import FakeNode
from tests.for_gateway.bench import Bench, losses_of, run, states_of, table

KEYS = {17: bytes(range(16)), 18: bytes(16)}
ROUNDS = 25  # each node stays below the 64 frames that the window tells apart


class Air:
    """All frames that were on the air; every fifth that went up and every seventh down is lost."""

    def __init__(self):
        self.up = []
        self.down = []

    def carry_up(self, bench, frame):
        """Record a frame; hand it to the gateway, now or, where it is lost, never."""
        self.up.append(frame)
        if len(self.up) % 5:
            bench.hear(frame)

    def carry_down(self, bench, nodes):
        """Record the answers and hand them to both nodes: each knows its own."""
        for answer in bench.cable.sent:
            self.down.append(answer)
            if len(self.down) % 7:
                for node in nodes:
                    node.take(answer, bench.now_ms)
        bench.cable.sent.clear()


async def lived(bench):
    """Let two nodes live with losses; return the air and the nodes, at rest."""
    air, nodes = Air(), [FakeNode(number, key) for number, key in KEYS.items()]
    for turn in range(ROUNDS):
        for node in nodes:
            node.journal.append()
            if turn % 6 == 3:
                node.session.send(Note(f"turn {turn}"), bench.now_ms)
                node.session.send(Status({"uptime_s": turn}), bench.now_ms)
            frame = node.frame(bench.now_ms)
            if frame is not None:
                air.carry_up(bench, frame)
        await bench.ingest.commit()
        air.carry_down(bench, nodes)
        bench.now_ms += 3000
    # What was lost on its way is no replay when it comes at last.
    for frame in air.up:
        bench.hear(frame)
    await bench.ingest.commit()
    bench.cable.sent.clear()
    bench.ingest.refused.clear()
    bench.segments.clear()
    assert len(air.up) > ROUNDS and len(air.down) > ROUNDS
    return air, nodes


def disk_of(bench):
    """Return all that the spool holds."""
    days = table(bench.path, "SELECT * FROM day ORDER BY node, epoch, day")
    return bench.stored(), states_of(bench.path), losses_of(bench.path), days


async def replay(bench, frames, seed):
    """Send frames again, shuffled and some of them twice; return how many."""
    chance = random.Random(seed)
    frames = chance.sample(frames * 2, len(frames) * 3 // 2)
    for number, frame in enumerate(frames):
        bench.hear(frame)
        if number % 10 == 9:
            await bench.ingest.commit()
    await bench.ingest.commit()
    return len(frames)


@pytest.mark.parametrize("seed", range(5))
def test_uplinks_again_change_nothing_before_and_after_restarts(bench, seed):
    async def job():
        air, _ = await lived(bench)
        disk, again, received = disk_of(bench), bench, bench.peer().received
        for restart in range(3):
            count = await replay(again, air.up, 10 * restart + seed)
            assert again.ingest.refused == {"replayed": count}
            assert again.cable.sent == []
            assert again.segments == []
            assert disk_of(again) == disk
            assert again.peer().received == received
            again.spool.close()
            again = Bench(bench.path)
        assert disk_of(again) == disk

    run(job())


def test_answers_again_are_nobodys_at_the_gateway_and_replayed_at_the_node(bench):
    async def job():
        air, nodes = await lived(bench)
        disk = disk_of(bench)
        count = await replay(bench, air.down, 1)
        assert bench.ingest.refused == {"unknown_node": count}
        assert (bench.cable.sent, bench.segments, disk_of(bench)) == ([], [], disk)
        for node in nodes:
            node.session.handle_timeout(10**7)
            oldest, refused = node.journal.oldest, sum(node.session.refused.values())
            for answer in air.down:
                node.take(answer, 10**7)
            assert node.journal.oldest == oldest
            assert sum(node.session.refused.values()) == refused + len(air.down)

    run(job())


def test_one_nodes_frames_under_the_others_address_are_refused(bench):
    async def job():
        air, _ = await lived(bench)
        disk = disk_of(bench)
        swapped = []
        for frame in air.up:
            assert frame[1] in KEYS
            swapped.append(frame[:1] + bytes([35 - frame[1]]) + frame[2:])
        count = await replay(bench, swapped, 2)
        assert bench.ingest.refused == {"bad_tag": count}
        assert (bench.cable.sent, bench.segments, disk_of(bench)) == ([], [], disk)

    run(job())


def test_life_goes_on_after_a_replay(bench):
    async def job():
        air, nodes = await lived(bench)
        await replay(bench, air.up + air.down, 3)
        bench.now_ms += 10**6
        for node in nodes:
            await bench.exchange(node)
            assert node.journal.oldest == node.journal.next_number
        assert sorted(bench.published()) == sorted(2 * list(range(ROUNDS)))

    run(job())
