"""Flash that comes back empty, again and again: what is still in a journal arrives, and once.

Frames of a lost journal are lost with it, but for the last test.
"""

import random

import pytest

from tests.shared.pair import Gateway, Node, RamJournal, round_trip, settle


class Life:
    """A node whose journal is lost now and then; every sample has a value of its own."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        self.node, self.gateway = Node(), Gateway()
        self.now = 0
        self.taken = 0
        self.gone: set[int] = set()

    def step(self) -> None:
        kind = self.chance.choices(
            ("sample", "talk", "frame lost", "answer lost", "reboot", "crash", "journal lost"),
            (8, 8, 2, 2, 1, 1, 1),
        )[0]
        self.now += 100_000
        if kind == "sample":
            for _ in range(self.chance.randint(1, 90)):
                self.node.append(self.taken)
                self.taken += 1
        elif kind == "talk":
            round_trip(self.node, self.gateway, self.now)
        elif kind == "frame lost":
            self.node.poll(self.now)
        elif kind == "journal lost":
            self.gone.update(self.node.journal.values)
            self.node.journal = RamJournal()
            self.node.restart()
        else:
            self.interrupt(kind)

    def interrupt(self, kind: str) -> None:
        if kind == "reboot":
            self.node.restart()
            return
        frame = self.node.poll(self.now)
        if frame is not None:
            self.gateway.receive(frame, self.now)
        if kind == "answer lost":
            self.gateway.commit(self.now)
        else:
            self.gateway.restart()


@pytest.mark.parametrize("seed", range(25))
def test_what_a_journal_still_holds_arrives_exactly_once(seed):
    life = Life(seed)
    for _ in range(150):
        life.step()
    settle(life.node, life.gateway, life.now + 100_000)
    values = list(life.gateway.stored.values())
    assert len(values) == len(set(values)), "a sample was stored twice"
    assert set(range(life.taken)) - life.gone <= set(values)
    assert sorted(life.gateway.stored.keys() | life.gateway.lost) == list(
        range(life.gateway.windows[2][0])
    )
    assert life.node.journal.renumbered <= 1
    assert life.gateway.session.samples.missing() == 0


def test_a_batch_that_comes_after_the_loss_of_its_journal_hides_no_new_sample():
    node, gateway = Node(), Gateway()
    settle(node, gateway)
    node.append(10, 11, 12)
    late = node.poll(0)
    assert late is not None
    node.journal = RamJournal()
    node.restart()
    node.append(70, 71, 72, 73)
    assert round_trip(node, gateway, 5000)  # the Hello
    gateway.receive(late)
    settle(node, gateway, 9000)
    assert {70, 71, 72, 73} <= set(gateway.stored.values())
