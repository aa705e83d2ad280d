"""Frames out as fast as the gateway acknowledges them, a window for each node.

Place: load -> Sending -> lines -> gateway, acks back.
Guarantee: at most `in_flight` frames of a node are on their way. A frame counts as acknowledged
when an authentic ack of its node covers it; where the last acks are missing, the node asks.
"""

import time

from protocol import messages
from protocol.envelope import ANSWER_RANGE, Parsed, parse
from protocol.errors import ProtocolError
from tools.benchmark.line import Line, exchange
from tools.benchmark.load import LoadNode, Train

_ASK_S = 1.0
_PATIENCE = 10  # asks in a row that nobody answers


class _Flight:
    """What of one node's train is on its way."""

    def __init__(self, node: LoadNode, train: Train, line: Line):
        self.node = node
        self.train = train
        self.line = line
        self.sent = 0
        self.safe = 0
        self._newest = train.counter - 1  # counter of the last frame that went out

    @property
    def is_done(self) -> bool:
        return self.safe == len(self.train.records)

    def fill(self, in_flight: int) -> None:
        """Send as many frames as may be on their way."""
        end = min(self.safe + in_flight, len(self.train.records))
        if end > self.sent:
            self.line.out += b"".join(self.train.records[self.sent : end])
            self.sent = end
            self._newest = self.train.counter + end - 1

    def ask(self) -> None:
        """Nothing is heard: send one frame more than may be on its way, or a question."""
        if self.sent < len(self.train.records):
            self.fill(self.sent - self.safe + 1)
        else:
            self.line.out += self.node.poll()
            self._newest = self.node.counter - 1

    def expected(self, parsed: Parsed) -> int | None:
        """Return what an answer says to be safe, or None where it is not authentic.

        An answer has the counter of its question modulo 24: the newest that fits is tried first.
        """
        counter = self._newest - (self._newest - parsed.low) % ANSWER_RANGE
        oldest = self.train.counter + self.safe
        while counter >= oldest:
            try:
                ack = self.node.sealer.open_parsed(counter, parsed)
            except ProtocolError:
                counter -= ANSWER_RANGE
                continue
            return ack.expected if isinstance(ack, messages.Ack) else None
        return None


class Sending:
    """All nodes of the lines; node i is on line i modulo their number."""

    def __init__(self, lines: list[Line], nodes: list[LoadNode], in_flight: int):
        self._lines = lines
        self._nodes = nodes
        self._in_flight = in_flight

    def line_of(self, node: LoadNode) -> Line:
        """Return the cable that a node is on."""
        return self._lines[self._nodes.index(node) % len(self._lines)]

    def stream(self, trains: list[Train], in_flight: int = 0) -> tuple[int, int]:
        """Send everything; return (frames that were acknowledged, time of the beginning in ns)."""
        flights = {
            node.id: _Flight(node, train, self._lines[i % len(self._lines)])
            for i, (node, train) in enumerate(zip(self._nodes, trains, strict=True))
        }
        window = in_flight or self._in_flight
        begin_ns = time.monotonic_ns()
        for flight in flights.values():
            flight.fill(window)
        self._move(flights, window)
        return sum(flight.safe for flight in flights.values()), begin_ns

    def _move(self, flights: dict[int, _Flight], window: int) -> None:
        waiting = sum(not flight.is_done for flight in flights.values())
        heard_at, asked = time.monotonic(), 0
        while waiting and asked < _PATIENCE:
            frames = exchange(self._lines, _ASK_S)
            for frame in frames:
                waiting -= _take(flights, frame, window)
            now = time.monotonic()
            if frames or any(line.out for line in self._lines):
                heard_at, asked = now, 0 if frames else asked
            elif now - heard_at > _ASK_S:
                heard_at, asked = now, asked + 1
                for flight in flights.values():
                    if not flight.is_done:
                        flight.ask()


def _take(flights: dict[int, _Flight], frame: bytes, window: int) -> bool:
    """Take an answer and send what it makes room for; say whether its node is done by it."""
    try:
        parsed = parse(frame)
    except ProtocolError:
        return False
    flight = flights.get(parsed.node)
    if flight is None or flight.is_done:
        return False
    expected = flight.expected(parsed)
    if expected is None:
        return False
    flight.safe = max(flight.safe, flight.train.safe(expected))
    flight.fill(window)
    return flight.is_done
