"""Sessions on a link that works: who says what, in which order, and what is refused."""

from protocol import cbor, messages
from protocol.errors import REPLAYED
from protocol.messages import Ack, Hello, Note
from protocol.reports import Status
from protocol.session import ACKED, HELLO, NOTE, QUEUE_LIMIT, SAMPLES, STATUS, TIME, counters
from tests.shared.expect import Chance, refuses
from tests.shared.pair import UNIX_MS, Gateway, Node, RamJournal, envelope, round_trip, settle


def test_the_first_word_is_a_hello_that_says_what_the_journal_holds():
    node, gateway = Node(RamJournal(first=100)), Gateway()
    node.append(7, 8, 9)
    assert round_trip(node, gateway)
    assert gateway.kinds == [HELLO]
    hello = gateway.contents[0]
    assert (hello.boot, hello.oldest, hello.next_number) == (1, 100, 103)
    assert hello.firmware == "0.1.0"
    assert gateway.windows[2] == (100, [], 103)
    assert gateway.session.samples.missing() == 3


def test_samples_follow_and_the_journal_forgets_them():
    node, gateway = Node(), Gateway()
    values = list(range(1000, 1200))
    node.append(*values)
    assert settle(node, gateway) == 1 + 4  # 64, 64, 64 and 8 samples
    assert gateway.kinds == [HELLO] + [SAMPLES] * 4
    assert [gateway.stored[number] for number in range(200)] == values
    assert node.journal.values == {}
    assert gateway.windows[2] == (200, [], 200)
    assert gateway.session.duplicates == 0


def test_a_node_with_nothing_to_say_is_silent_after_its_hello():
    node, gateway = Node(), Gateway()
    assert settle(node, gateway) == 1
    assert node.poll(0) is None
    assert node.session.deadline() is None


def test_the_node_hears_the_time_and_what_is_safe():
    node, gateway = Node(), Gateway()
    node.append(1, 2, 3)
    settle(node, gateway, 250)
    assert node.events() == [(TIME, UNIX_MS + 250), (ACKED, 0), (ACKED, 3)]
    assert node.session.next_event() is None


def test_the_time_goes_to_nodes_that_spoke_of_themselves():
    node, gateway = Node(), Gateway()
    node.append(1)
    node.session.send(Note("x"), 0)
    node.session.send(Status({}), 0)
    settle(node, gateway, 7)
    assert gateway.kinds == [HELLO, NOTE, STATUS, SAMPLES]
    assert [kind for kind, _ in node.events()] == [TIME, ACKED, ACKED, TIME, ACKED, ACKED]


def test_one_frame_is_in_flight():
    node = Node()
    node.append(1)
    assert node.poll(0) is not None
    for now in (0, 1, 500, 999):
        assert node.poll(now) is None


def test_nothing_is_acknowledged_before_it_is_stored():
    node, gateway = Node(), Gateway()
    gateway.receive(node.poll(0))
    assert gateway.session.data_to_send(0) is None
    assert node.session.next_event() is None
    assert len(gateway.commit()) == 1
    assert gateway.session.data_to_send(0) is None


def test_status_and_note_go_ahead_of_samples_once_the_gateway_greeted():
    node, gateway = Node(), Gateway()
    node.append(1, 2)
    node.session.send(Status({"uptime_s": 60}), 0)
    node.session.send(Note("hello"), 0)
    settle(node, gateway)
    assert gateway.kinds == [HELLO, STATUS, NOTE, SAMPLES]
    assert gateway.contents[1].fields == {"uptime_s": 60}
    assert gateway.contents[2].text == "hello"


def test_a_full_queue_drops_its_oldest_and_counts_it():
    node, gateway = Node(), Gateway()
    for i in range(QUEUE_LIMIT + 3):
        node.session.send(Note(str(i)), 0)
    assert node.session.outbox.dropped == 3
    settle(node, gateway)
    assert [note.text for note in gateway.contents[1:]] == ["3", "4", "5", "6"]


def test_what_cannot_be_sent_is_refused_at_once():
    node, gateway = Node(), Gateway()
    refuses(ValueError, node.session.send, Note("x" * 65), 0)
    refuses(ValueError, node.session.send, Status({"uptime_s": 1 << 48}), 0)
    refuses(ValueError, node.session.send, Status({"no_such_field": 1}), 0)
    assert settle(node, gateway) == 1
    assert gateway.kinds == [HELLO]


