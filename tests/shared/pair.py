"""A node and a gateway, coupled in memory: the protocol between two owners as they should be.

What is not modelled: flash and disk (both are attributes that survive `restart`), radio time, a
journal that lost only a part, more than one node, more than one quantity.
"""

from protocol.batch import AGE, Batch
from protocol.ccm import Ccm
from protocol.counter import Counter
from protocol.envelope import TAG_WIRE, Envelope, parse
from protocol.errors import FrameError
from protocol.gateway_session import GatewaySession
from protocol.node_session import NodeSession
from protocol.session import HELLO, NOTE, SAMPLES, STATUS, STRANGER
from protocol.window import ReplayWindow, SampleWindow

KEY = bytes(range(16))
NODE = 42
UNIX_MS = 1750000000000


def envelope() -> Envelope:
    return Envelope(Ccm(KEY), NODE, 1, TAG_WIRE)


class RamJournal:
    """Samples of one quantity, numbered; the oldest goes where `capacity` is reached."""

    def __init__(self, capacity: int = 1 << 30, first: int = 0):
        self.oldest = first
        self.values = []
        self.capacity = capacity
        self.dropped = 0
        self.renumbered = 0
        self.is_unsure = True  # until a gateway has confirmed the numbering

    @property
    def next_number(self) -> int:
        return self.oldest + len(self.values)

    def append(self, value: int) -> None:
        self.values.append(value)
        if len(self.values) > self.capacity:
            self.values.pop(0)
            self.oldest += 1
            self.dropped += 1

    def run(self, limit: int, now_ms: int):
        values = self.values[:limit]
        if not values:
            return None
        return Batch(self.oldest, (23,), [values], 60, AGE, now_ms // 1000 % 86400)

    @property
    def unsure_from(self) -> int:
        return self.oldest if self.is_unsure else self.next_number

    def give_up(self, number: int) -> None:
        self._drop_below(number + 1)
        self.dropped += 1

    def release(self, number: int) -> None:
        self.is_unsure = False
        self._drop_below(number)

    def _drop_below(self, number: int) -> None:
        count = min(number, self.next_number) - self.oldest
        if count > 0:
            self.values = self.values[count:]
            self.oldest += count

    def renumber(self, number: int) -> None:
        self.oldest = number
        self.renumbered += 1


class Node:
    """The owner of a NodeSession; `limit` and `journal` are its flash."""

    def __init__(self, journal=None, jitter=None, limit: int = 0, **options):
        self.journal = journal or RamJournal()
        self.limit = limit
        self.boot = 0
        self._jitter = jitter or (lambda span: 0)
        self._options = options
        self.restart()

    def _store(self, limit: int) -> None:
        self.limit = limit

    def restart(self) -> None:
        """Power off and on: what is not in flash is gone."""
        self.boot += 1
        counter = Counter(self.limit, self._store, 16)
        hello = (self.boot, "0.1.0")
        self.session = NodeSession(
            envelope(), counter, self.journal, hello, self._jitter, **self._options
        )

    def append(self, *values) -> None:
        """Journal samples."""
        for value in values:
            self.journal.append(value)

    def poll(self, now_ms: int):
        """Give up what is overdue; return the next frame or None."""
        self.session.handle_timeout(now_ms)
        return self.session.data_to_send(now_ms)

    def events(self) -> list:
        """Return all events that wait."""
        return drained(self.session)


class Gateway:
    """The owner of a GatewaySession: stores what came, with the windows, and then answers.

    The attributes are its disk; `session` and what it holds is gone with `restart`.
    """

    def __init__(self):
        self.windows = (-1, 0, None)  # replay top and mask, samples
        self.stored = {}  # number: value
        self.lost_ranges = []  # [first, last]
        self.kinds = []  # of all events, in order
        self.contents = []  # of hellos, statuses and notes
        self.malformed = 0
        self.restart()

    def restart(self) -> None:
        """Crash: go on with what is on disk."""
        top, mask, samples = self.windows
        ledger = SampleWindow(samples[0], samples[1], samples[2]) if samples else None
        self.session = GatewaySession(envelope(), ReplayWindow(top, mask), ledger)

    def forget(self) -> None:
        """Lose the windows, and with them all knowledge of the node."""
        self.windows = (-1, 0, None)
        self.restart()

    def receive(self, frame: bytes, now_ms: int = 0) -> None:
        """Take a frame from the link."""
        try:
            self.session.receive(parse(frame), now_ms)
        except FrameError:
            self.malformed += 1

    def commit(self, now_ms: int = 0) -> list:
        """Store everything received, then answer it; return the answers."""
        session = self.session
        events = drained(session)
        for kind, _, content, _ in events:
            self.kinds.append(kind)
            if kind == SAMPLES:
                self._store(content)
            elif kind == HELLO:
                self._lose(content[1])
                self.contents.append(content[0])
            elif kind in (STATUS, NOTE):
                self.contents.append(content)
            else:
                assert kind == STRANGER
        ledger = session.samples
        samples = (ledger.expected, ledger.above, ledger.top) if ledger else None
        self.windows = (session.replay.top, session.replay.mask, samples)
        for event in events:
            session.acknowledge(event, samples[0] if samples else None, UNIX_MS + now_ms, event[3])
        answers = []
        while True:
            frame = session.data_to_send(now_ms)
            if frame is None:
                return answers
            answers.append(frame)

    def _store(self, content: tuple) -> None:
        batch, fresh, plain = content
        assert plain
        for number in fresh:
            assert number not in self.stored and not self._is_lost(number), number
            self.stored[number] = batch.columns[0][number - batch.first]

    def _lose(self, ranges: list) -> None:
        for first, last in ranges:
            assert not any(first <= number <= last for number in self.stored), (first, last)
            assert not any(first <= high and low <= last for low, high in self.lost_ranges)
            self.lost_ranges.append([first, last])

    def _is_lost(self, number: int) -> bool:
        return any(low <= number <= high for low, high in self.lost_ranges)

    @property
    def lost(self) -> set:
        """Return the numbers that are lost for good."""
        return {number for low, high in self.lost_ranges for number in range(low, high + 1)}


def drained(session) -> list:
    """Return and take all events of a session."""
    events = []
    while True:
        event = session.next_event()
        if event is None:
            return events
        events.append(event)


def round_trip(node: Node, gateway: Gateway, now_ms: int = 0) -> bool:
    """Carry one frame up and its answer down; say whether there was one."""
    frame = node.poll(now_ms)
    if frame is None:
        return False
    gateway.receive(frame, now_ms)
    for answer in gateway.commit(now_ms):
        node.session.receive(answer, now_ms)
    return True


def settle(node: Node, gateway: Gateway, now_ms: int = 0) -> int:
    """Carry frames until nothing is left to say; return how many."""
    frames = 0
    while round_trip(node, gateway, now_ms):
        frames += 1
        assert frames < 2000, "it never comes to rest"
    return frames
