"""What a session tells a link that waits for the air, and learns from it."""

from protocol._compat import ticks_add
from protocol.envelope import TAG_RADIO, parse
from protocol.session import HELLO, SAMPLES, TIME, radio
from tests.shared.expect import Chance
from tests.shared.pair import UNIX_MS, Gateway, Node

MINUTE_MS = 60000
ANSWER_MS = 3000


def radio_node(every: int = 8, ask_every: int = 12, jitter=None) -> Node:
    return Node(policy=radio(every, ask_every), tag=TAG_RADIO, jitter=jitter)


def greeted(every: int = 8, ask_every: int = 12) -> tuple:
    """Return a node and a gateway that know each other."""
    node, gateway = radio_node(every, ask_every), Gateway(TAG_RADIO)
    answer(node, gateway, node.poll(0), 100)
    node.events()
    return node, gateway


def answer(node: Node, gateway: Gateway, frame: bytes, now_ms: int) -> None:
    gateway.receive(frame, now_ms)
    node.session.receive(gateway.commit(now_ms)[0], now_ms)


def test_a_link_listens_only_while_a_frame_that_asked_is_in_flight():
    node, gateway = greeted(every=1, ask_every=2)
    seen = []
    for value in range(4):
        node.append(value)
        frame = node.poll(1000)
        assert node.session.is_waiting == parse(frame).more
        seen.append(node.session.is_waiting)
        if node.session.is_waiting:
            answer(node, gateway, frame, 1500)
            assert not node.session.is_waiting
    assert seen == [False, True, False, True]


def test_an_ask_in_vain_is_told_until_one_is_answered():
    node, gateway = radio_node(), Gateway(TAG_RADIO)
    now = 0
    for count in range(5):
        assert node.session.vain == count
        assert node.poll(now) is not None
        assert node.session.is_waiting
        now = ticks_add(now, ANSWER_MS)
        node.session.handle_timeout(now)
        assert not node.session.is_waiting
        assert node.session.vain == count + 1
        assert node.poll(now) is None
        now = node.session.deadline()
    answer(node, gateway, node.poll(now), now)
    assert node.session.vain == 0
    assert node.session.retries == 5


def test_an_answer_may_take_its_time_from_when_the_frame_really_left():
    for held in (0, 1, 24000):
        for start in (0, ticks_add(0, -10000)):
            node = radio_node()
            node.poll(start)
            left = ticks_add(start, held)
            node.session.sent(left)
            assert node.session.deadline() == ticks_add(left, ANSWER_MS)
            node.session.handle_timeout(ticks_add(left, ANSWER_MS - 1))
            assert node.session.is_waiting
            node.session.handle_timeout(ticks_add(left, ANSWER_MS))
            assert not node.session.is_waiting
            assert node.poll(ticks_add(left, 9999)) is None
            assert node.poll(ticks_add(left, 10000)) is not None


def test_what_the_link_held_up_is_no_part_of_the_round_trip():
    node, gateway = radio_node(), Gateway(TAG_RADIO)
    frame = node.poll(0)
    node.session.sent(20000)
    answer(node, gateway, frame, 21000)
    assert TIME in [kind for kind, _ in node.events()]  # 21 s would make it stale
    node.append(*range(8))
    node.session.flush()
    node.poll(30000)
    node.session.handle_timeout(33000)
    assert node.poll(39999) is None
    assert node.poll(40000) is not None  # the pause is 10 s, not four times 21


def test_to_have_sent_what_did_not_ask_changes_nothing():
    node, _ = greeted()
    node.append(*range(8))
    assert node.poll(1000) is not None
    before = node.session.deadline()
    node.session.sent(9000)
    assert node.session.deadline() == before
    assert not node.session.is_waiting


def test_no_wait_for_the_air_wakes_a_node_that_has_nothing_to_say():
    node, _ = greeted(every=4)
    asked = []

    def may_send(is_live: bool, now_ms: int) -> int:
        asked.append(now_ms)
        return 5000

    node.session._may_send = may_send
    for value in range(3):
        node.append(value)
        assert not node.session.is_live_due
        assert node.poll(value * MINUTE_MS) is None
        assert node.session.deadline() is None
    assert asked == []
    node.append(3)
    assert node.session.is_live_due
    assert node.poll(3 * MINUTE_MS) is None
    assert node.session.deadline() == 3 * MINUTE_MS + 5000


def test_where_the_air_never_has_room_nothing_is_sent_and_nothing_wakes_the_node():
    node, _ = greeted(every=1)
    node.session._may_send = lambda is_live, now_ms: None
    node.append(1)
    assert node.poll(1000) is None
    assert node.session.deadline() is None
    node.session._may_send = lambda is_live, now_ms: 0
    assert node.poll(2000) is not None


def alone(node: Node, now: int = 0) -> int:
    """Let six asks be in vain; return the time then."""
    while node.session.vain < 6:
        if node.poll(now) is None:
            now = ticks_add(node.session.deadline(), 0)
        else:
            now = ticks_add(now, ANSWER_MS)
            node.session.handle_timeout(now)
    return now


