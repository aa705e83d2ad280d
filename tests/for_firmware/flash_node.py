"""The firmware's journal, clock and session as one node, on CPython.

Does not model: MicroPython, LittleFS, tasks, a UART. `now_ms` is true time; the test moves it.
"""

from node.clock import Clock
from node.journal import Journal
from protocol.counter import Counter
from protocol.envelope import TAG_RADIO, TAG_WIRE
from protocol.node_session import NodeSession
from protocol.session import TIME
from tests.shared.pair import UNIX_MS, Gateway, drained, envelope

TICKS = 1 << 30


class FlashNode:
    """`folder` is its flash; `restart` is a power cut."""

    def __init__(self, folder, policy, interval_s=60, segment_samples=128):
        self.folder = folder
        self.policy = policy
        self.interval_s = interval_s
        self.now_ms = 0
        self.boot = 0
        self._segment_samples = segment_samples
        self._tag = TAG_WIRE if policy.each_waits else TAG_RADIO
        self._limit = 0
        self.restart()

    def _store(self, limit):
        self._limit = limit

    def _ticks(self):
        return self.now_ms % TICKS

    def restart(self):
        """Power off and on: RAM is gone."""
        self.boot += 1
        clock = self.clock = Clock(self._ticks)
        ids, size = (23,), self._segment_samples
        path = str(self.folder)
        self.journal = Journal(path, clock, self.boot, ids, self.interval_s, 48, size)
        counter = Counter(self._limit, self._store, 16)
        hello = (self.boot, "test")
        sealed = envelope(self._tag)
        self.session = NodeSession(
            sealed, counter, self.journal, hello, lambda span: 0, self.policy
        )

    def sample(self, value):
        """Take a sample on the grid, as the sampler does; return its number."""
        slot_s = self.clock.now_ms() // 1000 // self.interval_s * self.interval_s
        return self.journal.append(slot_s, self.clock.is_set, [value], None)

    def talk(self, gateway, is_lost=False):
        """Say all that is due now, and hear the answers."""
        for _ in range(1000):
            self.session.handle_timeout(self._ticks())
            frame = self.session.data_to_send(self._ticks())
            if frame is None:
                return
            self.now_ms += 100
            if is_lost:
                continue
            gateway.receive(frame, self.now_ms)
            for answer in gateway.commit(self.now_ms):
                self.session.receive(answer, self._ticks())
            for kind, value in drained(self.session):
                if kind == TIME:
                    self.clock.set(value)
                    self.journal.clock_was_set()
        raise AssertionError("it never stops talking")


class TimedGateway(Gateway):
    """Keeps the unix time of each sample as well."""

    def __init__(self, tag):
        self.times = {}
        Gateway.__init__(self, tag)

    def receive(self, frame, now_ms=0):
        """Take a frame, and remember when."""
        self._at_s = (UNIX_MS + now_ms) // 1000
        Gateway.receive(self, frame, now_ms)

    def _store(self, content):
        batch, fresh = content[:2]
        newest_s = batch.newest(self._at_s)[0]
        for number in fresh:
            behind = batch.first + batch.span - 1 - number
            self.times[number] = newest_s - behind * batch.interval_s
        Gateway._store(self, content)
