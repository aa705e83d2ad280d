"""What passes between node and gateway beside samples: commands, updates, keys, and refusals."""

from protocol import commands, messages, updates
from protocol.ccm import Ccm
from protocol.commands import Command, Result
from protocol.envelope import TAG_RADIO, Envelope, parse
from protocol.lockout import ALLOWED, REFILL_MS
from protocol.messages import Note, Poll
from protocol.reports import Crash, Status
from protocol.session import (
    COMMAND,
    CRASH,
    HELLO,
    POLL,
    RESULT,
    SAMPLES,
    UNREADABLE,
    UPDATE,
    WANT,
    radio,
)
from protocol.window import ReplayWindow
from tests.shared.expect import refuses
from tests.shared.pair import KEY, NODE, UNIX_MS, Gateway, Node, envelope, round_trip, settle

IMAGE = bytes(range(8))


def greeted(**options) -> tuple:
    """Return a node and a gateway that know each other, on a wire."""
    node, gateway = Node(**options), Gateway()
    settle(node, gateway)
    node.events()
    return node, gateway


def wake(node, gateway, now_ms: int = 0) -> None:
    """Let the node say something, as it does every few minutes."""
    node.session.send(Status({}), now_ms)
    assert round_trip(node, gateway, now_ms)


def test_a_command_waits_until_the_node_speaks_and_is_fetched_at_once():
    node, gateway = greeted()
    gateway.session.send(Command(7, commands.REBOOT), 0)
    assert gateway.session.data_to_send(0) is None
    assert node.poll(0) is None
    wake(node, gateway)
    assert round_trip(node, gateway)
    assert gateway.kinds[-1] == POLL
    kind, command = next(event for event in node.events() if event[0] == COMMAND)
    assert (kind, command.number, command.op) == (COMMAND, 7, commands.REBOOT)
    assert command.arguments == ()


def test_a_result_ends_a_command():
    node, gateway = greeted()
    gateway.session.send(Command(7, commands.SAMPLE), 0)
    wake(node, gateway)
    round_trip(node, gateway)
    node.session.send(Result(7, commands.DONE), 0)
    settle(node, gateway)
    assert gateway.kinds[-1] == RESULT
    assert (gateway.contents[-1].number, gateway.contents[-1].code) == (7, commands.DONE)
    wake(node, gateway)
    assert node.poll(0) is None


def test_a_command_is_carried_out_once_however_often_it_is_heard():
    node, gateway = greeted()
    gateway.session.send(Command(9, commands.MOUNT_TEST, (10,)), 0)
    wake(node, gateway)
    round_trip(node, gateway)
    now = 0
    for _ in range(4):  # the result is lost again and again, and so is what the node knew of it
        now += 300_000
        wake(node, gateway, now)
        node.poll(now)
    assert [kind for kind, _ in node.events()].count(COMMAND) == 1
    node.session.send(Result(9, commands.FAILED), now)
    node.poll(now)  # lost
    settle(node, gateway, now + 300_000)
    assert gateway.kinds[-1] == RESULT


def test_a_lost_answer_to_a_poll_brings_the_command_again():
    node, gateway = greeted()
    gateway.session.send(Command(9, commands.WIPE), 0)
    wake(node, gateway)
    gateway.receive(node.poll(0))
    gateway.commit()  # lost
    now = 300_000
    wake(node, gateway, now)
    round_trip(node, gateway, now)
    assert [kind for kind, _ in node.events()].count(COMMAND) == 1


def test_several_commands_are_fetched_one_after_the_other():
    node, gateway = greeted()
    for number in range(3):
        gateway.session.send(Command(number, commands.TIME, (UNIX_MS,)), 0)
    wake(node, gateway)
    done = []
    for _ in range(10):
        round_trip(node, gateway)
        for kind, content in node.events():
            if kind == COMMAND:
                done.append(content.number)
                node.session.send(Result(content.number, commands.DONE), 0)
    assert done == [0, 1, 2]
    assert gateway.kinds.count(RESULT) == 3


def test_a_full_queue_of_commands_refuses_and_what_expired_can_be_taken_back():
    _, gateway = greeted()
    posted = [Command(number, commands.REBOOT) for number in range(8)]
    for command in posted:
        gateway.session.send(command, 0)
    refuses(ValueError, gateway.session.send, Command(8, commands.REBOOT), 0)
    gateway.session.withdraw(posted[3])
    gateway.session.send(Command(8, commands.REBOOT), 0)
    refuses(ValueError, gateway.session.send, Command(9, commands.LOG_PAGE), 0)


def test_blocks_of_an_update_answer_what_the_node_wants():
    node, gateway = greeted()
    gateway.session.send(updates.Offer(IMAGE, 100, 64, "0.2.0"), 0)
    wake(node, gateway)
    round_trip(node, gateway)
    offers = [content for kind, content in node.events() if kind == UPDATE]
    assert (offers[0].size, offers[0].block_size, offers[0].firmware) == (100, 64, "0.2.0")
    for index in range(2):
        node.session.send(updates.Want(IMAGE, index), 0)
        gateway.receive(node.poll(0))
        event = gateway.session.next_event()
        assert (event[0], event[2].first) == (WANT, index)
        gateway.session.send(updates.Block(IMAGE, index, b"x" * 64), 0)
        gateway.session.acknowledge(event, gateway.session.promise(), UNIX_MS)
        node.session.receive(gateway.session.data_to_send(0), 0)
        blocks = [content for kind, content in node.events() if kind == UPDATE]
        assert (blocks[0].index, len(blocks[0].block)) == (index, 64)


