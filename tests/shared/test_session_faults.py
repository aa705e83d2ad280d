"""Sessions on a link that loses, doubles and reorders, between two sides that forget."""

from protocol import messages
from protocol.batch import Batch
from protocol.envelope import parse
from protocol.errors import BAD_TAG, REPLAYED
from protocol.gateway_session import GatewaySession
from protocol.reports import Status
from protocol.sampletime import UNIX
from protocol.session import ACKED, HELLO, SAMPLES, STRANGER
from protocol.window import ReplayWindow, SampleWindow
from tests.shared.pair import UNIX_MS, Gateway, Node, envelope, round_trip, settle


def greeted(**options) -> tuple:
    """Return a node and a gateway that know each other."""
    node, gateway = Node(**options), Gateway()
    settle(node, gateway)
    return node, gateway


def test_a_lost_frame_is_said_again():
    node, gateway = greeted()
    node.append(1, 2)
    assert node.poll(0) is not None  # and lost
    node.append(3)
    deadline = node.session.deadline()
    assert node.poll(deadline - 1) is None
    assert settle(node, gateway, deadline) == 1
    assert gateway.stored == {0: 1, 1: 2, 2: 3}
    assert node.session.retries == 1


def test_a_lost_ack_costs_a_duplicate_that_is_not_stored_twice():
    node, gateway = greeted()
    node.append(1, 2)
    gateway.receive(node.poll(0))
    gateway.commit()  # the answer is lost
    node.append(3)
    settle(node, gateway, 5000)
    assert gateway.stored == {0: 1, 1: 2, 2: 3}
    assert gateway.session.duplicates == 2
    assert node.journal.values == {}


def test_a_doubled_frame_is_answered_once():
    node, gateway = greeted()
    node.append(1, 2)
    frame = node.poll(0)
    gateway.receive(frame)
    gateway.receive(frame)
    assert len(gateway.commit()) == 1
    assert gateway.session.refused[REPLAYED] == 1
    gateway.receive(frame)
    assert gateway.commit() == []


def test_the_late_answer_to_a_frame_given_up_is_ignored():
    node, gateway = greeted()
    node.append(1)
    gateway.receive(node.poll(0))
    late = gateway.commit()
    node.append(2)
    assert node.poll(5000) is not None  # the same again, with a new counter
    node.session.receive(late[0], 5001)
    assert list(node.journal.values.values()) == [1, 2]
    assert node.session.refused[REPLAYED] == 1


def test_frames_out_of_order_are_all_taken():
    node, gateway = greeted()
    frames = []
    now = 0
    for value in range(5):
        node.append(value)
        now += 100000
        frames.append(node.poll(now))
    for i in (3, 0, 4, 1, 2):
        gateway.receive(frames[i])
    for answer in gateway.commit():
        node.session.receive(answer, now)
    assert gateway.stored == {i: i for i in range(5)}
    assert node.journal.values == {}
    assert gateway.session.duplicates == 1 + 2 + 3 + 4


def test_an_old_ack_replayed_after_a_reboot_is_ignored():
    node, gateway = Node(), Gateway()
    old = []
    now = 0
    for life in range(4):
        for i in range(3):
            node.append(100 * life + i)
            now += 100000
            frame = node.poll(now)
            for answer in old:
                node.session.receive(answer, now)
            assert node.journal.values, "an old answer made the node forget"
            gateway.receive(frame)
            answers = gateway.commit()
            old += answers
            node.session.receive(answers[0], now)
        node.restart()
    settle(node, gateway, now + 100000)
    assert len(gateway.stored) == 12


def test_old_frames_replayed_store_nothing():
    node, gateway = greeted()
    frames = []
    for value in range(8):
        node.append(value)
        frame = node.poll(0)
        frames.append(frame)
        gateway.receive(frame)
        node.session.receive(gateway.commit()[0], 0)
    gateway.restart()
    for frame in frames:
        gateway.receive(frame)
    assert gateway.commit() == []
    assert gateway.session.refused[REPLAYED] == 8


