"""Flash that comes back empty, again and again: what is still in a journal arrives, and once.

Frames of a lost journal are lost with it, but for the last test.
"""

import random

import pytest

from protocol.envelope import TAG_RADIO, TAG_WIRE
from protocol.session import radio, wired
from tests.shared.pair import Gateway, Node, RamJournal, round_trip, settle


class Life:
    """A node whose journal is lost now and then; every sample has a value of its own."""

    def __init__(self, seed: int, policy, tag: int):
        self.chance = random.Random(seed)
        self.node, self.gateway = Node(lost_journal(), policy=policy, tag=tag), Gateway(tag)
        self.now = 0
        self.taken = 0
        self.gone: set[int] = set()

    def step(self) -> None:
        kind = self.chance.choices(
            ("sample", "talk", "frame lost", "answer lost", "reboot", "crash", "lost", "end lost"),
            (8, 12, 2, 2, 1, 1, 1, 1),
        )[0]
        self.now += self.chance.choice((100, 100_000, 4_000_000))
        if kind == "sample":
            for _ in range(self.chance.randint(1, 90)):
                self.node.append(self.taken)
                self.taken += 1
        elif kind == "talk":
            round_trip(self.node, self.gateway, self.now)
        elif kind == "frame lost":
            self.node.poll(self.now)
        elif kind == "lost":
            self.gone.update(self.node.journal.values.values())
            self.node.journal = lost_journal()
            self.node.restart()
        elif kind == "end lost":
            self.lose_the_end()
        else:
            self.interrupt(kind)

    def lose_the_end(self) -> None:
        """The last records are damaged, and the node knows that they are."""
        journal = self.node.journal
        for _ in range(self.chance.randint(1, 12)):
            if journal.next_number - 1 in journal.values:
                journal.next_number -= 1
                self.gone.add(journal.values.pop(journal.next_number))
        if journal.unsure is None or journal.unsure > journal.next_number:
            journal.unsure = journal.next_number
        self.node.restart()

    def finish(self) -> None:
        """Talk until nothing waits any more."""
        for _ in range(400):
            self.now += 4_000_000
            self.node.session.flush()
            round_trip(self.node, self.gateway, self.now)
        assert not self.node.journal.values

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


def lost_journal() -> RamJournal:
    """Return an empty journal that knows that flash may have forgotten numbers."""
    journal = RamJournal()
    journal.unsure = 0
    return journal


LINKS = {"wired": (wired(), TAG_WIRE), "radio": (radio(), TAG_RADIO)}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("seed", range(25))
def test_what_a_journal_still_holds_arrives_exactly_once(seed, link):
    life = Life(seed, *LINKS[link])
    for _ in range(150):
        life.step()
    life.finish()
    values = list(life.gateway.stored.values())
    assert len(values) == len(set(values)), "a sample was stored twice"
    assert set(range(life.taken)) - life.gone <= set(values)
    assert sorted(life.gateway.stored.keys() | life.gateway.lost) == list(
        range(life.gateway.windows[2][0])
    )
    assert life.gateway.session.samples.missing() == 0


def test_a_batch_that_comes_after_the_loss_of_its_journal_hides_no_new_sample():
    node, gateway = Node(), Gateway()
    settle(node, gateway)
    node.append(10, 11, 12)
    late = node.poll(0)
    assert late is not None
    node.journal = lost_journal()
    node.restart()
    node.append(70, 71, 72, 73)
    assert round_trip(node, gateway, 5000)  # the Hello
    gateway.receive(late)
    settle(node, gateway, 9000)
    assert {70, 71, 72, 73} <= set(gateway.stored.values())


def test_a_hello_that_is_said_again_names_nothing_as_lost():
    node, gateway = Node(lost_journal()), Gateway()
    for now_ms in range(0, 500_000, 100_000):
        node.append(now_ms)
        gateway.receive(node.poll(now_ms), now_ms)
        gateway.commit(now_ms)  # the answer is lost, and then power
        node.restart()
    settle(node, gateway, 900_000)
    assert sorted(gateway.stored) == [0, 1, 2, 3, 4]
    assert not gateway.lost
    assert node.journal.renumbered == 0


def test_numbers_that_were_only_announced_are_not_taken_for_known():
    node, gateway = Node(lost_journal()), Gateway()
    node.append(1, 2, 3)
    settle(node, gateway)
    node.journal.unsure = 3  # the end of the journal was damaged: what follows may be known
    node.append(4)
    node.restart()
    settle(node, gateway, 900_000)
    assert gateway.stored == {0: 1, 1: 2, 2: 3, 3: 4}
    assert not gateway.lost
