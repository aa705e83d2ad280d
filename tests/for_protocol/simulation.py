"""A node and a gateway on a link that does its worst, step by step, with every promise watched.

Each step is a method that takes one number, so that a list of (name, number) is a whole history:
Hypothesis shrinks it, a seed makes a long one, and a fixed one can be cut at every place.

What is not modelled: flash that loses data, a disk that loses a commit, a second gateway.
"""

from protocol._compat import ticks_add
from protocol.envelope import TAG_RADIO, TAG_WIRE, parse
from protocol.messages import Note
from protocol.session import wired
from tests.shared.pair import Gateway, Node, RamJournal

START = ticks_add(0, -200_000)  # the ticks wrap during every longer history

STEPS = (
    "sample",
    "poll",
    "up_arrives",
    "up_is_lost",
    "up_is_doubled",
    "gateway_commits",
    "down_arrives",
    "down_is_lost",
    "down_is_doubled",
    "time_passes",
    "node_reboots",
    "node_sleeps",
    "gateway_crashes",
    "old_frame_is_replayed",
    "old_answer_is_replayed",
    "bits_flip",
    "note_is_sent",
)


class World:
    """Call steps in any order, then `calm`, which must bring every sample home."""

    def __init__(self, capacity: int = 1 << 30, first: int = 0, policy=None):
        self._policy = policy or wired()
        tag = TAG_WIRE if self._policy.each_waits else TAG_RADIO
        self.node = Node(RamJournal(capacity, first), policy=self._policy, tag=tag)
        self.gateway = Gateway(tag)
        self.now = START
        self.up: list[bytes] = []
        self.down: list[bytes] = []
        self.old_up: list[bytes] = []
        self.old_down: list[bytes] = []
        self.journaled: dict[int, int] = {}
        self.dropped: set[int] = set()
        self.used: set[int] = set()
        self._first = first
        self._checked = first

    def run(self, history: list[tuple[str, int]]) -> None:
        """Take all steps of a history, and watch the promises after each."""
        for name, number in history:
            getattr(self, name)(number)
            self.check()

    def sample(self, number: int) -> None:
        for _ in range(number % 9 + 1):
            journal = self.node.journal
            self.journaled[journal.next_number] = journal.next_number % 500_000
            before = journal.oldest
            journal.append(journal.next_number % 500_000)
            self.dropped.update(range(before, journal.oldest))

    def poll(self, number: int) -> None:
        frame = self.node.poll(self.now)
        if frame is not None:
            counter = parse(frame).low
            assert counter not in self.used, "a nonce was used twice"
            self.used.add(counter)
            self.up.append(frame)
            self.old_up.append(frame)

    def up_arrives(self, number: int) -> None:
        if self.up:
            self.gateway.receive(self.up.pop(number % len(self.up)), self.now)

    def up_is_lost(self, number: int) -> None:
        if self.up:
            self.up.pop(number % len(self.up))

    def up_is_doubled(self, number: int) -> None:
        if self.up:
            self.up.append(self.up[number % len(self.up)])

    def gateway_commits(self, number: int) -> None:
        for answer in self.gateway.commit(self.now):
            self.down.append(answer)
            self.old_down.append(answer)

    def down_arrives(self, number: int) -> None:
        if self.down:
            self.node.session.receive(self.down.pop(number % len(self.down)), self.now)

    def down_is_lost(self, number: int) -> None:
        if self.down:
            self.down.pop(number % len(self.down))

    def down_is_doubled(self, number: int) -> None:
        if self.down:
            self.down.append(self.down[number % len(self.down)])

    def time_passes(self, number: int) -> None:
        self.now = ticks_add(self.now, number * self._policy.retry_ms[2] // 600)

    def node_reboots(self, number: int) -> None:
        self.node.restart()

    def node_sleeps(self, number: int) -> None:
        woken = ticks_add(self.now, number * 7_919_993)
        if self.node.sleep(self.now, woken):
            self.now = woken

    def gateway_crashes(self, number: int) -> None:
        self.gateway.restart()

    def old_frame_is_replayed(self, number: int) -> None:
        if self.old_up:
            self.gateway.receive(self.old_up[number % len(self.old_up)], self.now)

    def old_answer_is_replayed(self, number: int) -> None:
        if self.old_down:
            self.node.session.receive(self.old_down[number % len(self.old_down)], self.now)

    def bits_flip(self, number: int) -> None:
        for frames, receive in (
            (self.old_up[-1:], self.gateway.receive),
            (self.old_down[-1:], self.node.session.receive),
        ):
            for frame in frames:
                changed = bytearray(frame)
                changed[number % len(changed)] ^= 1 << number % 8
                receive(bytes(changed), self.now)

    def note_is_sent(self, number: int) -> None:
        self.node.session.send(Note(str(number)), self.now)

    def calm(self) -> None:
        """Let the link work again; everything must come to rest within bounds."""
        for _ in range(120 + len(self.journaled)):
            self.time_passes(800)  # longer than any wait
            self.node.session.flush()
            self.poll(0)
            while self.up:
                self.up_arrives(0)
            self.gateway_commits(0)
            while self.down:
                self.down_arrives(0)
            self.check()
            if not self.node.journal.values and not self.up and not self.down:
                break
        self.check_all_is_home()

    def check(self) -> None:
        """Nothing leaves the journal before it is stored, and the ledger on disk is exact."""
        gateway, journal = self.gateway, self.node.journal
        for number in range(self._checked, journal.oldest):
            safe = gateway.stored.get(number) == self.journaled[number]
            assert safe or number in self.dropped, f"sample {number} was forgotten"
        self._checked = journal.oldest
        assert journal.renumbered == 0
        samples = gateway.windows[2]
        if samples is not None:
            self._forget_what_was_dropped_before_the_first_hello()
            expected, runs, top = samples
            done = gateway.stored.keys() | gateway.lost
            settled = set(range(self._first, expected))
            for first, end in runs:
                assert expected < first < end <= top
                settled.update(range(first, end))
            assert done == settled
            assert max(done, default=self._first - 1) < top <= journal.next_number

    def _forget_what_was_dropped_before_the_first_hello(self) -> None:
        """The ledger begins with the first Hello: what was gone by then is not in it."""
        start = self.gateway.before
        for number in range(self._first, start):
            assert number in self.dropped
            del self.journaled[number]
        self._first = max(self._first, start)

    def check_all_is_home(self) -> None:
        """Every journaled sample is stored once or, where the journal dropped it, told as lost."""
        gateway, end = self.gateway, self.node.journal.next_number
        lost = gateway.lost
        assert gateway.stored.keys() | lost == self.journaled.keys()
        assert not gateway.stored.keys() & lost
        assert lost <= self.dropped
        assert all(self.journaled[number] == value for number, value in gateway.stored.items())
        assert gateway.windows[2] == (end, [], end)
        assert gateway.session.samples.missing() == 0
