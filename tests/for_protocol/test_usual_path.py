"""The short way through a session does what the long way does, whatever comes, in any order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import quick_reader
from protocol import session as kinds
from protocol.batch import Batch
from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope, parse
from protocol.gateway_session import GatewaySession
from protocol.messages import Gone, Hello, Poll, decode, encode
from protocol.quality import FROZEN
from protocol.sampletime import UNIX
from protocol.window import ReplayWindow
from tests.shared.forms import form_of

KEY = bytes(range(16))
NOW_MS = 1_800_000_000_000

FRAMES = st.lists(
    st.tuples(
        st.sampled_from(
            ("next", "next", "next", "next", "lost", "behind", "frozen", "poll", "hello", "gone")
        ),
        st.integers(1, 4),  # samples
        st.sampled_from(("once", "once", "once", "again", "forged", "whole", "jump")),
        st.booleans(),  # asks
    ),
    max_size=40,
)


def batch(first, count, quality=None):
    return Batch(first, (0,), [[200 + i for i in range(count)]], 60, UNIX, 1_800_000_000, quality)


def message_of(kind, number, count):
    """Return (message, number of the next sample)."""
    if kind == "poll":
        return Poll(), number
    if kind == "hello":
        return Hello(1, 0, number, "x"), number
    if kind == "gone":
        return Gone(number, count), number + count
    if kind == "lost":
        number += count
    if kind == "behind":
        number = max(number - count, 0)
    return batch(number, count, [[FROZEN] * count] if kind == "frozen" else None), number + count


def frames_of(plan, tag, start):
    """Return the frames of a plan, of a node whose numbers begin at `start`."""
    envelope = Envelope(Ccm(KEY), 17, 1, tag)
    number = start
    hello = Hello(1, start, start, "x")
    frames = [envelope.seal_up(0, encode(hello), True, True)]
    counter = 0
    for kind, count, fate, asks in plan:
        counter += 400 if fate == "jump" else 1  # more than a session takes without a doubt
        message, number = message_of(kind, number, count)
        frame = envelope.seal_up(counter, encode(message), asks, fate == "whole")
        if fate == "forged":
            frame = frame[:-1] + bytes([frame[-1] ^ 1])
        frames += [frame, frame] if fate == "again" else [frame]
    return frames


def outcome(event):
    """Return what an event says, but for objects of its session."""
    kind, uplink, content, at_ms = event
    if kind == kinds.SAMPLES:
        message, fresh, plain, lost, is_new = content
        content = form_of(message), message.first, list(fresh), plain, lost, is_new
    elif kind == kinds.HELLO:
        content = content[1:]
    else:
        content = None
    return kind, uplink.counter, uplink.asks, content, at_ms


def state_of(session):
    replay, samples = session.replay, session.samples
    return (
        (replay.top, replay.mask, replay.hello),
        samples and (samples.expected, samples.runs, samples.top, samples.adrift),
        session.duplicates,
        dict(session.refused),
    )


@settings(max_examples=300)
@given(FRAMES, st.sampled_from((TAG_WIRE, TAG_RADIO)), st.sampled_from((0, 65_530, 2**31)))
def test_the_short_way_leaves_what_the_long_way_leaves(plan, tag, start):
    for count in range(1, 5):  # so that the short way is taken from the first frame on
        quick_reader.learn(decode(encode(batch(0, count))))
    short, long = (
        GatewaySession(Envelope(Ccm(KEY), 17, 1, tag), ReplayWindow(), None) for _ in range(2)
    )
    for frame in frames_of(plan, tag, start):
        refusal = long.receive(parse(frame), NOW_MS)
        event = long.next_event()
        parsed = parse(frame)
        before = short.replay.top
        usual = short.receive_usual(parsed, NOW_MS)
        if usual is None:
            assert short.receive(parsed, NOW_MS) == refusal
            found = short.next_event()
        else:
            assert (refusal, short.replay.top) == (None, before + 1)
            key, top = short.keys[0], short.replay.top
            found = short.usual_event(*usual, key, top, NOW_MS)
            found[1].asks = parsed.more
        assert (found and outcome(found)) == (event and outcome(event))
        assert state_of(short) == state_of(long)


def test_the_short_way_is_taken_by_what_comes_all_day():
    plan = [("next", 2, "once", True)] * 20
    quick_reader.learn(decode(encode(batch(0, 2))))
    session = GatewaySession(Envelope(Ccm(KEY), 17, 1, TAG_WIRE), ReplayWindow(), None)
    hello, *frames = frames_of(plan, TAG_WIRE, 65_530)
    session.receive(parse(hello), NOW_MS)
    assert all(session.receive_usual(parse(frame), NOW_MS) is not None for frame in frames)
    assert session.samples.expected == 65_570
