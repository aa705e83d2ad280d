"""Nodes with the protocol's own session, several on each port, which never stop measuring.

Place: samples that follow from their number -> NodeSession -> frames -> PTY -> gateway, acks back.
Guarantee: a frame counter is never used twice and a sample keeps number and values for ever. What a
node was promised and what it sent, in which order, is written down in its `Record`: the promise as
the authentic answer says it, the order as the bytes went to the port.
"""

import os
import time
import tty
from collections.abc import Callable
from pathlib import Path

from protocol import messages
from protocol.batch import Batch, number_near
from protocol.envelope import TAG_WIRE, Envelope, Parsed, parse
from protocol.errors import ProtocolError
from protocol.node_session import NodeSession
from protocol.sampletime import AGE, UNIX
from protocol.session import Policy
from protocol.stream import RecordReader, to_record
from tools.benchmark.load import QUANTITY_IDS
from tools.benchmark.sealing import EPOCH, LibraryCcm
from tools.soaking.record import Record

START_S = 1_780_000_000
_TICKS = 1 << 30
_MOST_SENT = 16  # frames of one node at one turn: a port takes no more anyway

# (pause after an ask in vain, least, most) in ms: short, for a life of the gateway is short.
_RETRY_MS = (100, 60, 400)
# One frame at a time, as the firmware on a cable; and windows that overlap and rarely ask.
WIRED = Policy(1, 1, 1, 400, 800, _RETRY_MS, 0)
STREAMING = Policy(2, 4, 4, 400, 400, _RETRY_MS, 0)


def values_of(node: int, number: int) -> list[int]:
    """Return the scaled values of a sample, one for each of QUANTITY_IDS."""
    mixed = (node * 7919 + number) * 2_654_435_761 >> 7
    return [100 + mixed % 200, 30 + mixed % 61, 9900 + mixed % 401, mixed % 101]


def time_of(number: int) -> int:
    """Return when a sample was taken, unix seconds."""
    return START_S + number


class Journal:
    """The face of `firmware/node/journal.py`; samples follow from their number.

    `knows_time`: they carry the time; else their age, so that the gateway gives them one.
    """

    def __init__(self, node: int, knows_time: bool):
        self._node = node
        self._knows_time = knows_time
        self.oldest = 0
        self.next_number = 0

    @property
    def unsure_from(self) -> int:
        """Return the first number that might have been given before: there is none."""
        return self.next_number

    def run(self, first: int, limit: int, now_ms: int) -> Batch | None:
        """Return up to `limit` samples from `first` on, or None where that one is not there."""
        end = min(first + limit, self.next_number)
        if not self.oldest <= first < end:
            return None
        rows = [values_of(self._node, number) for number in range(first, end)]
        columns = [list(column) for column in zip(*rows, strict=True)]
        clock, seconds = (UNIX, time_of(end - 1)) if self._knows_time else (AGE, 5)
        return Batch(first, QUANTITY_IDS, columns, 1, clock, seconds)

    def release(self, number: int) -> None:
        """Forget all below: the gateway has them."""
        self.oldest = max(self.oldest, min(number, self.next_number))

    def renumber(self, number: int) -> None:
        """Refuse: a gateway that asks for that has lost count of a node that lost nothing."""
        raise ValueError("no number of this node is unsure")


class Witness:
    """An envelope that writes down what passes through it."""

    def __init__(self, envelope: Envelope, record: Record, journal: Journal):
        self._envelope = envelope
        self._record = record
        self._journal = journal
        self.is_weak = envelope.is_weak
        self.epoch = envelope.epoch

    def seal_up(self, counter: int, plain: bytes, *flags: bool) -> bytes:
        """Seal a frame; its samples were sent in this order."""
        message = messages.decode(plain)
        if isinstance(message, Batch):
            first = message.first
            if message.older is None:
                first = number_near(first, self._journal.next_number)
            self._record.sent([first + n - message.first for n in message.numbers()])
        frame: bytes = self._envelope.seal_up(counter, plain, *flags)
        return frame

    def open_answer(self, parsed: Parsed, counter: int) -> bytes:
        """Open an answer; what is authentic is a promise."""
        plain: bytes = self._envelope.open_answer(parsed, counter)
        message = messages.decode(plain)
        if isinstance(message, messages.Ack) and message.expected is not None:
            self._record.promised(message.expected, message.gaps)
        return plain


