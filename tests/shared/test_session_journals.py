"""Journals that overflow, are lost, or hold what cannot be said: the two sides stay in step."""

from protocol.session import HELLO
from tests.shared.pair import Gateway, Node, RamJournal, settle


def greeted(**options) -> tuple:
    """Return a node and a gateway that know each other."""
    node, gateway = Node(**options), Gateway()
    settle(node, gateway)
    return node, gateway


def lose_journal(node: Node) -> None:
    """Power off, and flash comes back empty."""
    node.journal = RamJournal()
    node.journal.unsure = 0
    node.restart()


def test_a_journal_that_was_lost_is_numbered_on_from_the_gateway():
    node, gateway = greeted()
    node.append(*range(10))
    settle(node, gateway)
    lose_journal(node)
    node.append(70, 71, 72)
    settle(node, gateway, 5000)
    assert node.journal.renumbered == 1
    assert [gateway.stored[i] for i in (10, 11, 12)] == [70, 71, 72]
    assert gateway.windows[2] == (13, [], 13)
    node.append(73)
    settle(node, gateway, 6000)
    assert gateway.stored[13] == 73
    assert gateway.lost == set()


def test_an_empty_journal_after_a_loss_is_numbered_on_too():
    node, gateway = greeted()
    node.append(*range(10))
    settle(node, gateway)
    lose_journal(node)
    settle(node, gateway, 5000)
    assert node.journal.next_number == 10
    node.append(70)
    settle(node, gateway, 6000)
    assert gateway.stored[10] == 70


def test_what_a_full_journal_dropped_is_told_and_everything_else_arrives():
    node, gateway = greeted(journal=RamJournal(capacity=20))
    node.append(*range(50))  # the link was away
    settle(node, gateway)
    assert gateway.lost == set(range(30))
    assert gateway.stored == {i: i for i in range(30, 50)}
    assert gateway.windows[2] == (50, [], 50)


def test_a_journal_that_overflows_on_every_round_trip_still_delivers():
    node, gateway = Node(RamJournal(capacity=50)), Gateway()
    node.append(*range(200))
    for value in range(200, 300):
        frame = node.poll(value * 100000)
        node.append(value)  # a sample was taken, and the oldest dropped, before the answer came
        gateway.receive(frame)
        node.session.receive(gateway.commit()[0], value * 100000)
    settle(node, gateway, 400 * 100000)
    assert len(gateway.stored) > 100
    assert sorted(list(gateway.stored) + list(gateway.lost)) == list(range(150, 300))
    assert gateway.windows[2] == (300, [], 300)


def test_a_lost_journal_that_grew_past_what_is_expected_loses_nothing():
    for known, taken in ((1, 1), (3, 10), (3, 3), (64, 200), (200, 64)):
        node, gateway = greeted()
        node.append(*range(known))
        settle(node, gateway)
        lose_journal(node)
        node.append(*range(1000, 1000 + taken))
        settle(node, gateway, 5000)
        assert [gateway.stored[known + i] for i in range(taken)] == list(range(1000, 1000 + taken))
        assert gateway.windows[2] == (known + taken, [], known + taken)
        assert gateway.lost == set()


def test_a_numbering_is_confirmed_once_and_then_kept():
    node, gateway = greeted()
    node.append(1, 2, 3)
    settle(node, gateway)
    for life in range(3):
        node.restart()
        node.append(life)
        settle(node, gateway, 1000 * life)
    assert node.journal.renumbered == 0
    assert sorted(gateway.stored) == list(range(6))


def test_what_a_lost_journal_held_above_a_gap_is_given_up():
    node, gateway = greeted(journal=RamJournal(capacity=4))
    node.append(*range(4))
    settle(node, gateway)
    node.append(*range(4, 12))  # 4 .. 7 are dropped
    gateway.receive(node.poll(0))
    gateway.commit()  # stored above the gap, and the answer is lost
    assert gateway.windows[2][2] == 12
    lose_journal(node)
    node.append(70, 71)
    settle(node, gateway, 5000)
    assert gateway.lost == {4, 5, 6, 7}
    assert (gateway.stored[12], gateway.stored[13]) == (70, 71)
    assert gateway.windows[2] == (14, [], 14)


def test_a_gateway_with_a_much_older_disk_completes_every_number():
    for behind in (5000, 40000):
        node, gateway = greeted(journal=RamJournal(first=behind))
        top, mask, _ = gateway.windows
        gateway.windows, gateway.kinds = (top, mask, (0, [], 0)), []
        gateway.restart()
        node.append(7)
        node.restart()  # or else it could not know that 16 bits are too few
        settle(node, gateway, 5000)
        assert gateway.stored == {behind: 7}
        assert gateway.windows[2] == (behind + 1, [], behind + 1)


def test_a_node_that_took_many_samples_since_tells_whole_numbers():
    for taken in (8000, 8300, 33000):
        node, gateway = greeted(journal=RamJournal(capacity=100))
        for value in range(taken):
            node.append(value)
        settle(node, gateway)
        assert gateway.stored == {i: i for i in range(taken - 100, taken)}
        assert gateway.windows[2] == (taken, [], taken)


def test_samples_that_cannot_be_said_are_given_up_and_the_rest_arrives():
    for bad in ((0,), (5,), (63,), (64,), (99,), (0, 1, 2), (10, 50, 70), tuple(range(40, 60))):
        node, gateway = greeted()
        node.append(*[1 << 30 if i in bad else i for i in range(100)])
        settle(node, gateway)
        assert gateway.stored == {i: i for i in range(100) if i not in bad}
        node.append(7)
        settle(node, gateway)
        assert gateway.lost == set(bad)
        assert gateway.windows[2] == (101, [], 101)


def test_a_hello_says_whether_the_ledger_is_new():
    gateway, node = Gateway(), Node(RamJournal(first=500))
    for is_new in (True, False):
        node.restart()
        gateway.receive(node.poll(0))
        kind, _, content, _ = gateway.session.next_event()
        assert (kind, content[3]) == (HELLO, is_new)