def test_where_nobody_answers_live_frames_ask_in_the_place_of_hellos_and_polls():
    for node in (radio_node(every=2), greeted(every=2, ask_every=1)[0]):
        node.append(*range(2))
        now = alone(node, MINUTE_MS)
        sent = []
        for value in range(2, 50):
            now = ticks_add(now, 61 * MINUTE_MS)
            node.append(value)
            while True:
                frame = node.poll(now)
                if frame is None:
                    break
                sent.append((value, parse(frame).more))
                now = ticks_add(now, ANSWER_MS)
                node.session.handle_timeout(now)
        assert len(sent) in (24, 25)
        assert all(asks for _, asks in sent[1:])


def test_what_no_backfill_will_mend_travels_once_more():
    node, gateway = radio_node(every=4), Gateway(TAG_RADIO)
    now = alone(node)
    counts = []
    for value in range(40):
        now = ticks_add(now, 15 * MINUTE_MS)
        node.append(value)
        frame = node.poll(now)
        if frame is not None:
            before = gateway.session.duplicates
            gateway.receive(frame)
            gateway.commit()
            counts.append(gateway.session.duplicates - before)
            node.session.handle_timeout(ticks_add(now, ANSWER_MS))
    assert counts == [0, 4] + 8 * [8]


def test_a_window_that_is_too_long_for_a_frame_gives_up_half_of_what_was_sent_before():
    node, gateway = radio_node(), Gateway(TAG_RADIO)
    answer(node, gateway, node.poll(0), 100)
    node.session._policy.plain_limit = 28
    for value in range(16):
        node.append(value * 7919 % 4001)  # so wild that sixteen take more than 28 bytes
        frame = node.poll(1000)
        if frame is not None:
            gateway.receive(frame)
            gateway.commit()
    assert sorted(gateway.stored) == list(range(16))
    assert gateway.session.duplicates == 4


def test_the_first_answer_brings_the_hello_and_ends_that():
    node, gateway = radio_node(every=4, ask_every=100), Gateway(TAG_RADIO)
    now = ticks_add(alone(node), 61 * MINUTE_MS)
    node.append(*range(8))
    answer(node, gateway, node.poll(now), now)
    assert gateway.kinds == [SAMPLES]
    frame = node.poll(now)
    assert parse(frame).more
    answer(node, gateway, frame, now)
    assert gateway.kinds == [SAMPLES, HELLO]
    assert node.poll(now) is None
    for value in range(8):
        node.append(value)
        frame = node.poll(now)
        if frame is not None:
            gateway.receive(frame)
            gateway.commit()
    assert gateway.session.duplicates == 4  # twice, and what is safe not at all
    assert sorted(gateway.stored) == list(range(16))


def test_a_node_that_is_not_sure_of_its_numbers_goes_on_with_hellos():
    node = radio_node(every=1)
    node.append(1)
    node.journal.unsure = 0
    now = alone(node)
    for _ in range(3):
        now = ticks_add(now, 80 * MINUTE_MS)
        frame = node.poll(now)
        assert parse(frame).more
        gateway = Gateway(TAG_RADIO)
        gateway.receive(frame)
        gateway.commit()
        assert gateway.kinds == [HELLO]
        now = ticks_add(now, ANSWER_MS)
        node.session.handle_timeout(now)


def test_a_node_that_goes_asks_to_the_end():
    node, _ = greeted(every=2, ask_every=1)
    node.append(*range(3))
    node.session.flush()
    now = alone(node, MINUTE_MS)
    for _ in range(3):
        now = ticks_add(now, 80 * MINUTE_MS)
        assert parse(node.poll(now)).more
        now = ticks_add(now, ANSWER_MS)
        node.session.handle_timeout(now)


def test_nodes_that_start_together_send_after_different_samples():
    chance = Chance(11)
    first = [0] * 9
    for _ in range(400):
        node = radio_node(jitter=chance.below)
        waited = samples_until_due(node)
        first[waited] += 1
        node.session._greeted = True
        node.poll(0)
        assert samples_until_due(node) == 8  # from then on, in its own turn
    assert first[0] == 0
    assert min(first[1:]) > 25


def samples_until_due(node: Node) -> int:
    count = 0
    while not node.session.is_live_due:
        node.append(count)
        count += 1
    return count


def test_a_wire_has_no_turns():
    node = Node(jitter=Chance(3).below)
    assert not node.session.is_live_due
    node.append(1)
    assert node.session.is_live_due


def test_the_time_in_an_answer_is_as_old_as_the_answer_was_long():
    """It begins half a second after the frame, and at SF12 it lasts one and a half more."""
    for took in (0, 750, 2150, 4999):
        node, gateway = radio_node(), Gateway(TAG_RADIO)
        frame = node.poll(0)
        node.session.sent(20000)
        gateway.receive(frame, 20000)
        node.session.receive(gateway.commit(20000)[0], 20000 + took)
        told = [value for kind, value in node.events() if kind == TIME]
        assert told == [UNIX_MS + 20000 + took]
