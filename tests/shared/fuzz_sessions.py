"""What the two sessions promise for any bytes behind a right tag, and in front of it.

Place: as `fuzz_decoders`. A fuzzer will not find a tag, so the plaintexts of a history are sealed
here with the key of `pair`, as other fuzzers switch a checksum off; some frames stay raw.
Guarantee: as there. Envelopes and sessions are made in `pair` only.
"""

from protocol import commands, messages, updates
from protocol.batch import Batch
from protocol.envelope import parse
from protocol.errors import DecodeError
from protocol.reading import Reading
from protocol.session import ACKED, COMMAND, LINK, TIME, UNREADABLE, UPDATE
from protocol.window import ReplayWindow
from tests.shared.mutation import steps_of
from tests.shared.pair import Gateway, Node, envelope

ENVELOPE = envelope()
_FRAME_LIMIT = 450  # what fits a plaintext of 400 bytes
_POSTED = (
    commands.Command(7, commands.REBOOT),
    updates.Block(bytes(8), 0, b"x"),
    commands.Command(8, commands.LOG_PAGE, (0,)),
)


def take_at_gateway(data: bytes) -> bool:
    """A frame is one event, with one answer where it asks, or one refusal that changes nothing.

    What cannot be read is both; samples that a Hello has overtaken are neither.
    """
    gateway = Gateway()
    counter = top = taken = 0
    for control, plain in steps_of(data):
        # Mostly the next number; sometimes one of the last seven, or a jump over the window.
        counter = max(counter + (1, 1, 1, 2, -7, 0, 70, 300)[control & 7], 0)
        raw = control >> 3 & 7 == 0
        asks = control & 7 != 2
        frame = plain if raw else ENVELOPE.seal_up(counter, plain, asks, bool(control & 64))
        if control >> 3 == 15:
            _post(gateway, _POSTED[control & 7 if control & 7 < 3 else 0])
        before = _refused(gateway.session) + gateway.malformed
        disk = _disk_of(gateway)
        events = len(gateway.kinds)
        gateway.receive(frame)
        refused = _refused(gateway.session) + gateway.malformed - before
        answers = gateway.commit()
        events = len(gateway.kinds) - events
        if events:
            assert events == 1 and not raw
            assert refused == (gateway.kinds[-1] == UNREADABLE)
        elif refused:
            assert refused == 1 and _disk_of(gateway) == disk
        else:
            assert _are_samples(plain) and not raw and counter < top
        assert len(answers) == (events if asks else 0)
        for answer in answers:
            told = ENVELOPE.open_answer(parse(answer), counter)
            assert messages.is_answer(messages.decode(told))
        taken += events
        top = max(top, counter)
        if control == 127:
            gateway.restart()
    return taken > 0


def take_at_node(data: bytes) -> bool:
    """An answer ends the frame in flight, or is one refusal and changes nothing."""
    node = Node()
    counter = -1
    now = taken = 0
    for control, plain in steps_of(data):
        node.append(*range(control & 7))
        frame = node.poll(now)
        if frame is not None:
            assert len(frame) < _FRAME_LIMIT
            counter, said = ENVELOPE.open_up(parse(frame), ReplayWindow(counter))
            assert not messages.is_answer(messages.decode(said))
        answer = _answer(control >> 3, max(counter, 0), plain)
        before = _refused(node.session), _state_of(node)
        node.session.receive(answer, now)
        events = node.events()
        if _refused(node.session) > before[0]:
            assert (_refused(node.session) - 1, _state_of(node)) == before
            assert events == []
        else:
            assert node.session.deadline() is None
            assert len(events) <= 3
            for kind, content in events:
                assert _IS_CONTENT[kind](content), (kind, content)
            node.session.receive(answer, now)  # the same again answers nothing
            assert node.events() == [] and _refused(node.session) == before[0] + 1
            taken += 1
        now += 10 if control & 64 else 100000
    return taken > 0


# What the owner of a node is told: kind of event, and what its content must be.
_IS_CONTENT = {
    ACKED: lambda content: _is_uint(content, 32),
    TIME: lambda content: _is_uint(content, 48),
    LINK: lambda content: len(content) == 3 and all(-128 <= level < 128 for level in content),
    COMMAND: lambda content: isinstance(content, commands.Command),
    UPDATE: lambda content: isinstance(content, (updates.Offer, updates.Block)),
}


def _is_uint(value, bits: int) -> bool:
    return type(value) is int and 0 <= value < 1 << bits


def _answer(how: int, counter: int, plain: bytes) -> bytes:
    """Return `plain` as the answer to a frame: mostly to the right one."""
    how = how & 7
    if how == 0:
        return plain
    return ENVELOPE.seal_answer(counter + 1 if how == 1 else counter, plain, how == 2)


def _post(gateway, message) -> None:
    """Leave a message for the node, as long as there is room."""
    try:
        gateway.session.send(message, 0)
    except ValueError:
        pass


def _disk_of(gateway) -> tuple:
    return gateway.windows, len(gateway.stored), len(gateway.lost_ranges), len(gateway.contents)


def _state_of(node) -> tuple:
    journal = node.journal
    waits_until = node.session.deadline()
    return journal.oldest, journal.next_number, len(journal.values), journal.renumbered, waits_until


def _refused(session) -> int:
    return sum(session.refused.values())


def _are_samples(plain: bytes) -> bool:
    try:
        message = messages.decode(plain)
    except DecodeError:
        return False
    return isinstance(message, Batch) or (
        isinstance(message, Reading) and message.first is not None
    )