class Counter:
    """Frame numbers, each once; in memory, for these nodes never lose power."""

    def __init__(self) -> None:
        self._next = 0

    def take(self) -> int:
        """Return the next number."""
        self._next += 1
        return self._next


class Node:
    """`measure` now and then, `turn` often."""

    def __init__(self, number: int, key: bytes, policy: Policy, knows_time: bool, seed: int):
        self.id = number
        self.journal = Journal(number, knows_time)
        self.record = Record(number, knows_time)
        envelope = Envelope(LibraryCcm(key), number, EPOCH, TAG_WIRE)
        witness = Witness(envelope, self.record, self.journal)
        self._jitter = seed
        hello = (1, "soak")
        self.session = NodeSession(
            witness, Counter(), self.journal, hello, self._next_jitter, policy
        )

    def _next_jitter(self, span: int) -> int:
        self._jitter = (self._jitter * 1_103_515_245 + 12_345) % 2**31
        return (self._jitter >> 8) % span

    def measure(self, count: int) -> None:
        """Take samples."""
        self.journal.next_number += count

    def turn(self, now_ms: int, write: Callable[[bytes], None]) -> None:
        """Send what is due."""
        self.session.handle_timeout(now_ms)
        for _ in range(_MOST_SENT):
            frame = self.session.data_to_send(now_ms)
            if frame is None:
                return
            write(b"\x00" + to_record(frame))

    @property
    def is_settled(self) -> bool:
        """Say whether the gateway has promised everything that was measured."""
        return self.record.promised_to >= self.journal.next_number


class Port:
    """A PTY at `path` with nodes on it, whose plug can be pulled."""

    def __init__(self, path: Path, nodes: list[Node]):
        self.path = path
        self.nodes = {node.id: node for node in nodes}
        self._fds: tuple[int, int] | None = None
        self._reader = RecordReader()

    @property
    def is_plugged(self) -> bool:
        """Say whether the port is there."""
        return self._fds is not None

    def plug(self) -> None:
        """Put the plug in: a new port at the same path."""
        # Its far end stays open here, so that a gateway that goes causes no hang-up.
        self._fds = os.openpty()
        tty.setraw(self._fds[1])
        os.set_blocking(self._fds[0], False)
        self._reader = RecordReader()
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._fds[1]))

    def unplug(self) -> None:
        """Pull the plug; what was on its way is gone."""
        self.path.unlink(missing_ok=True)
        for fd in self._fds or ():
            os.close(fd)
        self._fds = None

    def turn(self) -> None:
        """Let all nodes hear and speak."""
        now_ms = time.monotonic_ns() // 1_000_000 % _TICKS
        if self._fds is not None:
            for frame in self._reader.feed(self._read()):
                self._answer(frame, now_ms)
        for node in self.nodes.values():
            node.turn(now_ms, self._write)

    def _answer(self, frame: bytes, now_ms: int) -> None:
        try:
            node = self.nodes.get(parse(frame).node)
        except ProtocolError:
            return
        if node is not None:
            node.session.receive(frame, now_ms)
            while node.session.next_event() is not None:
                pass

    def _read(self) -> bytes:
        assert self._fds is not None  # noqa: S101 - asked before
        try:
            return os.read(self._fds[0], 65536)
        except BlockingIOError:
            return b""

    def _write(self, data: bytes) -> None:
        """Put bytes on the cable; what it does not take is lost, as on any UART."""
        if self._fds is None:
            return
        try:
            os.write(self._fds[0], data)
        except BlockingIOError:
            return