def test_a_batch_is_cut_until_it_fits():
    chance = Chance(1)
    for limit in (40, 60, 100):
        node, gateway = Node(plain_limit=limit), Gateway()
        values = [chance.between(-500000, 500000) for _ in range(150)]
        node.append(*values)
        round_trip(node, gateway)
        while node.journal.values:
            stored = len(gateway.stored)
            assert round_trip(node, gateway)
            assert len(gateway.stored) > stored
        assert [gateway.stored[i] for i in range(150)] == values


def test_a_single_sample_is_sent_whatever_its_size():
    node, gateway = Node(plain_limit=1), Gateway()
    node.append(5, 6)
    assert settle(node, gateway) == 3
    assert gateway.stored == {0: 5, 1: 6}


def test_the_ack_says_what_was_stored_with_the_frame():
    node, gateway = Node(), Gateway()
    settle(node, gateway)
    node.append(1, 2, 3)
    session = gateway.session
    gateway.receive(node.poll(0))
    session.acknowledge(
        session.next_event(), (2, ()), UNIX_MS
    )  # a slower disk: the third is not safe yet
    node.session.receive(session.data_to_send(0), 0)
    assert node.journal.oldest == 2
    assert list(node.journal.values.values()) == [3]


def test_sample_numbers_pass_the_wrap_of_16_bits():
    for first in (65400, 131000, (1 << 31) - 100):
        node, gateway = Node(RamJournal(first=first)), Gateway()
        values = list(range(400))
        node.append(*values)
        settle(node, gateway)
        assert [gateway.stored[first + i] for i in range(400)] == values
        assert gateway.windows[2] == (first + 400, [], first + 400)


def test_frame_counters_pass_the_wrap_of_16_bits():
    node, gateway = Node(limit=65530), Gateway()
    for i in range(30):
        node.append(i)
        settle(node, gateway)
    assert sorted(gateway.stored) == list(range(30))
    assert gateway.windows[0] == 65560


def counts(**refused) -> dict:
    full = counters()
    full.update(refused)
    return full


def test_the_node_counts_what_it_refuses_and_waits_on():
    node, gateway = Node(), Gateway()
    frame = node.poll(0)
    counter = 0
    good = envelope().seal_answer(counter, messages.encode(Ack(0, 0)))
    for bad in (b"", b"\x00", b"\x83\x01\x02", good[:-1], good + b"\x00"):
        node.session.receive(bad, 0)
    node.session.receive(good[:-1] + bytes([good[-1] ^ 1]), 0)
    node.session.receive(frame, 0)
    node.session.receive(envelope().seal_answer(1, b"x"), 0)
    for plain in (b"", b"\xff", messages.encode(Note("x")), messages.encode(Hello(1, 0, 0, "x"))):
        node.session.receive(envelope().seal_answer(counter, plain), 0)
    assert node.session.refused == counts(malformed=9, bad_tag=1, unknown_node=1, replayed=1)
    assert node.events() == []
    node.session.receive(good, 0)
    assert node.events() == [(TIME, 0), (ACKED, 0)]
    node.session.receive(good, 0)  # twice
    assert node.session.refused[REPLAYED] == 2
    assert settle(node, gateway) == 0


def test_the_gateway_counts_what_it_refuses_and_answers_none_of_it():
    gateway = Gateway()
    both = envelope()
    for counter, plain in enumerate(
        (b"", b"\xff", messages.encode(Ack(0, 0)), cbor.dumps([9]), cbor.dumps(b"\x00"))
    ):
        gateway.receive(both.seal_up(counter, plain))
    gateway.receive(both.seal_up(0, b"again"))
    gateway.receive(both.seal_answer(9, b"\xf6"))
    frame = both.seal_up(9, b"\xf6")
    gateway.receive(frame[:-1] + bytes([frame[-1] ^ 1]))
    assert gateway.session.refused == counts(malformed=5, replayed=1, unknown_node=1, bad_tag=1)
    assert gateway.commit() == []


def test_noise_raises_on_neither_side():
    chance = Chance(15)
    node, gateway = Node(), Gateway()
    node.append(1, 2, 3)
    for _ in range(300):
        noise = chance.bytes(chance.below(40))
        node.session.receive(noise, 0)
        gateway.receive(noise)
    assert settle(node, gateway) == 2
    assert gateway.stored == {0: 1, 1: 2, 2: 3}


def test_the_gateway_has_no_deadline():
    gateway = Gateway()
    assert gateway.session.deadline() is None
    gateway.session.handle_timeout(1000)
    assert gateway.session.next_event() is None
