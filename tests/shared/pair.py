"""A node and a gateway, coupled in memory: the protocol between two owners as they should be.

What is not modelled: flash and disk (both are attributes that survive `restart`), radio time, a
journal that lost only a part, more than one node, more than one quantity.
"""

import json

from protocol.batch import Batch
from protocol.ccm import Ccm
from protocol.counter import Counter
from protocol.envelope import TAG_WIRE, Envelope, parse
from protocol.errors import FrameError
from protocol.gateway_session import GatewaySession
from protocol.node_session import NodeSession
from protocol.sampletime import AGE
from protocol.session import GONE, HELLO, SAMPLES, wired
from protocol.window import ReplayWindow, SampleWindow

KEY = bytes(range(16))
NODE = 42
UNIX_MS = 1750000000000


def envelope(tag: int = TAG_WIRE) -> Envelope:
    return Envelope(Ccm(KEY), NODE, 1, tag)


class Watched(Envelope):
    """Sees that no answer uses a nonce again, over all restarts of a gateway."""

    def __init__(self, tag: int, answered: set):
        Envelope.__init__(self, Ccm(KEY), NODE, 1, tag)
        self._answered = answered

    def seal_answer(self, counter: int, plain: bytes, more: bool = False) -> bytes:
        assert counter not in self._answered, "two answers with one nonce"
        self._answered.add(counter)
        return Envelope.seal_answer(self, counter, plain, more)


class RamJournal:
    """Samples of one quantity, numbered; the oldest goes where `capacity` is reached."""

    def __init__(self, capacity: int = 1 << 30, first: int = 0):
        self.oldest = first
        self.next_number = first
        self.values = {}
        self.capacity = capacity
        self.dropped = 0
        self.renumbered = 0
        self.unsure = None  # the first number that flash may have given before

    def append(self, value: int) -> int:
        number = self.next_number
        self.values[number] = value
        self.next_number += 1
        if len(self.values) > self.capacity:
            self.dropped += 1
            self._drop_below(self.oldest + 1)
        return number

    def run(self, first: int, limit: int, now_ms: int):
        values = []
        while len(values) < limit and first + len(values) in self.values:
            values.append(self.values[first + len(values)])
        if not values:
            return None
        return Batch(first, (23,), [values], 60, AGE, now_ms // 1000 % 86400)

    @property
    def unsure_from(self) -> int:
        return self.next_number if self.unsure is None else self.unsure

    def release(self, number: int) -> None:
        self.unsure = None
        self._drop_below(min(number, self.next_number))

    def _drop_below(self, number: int) -> None:
        if self.oldest < number:
            for old in [old for old in self.values if old < number]:
                del self.values[old]
            self.oldest = number

    def renumber(self, number: int) -> None:
        start = self.unsure_from
        shift = number - start
        moved = {}
        for old in self.values:
            moved[old + shift if old >= start else old] = self.values[old]
        self.values = moved
        self.next_number += shift
        if self.oldest >= start:
            self.oldest += shift
        self.unsure = None
        self.renumbered += 1


class Node:
    """The owner of a NodeSession; `limit` and `journal` are its flash."""

    def __init__(self, journal=None, jitter=None, limit=0, policy=None, tag=TAG_WIRE, **options):
        self.journal = journal or RamJournal()
        self.limit = limit
        self.boot = 0
        self._jitter = jitter or (lambda span: 0)
        self._policy = policy or wired(**options)
        self._tag = tag
        self.restart()

    def _store(self, limit: int) -> None:
        self.limit = limit

    def sleep(self, now_ms: int, woken_ms: int) -> bool:
        """Sleep deeply, and wake when the ticks are others; False while an answer is due."""
        if self.session.is_waiting:
            return False
        kept = json.dumps(self.session.state(now_ms))
        self._begin()
        self.session.restore(json.loads(kept), woken_ms)
        return True

    def restart(self) -> None:
        """Power off and on: what is not in flash is gone."""
        self.boot += 1
        self._begin()

    def _begin(self) -> None:
        counter = Counter(self.limit, self._store, 16)
        hello = (self.boot, "0.1.0")
        self.session = NodeSession(
            envelope(self._tag), counter, self.journal, hello, self._jitter, self._policy
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

    def __init__(self, tag: int = TAG_WIRE):
        self._tag = tag
        self._answered = set()  # counters of frames
        self.windows = (-1, 0, None)  # replay top and mask, samples
        self.flags = (-1, False)  # newest Hello, adrift
        self.stored = {}  # number: value
        self.lost_ranges = []  # [first, end)
        self.before = 0  # numbers below were never known to exist
        self.kinds = []  # of all events, in order
        self.contents = []  # of hellos, statuses and whatever else is no sample
        self.malformed = 0
        self.restart()

    def restart(self) -> None:
        """Crash: go on with what is on disk."""
        top, mask, samples = self.windows
        ledger = None
        if samples:
            runs = [list(run) for run in samples[1]]
            ledger = SampleWindow(samples[0], runs, samples[2], self.flags[1])
        sealed = Watched(self._tag, self._answered)
        self.session = GatewaySession(sealed, ReplayWindow(top, mask, self.flags[0]), ledger)

    def forget(self) -> None:
        """Lose the windows, and with them all knowledge of the node."""
        self._answered.clear()
        self.windows = (-1, 0, None)
        self.flags = (-1, False)
        self.restart()

    def receive(self, frame: bytes, now_ms: int = 0) -> None:
        """Take a frame from the link."""
        try:
            self.session.receive(parse(frame), UNIX_MS + now_ms)
        except FrameError:
            self.malformed += 1

    def commit(self, now_ms: int = 0, link=None) -> list:
        """Store everything received, then answer it; return the answers."""
        session = self.session
        events = drained(session)
        for kind, _, content, _ in events:
            self.kinds.append(kind)
            if kind == SAMPLES:
                self._store(content)
            elif kind == HELLO:
                self._lose(content[2], content[3])
                self.contents.append(content[0])
            elif kind == GONE:
                self._lose(content, False)
            elif content is not None:
                self.contents.append(content)
        ledger = session.samples
        samples = None
        if ledger:
            samples = (ledger.expected, [tuple(run) for run in ledger.runs], ledger.top)
        self.windows = (session.replay.top, session.replay.mask, samples)
        self.flags = (session.replay.hello, ledger.adrift if ledger else False)
        promise = session.promise()
        for event in events:
            session.acknowledge(event, promise, UNIX_MS + now_ms, link)
        answers = []
        while True:
            frame = session.data_to_send(now_ms)
            if frame is None:
                return answers
            answers.append(frame)

    def _store(self, content: tuple) -> None:
        batch, fresh, plain, lost, is_new = content
        assert plain
        self._lose(lost, is_new)
        numbers = batch.numbers()
        for number in fresh:
            assert number not in self.stored and not self._is_lost(number), number
            is_batch = isinstance(batch, Batch)
            self.stored[number] = batch.columns[0][numbers.index(number)] if is_batch else batch

    def _lose(self, ranges: list, is_new: bool) -> None:
        if is_new and ranges:
            self.before = ranges[0][1]
            return
        for first, end in ranges:
            assert not any(first <= number < end for number in self.stored), (first, end)
            assert not any(first < high and low < end for low, high in self.lost_ranges)
            self.lost_ranges.append((first, end))

    def _is_lost(self, number: int) -> bool:
        return any(low <= number < high for low, high in self.lost_ranges)

    @property
    def lost(self) -> set:
        """Return the numbers that are lost for good."""
        return {number for low, high in self.lost_ranges for number in range(low, high)}


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
