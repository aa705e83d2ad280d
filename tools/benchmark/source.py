"""`python -m tools.benchmark.source LINK FRAMES SAMPLES PROBES IN_FLIGHT`: all nodes, on one port.

Place: load -> here -> PTY -> gateway, and acks back. Commands come as lines on stdin (greet, probe,
stream); each is answered by one line of JSON on stdout, the first line says that the port is there.
Guarantee: at most IN_FLIGHT frames of a node are on their way, so nothing has to be dropped on the
way there or back. Acks are matched while the clock runs, and authenticated after it.
"""

import json
import os
import pty
import select
import signal
import sys
import time
import tty
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from protocol.envelope import ANSWER_RANGE, parse
from protocol.errors import ProtocolError
from protocol.messages import Ack
from protocol.stream import RecordReader
from tools.benchmark.load import SealedFrame, Shape, seal_all

PROBE_EVERY_S = 0.1
_STALL_S = 10.0


class Line:
    """The node's end of a serial cable whose other end is the port behind `link`."""

    def __init__(self, link: Path):
        # The port's own descriptor stays open, so that no reader causes a hangup by going.
        self._fd, self._port_fd = pty.openpty()
        tty.setraw(self._port_fd)
        os.set_blocking(self._fd, False)
        link.symlink_to(os.ttyname(self._port_fd))
        self._out = bytearray()
        self._reader = RecordReader()

    def write(self, data: bytes) -> None:
        """Queue bytes; `exchange` writes them."""
        self._out += data

    def flush(self) -> int:
        """Write everything; return the time of the last byte in ns."""
        while self._out:
            select.select([], [self._fd], [])
            self._write()
        return time.monotonic_ns()

    def exchange(self, timeout_s: float) -> list[bytes]:
        """Move bytes both ways as soon as either is possible; return the frames that came."""
        wanted = [self._fd] if self._out else []
        readable, writable, _ = select.select([self._fd], wanted, [], timeout_s)
        if writable:
            self._write()
        return self._reader.feed(os.read(self._fd, 65536)) if readable else []

    def _write(self) -> None:
        try:
            del self._out[: os.write(self._fd, self._out)]
        except BlockingIOError:
            return


class Source:
    """All nodes; `deliver` is one exchange of frames for acks."""

    def __init__(self, line: Line, shape: Shape):
        self._line = line
        self._in_flight = shape.in_flight
        self._nodes = nodes = seal_all(shape)
        self._sealers = {node.id: node.sealer for node in nodes}

    def greet(self) -> dict[str, Any]:
        """Let every node say Hello."""
        return self.deliver([node.hello] for node in self._nodes)

    def stream(self) -> dict[str, Any]:
        """Send everything, as fast as the port takes it."""
        return self.deliver(node.frames for node in self._nodes)

    def probe(self) -> dict[str, Any]:
        """Send single frames at a quiet line; return when the last byte of each was written."""
        sent, acked = [], 0
        for frame in (frame for node in self._nodes for frame in node.probes):
            self._line.write(frame.record)
            sent.append([frame.node, frame.safe_from - 1, self._line.flush()])
            due = time.monotonic() + PROBE_EVERY_S
            while (left_s := due - time.monotonic()) > 0:
                answers = self._line.exchange(left_s)
                acked += sum(self._is_right(frame, answer) for answer in answers)
        return {"sent": sent, "acked": acked}

    def deliver(self, frames: Iterable[list[SealedFrame]]) -> dict[str, Any]:
        """Send each list in its order until all is acknowledged, or nothing comes any more."""
        queues = {batch[0].node: deque(batch) for batch in frames if batch}
        waiting: dict[tuple[int, int], SealedFrame] = {}
        answers: list[tuple[SealedFrame, bytes]] = []
        begin_ns = time.monotonic_ns()
        for queue in queues.values():
            for _ in range(min(self._in_flight, len(queue))):
                self._send(queue.popleft(), waiting)
        heard_at = time.monotonic()
        while waiting and time.monotonic() - heard_at < _STALL_S:
            for answer in self._line.exchange(1.0):
                heard_at = time.monotonic()
                frame = waiting.pop(_address(answer), None)
                if frame is None:
                    continue
                answers.append((frame, answer))
                if queues[frame.node]:
                    self._send(queues[frame.node].popleft(), waiting)
        acked = sum(self._is_right(frame, answer) for frame, answer in answers)
        return {"acked": acked, "begin_ns": begin_ns}

    def _send(self, frame: SealedFrame, waiting: dict[tuple[int, int], SealedFrame]) -> None:
        waiting[frame.node, frame.counter % ANSWER_RANGE] = frame
        self._line.write(frame.record)

    def _is_right(self, frame: SealedFrame, answer: bytes) -> bool:
        """Say whether this is the gateway's authentic word that the frame is safe."""
        try:
            ack = self._sealers[frame.node].open_answer(frame.counter, answer)
        except ProtocolError:
            return False
        return isinstance(ack, Ack) and ack.expected is not None and ack.expected >= frame.safe_from


def _address(answer: bytes) -> tuple[int, int]:
    try:
        parsed = parse(answer)
    except ProtocolError:
        return -1, -1
    return parsed.node, parsed.low


def main(arguments: list[str]) -> None:
    """Answer commands until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    link, *numbers = arguments
    source = Source(Line(Path(link)), Shape(*(int(number) for number in numbers)))
    print(json.dumps({"ready": True}), flush=True)
    commands = {"greet": source.greet, "probe": source.probe, "stream": source.stream}
    for line in sys.stdin:
        print(json.dumps(commands[line.strip()]()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
