"""Frames that come too late, and gateways that forget: no number gets another sample."""

from protocol import commands
from protocol.commands import Command
from protocol.envelope import TAG_RADIO
from protocol.messages import Gone, encode
from protocol.session import TIME, UNREADABLE, radio, wired
from tests.shared.pair import Gateway, Node, RamJournal, envelope, round_trip, settle


def lose_journal(node) -> None:
    """Power off, and flash comes back empty, and knows that it is."""
    node.journal = RamJournal()
    node.journal.unsure = 0
    node.restart()


def test_a_batch_overtaken_by_a_hello_stays_out_after_a_restart_of_the_gateway():
    node, gateway = Node(), Gateway()
    settle(node, gateway)
    node.append(10, 11, 12)
    late = node.poll(0)
    lose_journal(node)
    node.append(70, 71, 72)
    round_trip(node, gateway, 5000)  # the Hello
    gateway.restart()
    gateway.receive(late)
    settle(node, gateway, 90000)
    assert gateway.stored == {0: 70, 1: 71, 2: 72}


def test_a_hello_overtaken_by_another_claims_no_numbers():
    node, gateway = Node(), Gateway()
    node.append(*range(10))
    settle(node, gateway)
    node.restart()
    node.append(*range(10, 30))
    late = node.poll(1000)
    lose_journal(node)
    settle(node, gateway, 5000)
    gateway.receive(late)
    gateway.commit()
    for value in range(100, 140):
        node.append(value)
        settle(node, gateway, value * 1000)
    assert [gateway.stored[10 + i] for i in range(40)] == list(range(100, 140))
    assert gateway.lost == set()


def test_a_gateway_that_missed_much_completes_no_number_until_it_is_told():
    node, gateway = Node(policy=radio(64, 12), tag=TAG_RADIO), Gateway(TAG_RADIO)
    now = 0

    def go(frames: int, is_heard: bool) -> None:
        nonlocal now
        for _ in range(frames):
            node.append(*range(64))
            now += 900000
            while True:
                frame = node.poll(now % (1 << 30))
                if frame is None:
                    break
                if is_heard:
                    gateway.receive(frame, now)
                    for answer in gateway.commit(now):
                        node.session.receive(answer, now % (1 << 30))
                now += 4000

    go(20, True)
    old = gateway.windows, gateway.flags
    for _ in range(33):
        go(10, True)
        gateway.stored = {}  # there is not so much memory on a board
    gateway.windows, gateway.flags = old  # an old disk
    gateway.restart()
    go(40, True)
    assert min(gateway.stored) >= node.journal.next_number - 64 * 60


def test_two_commands_are_no_reason_to_poll_without_a_pause():
    node, gateway = Node(policy=wired()), Gateway()
    settle(node, gateway)
    gateway.session.send(Command(1, commands.MOUNT_TEST, (5,)), 0)
    gateway.session.send(Command(2, commands.SAMPLE), 0)
    node.append(1)
    assert settle(node, gateway, 1000) < 6


def test_a_slow_line_starves_neither_live_samples_nor_old_ones():
    node, gateway = Node(), Gateway()
    settle(node, gateway)
    node.append(*range(1000))
    on_their_way = []
    for now in range(1000, 200000, 100):
        if now % 1000 == 0:
            node.append(now)
        frame = node.poll(now)
        if frame is not None:
            gateway.receive(frame, now)
            on_their_way += [(now + 1100, answer) for answer in gateway.commit(now)]
        while on_their_way and on_their_way[0][0] <= now:
            node.session.receive(on_their_way.pop(0)[1], now)
    assert len(node.journal.values) < 5


def test_the_end_of_all_numbers_is_unreadable_and_ends_nobody():
    node, gateway = Node(), Gateway()
    settle(node, gateway)
    gateway.receive(envelope().seal_up(900, encode(Gone((1 << 32) - 1, 1)), asks=True))
    assert len(gateway.commit()) == 1
    assert gateway.kinds[-1] == UNREADABLE


def test_a_new_node_that_overflowed_before_its_first_word_names_what_is_gone():
    node, gateway = Node(RamJournal(capacity=20)), Gateway()
    node.journal.unsure = 0
    node.append(*range(50))
    settle(node, gateway)
    assert gateway.stored == {number: number for number in range(30, 50)}
    assert gateway.lost == set(range(30))


def test_numbers_wait_where_flash_refuses_to_move_them():
    node, gateway = Node(), Gateway()
    node.append(*range(10))
    settle(node, gateway)
    lose_journal(node)
    node.append(70, 71, 72)
    good = node.journal.renumber

    def refuse(number):
        raise OSError(28)

    node.journal.renumber = refuse
    for now in (5000, 90000):
        try:
            settle(node, gateway, now)
        except OSError:
            pass  # the task is started again; nothing goes out under the old numbers
    assert sorted(gateway.stored) == list(range(10))
    node.journal.renumber = good
    settle(node, gateway, 180000)
    assert [gateway.stored[number] for number in (10, 11, 12)] == [70, 71, 72]


def test_a_time_that_was_long_on_its_way_is_not_taken():
    for delay, is_taken in ((4999, True), (5000, False), (60000, False)):
        node, gateway = Node(), Gateway()
        gateway.receive(node.poll(0), 0)
        node.session.receive(gateway.commit(0)[0], delay)
        assert (TIME in [kind for kind, _ in node.events()]) == is_taken


def test_after_a_frame_that_asks_nothing_more_may_be_due_at_once():
    node, gateway = Node(policy=radio(8, 12), tag=TAG_RADIO), Gateway(TAG_RADIO)
    settle(node, gateway)
    node.append(*range(8))
    assert node.poll(7000) is not None
    assert node.session.deadline() == 7000
    assert node.poll(7000) is None
    assert node.session.deadline() is None