def test_a_rebooted_node_greets_again_and_goes_on():
    node, gateway = greeted()
    node.append(1, 2, 3)
    node.poll(0)
    node.restart()
    assert settle(node, gateway) == 2
    assert gateway.kinds == [HELLO, HELLO, SAMPLES]
    assert [hello.boot for hello in gateway.contents] == [1, 2]
    assert gateway.stored == {0: 1, 1: 2, 2: 3}


def test_a_gateway_that_crashed_before_the_commit_gets_it_again():
    node, gateway = greeted()
    node.append(1, 2, 3)
    gateway.receive(node.poll(0))
    gateway.restart()
    assert gateway.commit() == []
    settle(node, gateway, 5000)
    assert gateway.stored == {0: 1, 1: 2, 2: 3}
    assert gateway.session.duplicates == 0


def test_a_gateway_that_crashed_after_the_commit_stores_nothing_twice():
    node, gateway = greeted()
    node.append(1, 2, 3)
    gateway.receive(node.poll(0))
    gateway.commit()
    gateway.restart()
    settle(node, gateway, 5000)
    assert gateway.stored == {0: 1, 1: 2, 2: 3}
    assert gateway.session.duplicates == 3


def test_a_gateway_that_forgot_the_node_asks_for_a_hello():
    node, gateway = greeted()
    node.append(1, 2)
    settle(node, gateway)
    gateway.forget()
    node.append(3, 4)
    settle(node, gateway)
    assert gateway.kinds == [HELLO, SAMPLES, STRANGER, HELLO, SAMPLES]
    assert gateway.stored == {0: 1, 1: 2, 2: 3, 3: 4}
    assert gateway.windows[2] == (4, [], 4)


def test_a_stranger_is_not_stored_and_loses_nothing():
    node, gateway = greeted()
    gateway.forget()
    node.append(1, 2)
    assert round_trip(node, gateway)
    assert gateway.stored == {}
    assert list(node.journal.values.values()) == [1, 2]
    assert [kind for kind, _ in node.events()].count(ACKED) == 1  # of the first hello only


def test_a_gateway_that_forgot_the_node_is_found_again_at_any_counter():
    for limit in (70000, 1 << 20, (1 << 32) - 1000):
        node, gateway = greeted(limit=limit)
        node.append(1, 2)
        settle(node, gateway)
        gateway.forget()
        node.append(3, 4)
        frame = node.poll(0)
        gateway.receive(frame)  # 16 bits of a counter that it cannot complete any more
        assert gateway.session.refused[BAD_TAG] == 1
        settle(node, gateway, 5000)
        assert gateway.stored == {0: 1, 1: 2, 2: 3, 3: 4}


def test_a_gateway_with_an_older_disk_says_what_is_lost():
    node, gateway = greeted()
    node.append(1, 2)
    settle(node, gateway)
    windows, stored = gateway.windows, dict(gateway.stored)
    node.append(3, 4)
    settle(node, gateway)
    gateway.windows, gateway.stored = windows, stored
    gateway.restart()
    node.append(5, 6)
    settle(node, gateway, 5000)
    assert gateway.lost == {2, 3}
    assert gateway.stored == {0: 1, 1: 2, 4: 5, 5: 6}
    assert gateway.windows[2] == (6, [], 6)
    assert node.journal.values == {}


def test_a_status_is_said_once_even_when_it_is_lost():
    node, gateway = greeted()
    node.session.send(Status({"uptime_s": 1}), 0)
    assert node.poll(0) is not None
    assert settle(node, gateway, 5000) == 0
    assert gateway.kinds == [HELLO]


def test_a_gateway_from_a_backup_takes_no_wrong_number_when_another_frame_comes_first():
    session = GatewaySession(envelope(), ReplayWindow(1000, 1), SampleWindow(1000))
    node = envelope()
    session.receive(parse(node.seal_up(9000, messages.encode(messages.Poll()))), UNIX_MS)
    session.next_event()
    batch = Batch(70000, (0,), [[200]], 10, UNIX, UNIX_MS // 1000)
    session.receive(parse(node.seal_up(9001, messages.encode(batch))), UNIX_MS)
    assert session.next_event()[0] == STRANGER
    assert session.samples.runs == []