def test_a_crash_is_told_until_it_is_answered_and_a_status_once():
    node, gateway = greeted()
    node.session.send(Crash("OSError", "sampler", 77, b"abcd"), 0)
    node.session.send(Status({}), 0)
    node.poll(0)  # lost
    settle(node, gateway, 300_000)
    assert gateway.kinds[1:] == [CRASH, "status"]
    node.session.send(Status({}), 400_000)
    node.poll(400_000)  # lost
    assert settle(node, gateway, 800_000) == 0


def test_what_the_gateway_cannot_read_is_told_and_does_not_hold_back_the_rest():
    node, gateway = greeted()
    node.append(1, 2)
    node.poll(0)
    both = envelope()
    gateway.receive(both.seal_up(100, b"\x9f\xff", asks=True))
    assert len(gateway.commit()) == 1
    assert gateway.kinds[-1] == UNREADABLE
    frame = both.seal_up(101, b"\x9f\xff", asks=True)
    gateway.receive(frame)
    answer = messages.decode(both.open_answer(parse(gateway.commit()[0]), 101))
    assert answer.unreadable
    assert answer.expected == 0


def test_a_node_that_is_not_understood_waits_before_it_says_it_again():
    node, gateway = greeted()
    node.append(1)
    frame = node.poll(0)
    ack = messages.Ack(0)
    ack.unreadable = True
    counter = parse(frame).low
    node.session.receive(envelope().seal_answer(counter, messages.encode(ack)), 0)
    assert node.poll(0) is None
    assert node.session.deadline() > 0
    assert list(node.journal.values) == [0]
    settle(node, gateway, 300_000)
    assert gateway.stored == {0: 1}


def other_key() -> Envelope:
    return Envelope(Ccm(bytes(16)), NODE, 2, 8)


def test_a_key_is_changed_without_a_gap():
    node, gateway = greeted()
    gateway.session.add_key(other_key(), ReplayWindow())
    node.append(1)
    settle(node, gateway)  # still with the old key
    assert gateway.session.epoch == 1
    node.session.rekey(other_key())
    node.append(2)
    settle(node, gateway)
    assert gateway.session.epoch == 2
    assert gateway.stored == {0: 1, 1: 2}
    assert node.journal.renumbered == 0


def test_the_old_key_ends_with_the_first_frame_of_the_new_one():
    node, gateway = greeted()
    gateway.session.add_key(other_key(), ReplayWindow())
    node.append(1)
    late = envelope().seal_up(900, messages.encode(Note("late")))
    node.session.rekey(other_key())
    settle(node, gateway)
    gateway.receive(late)
    assert gateway.session.refused["bad_tag"] == 1
    assert gateway.commit() == []


def test_a_node_that_never_got_the_new_key_is_heard_with_the_old_one():
    node, gateway = greeted()
    gateway.session.add_key(other_key(), ReplayWindow())
    for value in range(5):
        node.append(value)
        node.restart()
        settle(node, gateway)
    assert sorted(gateway.stored) == list(range(5))
    assert gateway.session.refused["bad_tag"] == 0


def forge(gateway, count: int, now_ms: int, tag_length: int = 4) -> None:
    frame = Envelope(Ccm(KEY), NODE, 1, tag_length).seal_up(5000, b"\xf6")
    for i in range(count):
        gateway.receive(frame[:-1] + bytes([frame[-1] ^ (1 + i % 255)]), now_ms)


def test_after_many_bad_tags_only_strong_ones_are_tried_and_the_node_finds_its_way():
    node, gateway = Node(policy=radio(1, 1), tag=TAG_RADIO), Gateway(TAG_RADIO)
    for answer in _heard(gateway, node.poll(0), 0):
        node.session.receive(answer, 0)
    forge(gateway, ALLOWED, 0)
    refused = gateway.session.refused
    assert refused["bad_tag"] == ALLOWED
    forge(gateway, 50, 1)
    assert refused["locked_out"] == 50
    assert refused["bad_tag"] == ALLOWED
    now = 0
    for value in range(60):
        node.append(value)
        now += 15 * 60000
        forge(gateway, 60, now)  # the forger goes on
        for _ in range(2):
            frame = node.poll(now)
            if frame:
                for answer in _heard(gateway, frame, now):
                    node.session.receive(answer, now)
            now += 40000
    assert sorted(gateway.stored) == list(range(60))


def _heard(gateway, frame: bytes, now_ms: int) -> list:
    gateway.receive(frame, now_ms)
    return gateway.commit(now_ms)


def test_when_the_forger_stops_weak_tags_are_tried_again():
    gateway = Gateway(TAG_RADIO)
    forge(gateway, ALLOWED + 50, 0)
    both = envelope(TAG_RADIO)
    gateway.receive(both.seal_up(1, messages.encode(Poll())), REFILL_MS - 1)
    assert gateway.session.next_event() is None
    gateway.receive(both.seal_up(2, messages.encode(Poll())), REFILL_MS)
    assert gateway.session.next_event()[0] == POLL


def test_frames_of_a_wire_are_never_locked_out():
    node, gateway = greeted()
    forge(gateway, 3 * ALLOWED, 0, tag_length=8)
    node.append(1)
    settle(node, gateway)
    assert gateway.stored == {0: 1}
    assert HELLO in gateway.kinds
    assert SAMPLES in gateway.kinds
