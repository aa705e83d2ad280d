"""`python -m tools.benchmark.source FOLDER PORTS NODES IN_FLIGHT`: all nodes, on some ports.

Place: load -> here -> PTYs `FOLDER/port0`, ... -> gateway, and acks back.
Guarantee: frames are sealed by `prepare`, while no clock runs. Commands come as lines on stdin,
each is answered by one line of JSON on stdout; the first line says that the ports are there.

    greet                           every node says Hello
    prepare FRAMES SAMPLES [INTERVAL_S END_S]   seal so many frames in all
    stream | burst                  send them, in windows or all at once
    live FRAMES PER_S               single samples at a rate; when the last byte of each was written
    top                             how fast the prepared frames go to somebody who only reads
    numbers                         how many samples each node has sent
"""

import json
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from protocol.envelope import parse
from tools.benchmark.line import Line, exchange
from tools.benchmark.load import Train, make_nodes
from tools.benchmark.sending import Sending

_GREET_S = 60.0
_AGAIN_S = 0.1
_BURST = 1 << 30


class Source:
    """All nodes; each method is a command."""

    def __init__(self, folder: Path, ports: int, nodes: int, in_flight: int):
        self._folder = folder
        self._lines = [Line(folder / f"port{i}") for i in range(ports)]
        self._nodes = make_nodes(nodes)
        self._sending = Sending(self._lines, self._nodes, in_flight)
        self._trains: list[Train] = []

    def greet(self) -> dict[str, Any]:
        """Let every node say Hello until it is answered: a gateway may only just be starting."""
        silent = {node.id: node for node in self._nodes}
        end = time.monotonic() + _GREET_S
        while silent and time.monotonic() < end:
            for node in silent.values():
                self._sending.line_of(node).out += node.hello()
            again = time.monotonic() + _AGAIN_S
            while silent and time.monotonic() < again:
                for frame in exchange(self._lines, 0.1):
                    silent.pop(parse(frame).node, None)
        return {"answered": len(self._nodes) - len(silent)}

    def prepare(self, frames: int, samples: int, interval_s: int = 1, end_s: int = 0) -> dict:
        """Seal what `stream`, `burst` and `top` send."""
        count = len(self._nodes)
        shares = [frames // count + (i < frames % count) for i in range(count)]
        self._trains = [
            node.train(share, samples, interval_s, end_s)
            for node, share in zip(self._nodes, shares, strict=True)
        ]
        size = sum(len(record) for train in self._trains for record in train.records)
        return {"bytes_per_frame": round(size / frames, 1)}

    def stream(self, in_flight: int = 0) -> dict[str, Any]:
        """Send what is prepared; CPU is that of this process meanwhile."""
        cpu_s = time.process_time()
        acked, begin_ns = self._sending.stream(self._trains, in_flight)
        took_s = (time.monotonic_ns() - begin_ns) / 1e9
        share = (time.process_time() - cpu_s) / took_s
        return {"acked": acked, "begin_ns": begin_ns, "took_s": took_s, "cpu_share": share}

    def burst(self) -> dict[str, Any]:
        """Send all of it without waiting for anybody."""
        return self.stream(_BURST)

    def live(self, frames: int, per_s: int) -> dict[str, Any]:
        """Send single samples, node by node, at a rate: [node, number, ns of the last byte]."""
        sent = []
        due = time.monotonic()
        for i in range(frames):
            node = self._nodes[i % len(self._nodes)]
            number = node.number
            (record,) = node.train(1, 1).records
            line = self._sending.line_of(node)
            line.out += record
            sent.append([node.id, number, line.flush()])
            due += 1 / per_s
            while (left_s := due - time.monotonic()) > 0:
                exchange(self._lines, left_s)
        return {"sent": sent}

    def top(self) -> dict[str, Any]:
        """Send what is prepared to a process that only reads, on ports of their own."""
        records = [record for train in self._trains for record in train.records]
        data = b"".join(records)
        share = len(data) // len(self._lines)
        paths = [self._folder / f"top{i}" for i in range(len(self._lines))]
        lines = [Line(path) for path in paths]
        context = multiprocessing.get_context("fork")
        readers = [context.Process(target=_swallow, args=(path, share)) for path in paths]
        for reader in readers:
            reader.start()
        time.sleep(0.2)
        begin = time.monotonic()
        for i, line in enumerate(lines):
            line.out += data[i * share : (i + 1) * share]
        while any(line.out for line in lines):
            exchange(lines, 1.0)
        for reader in readers:
            reader.join(10)
        took_s = time.monotonic() - begin
        for line, path in zip(lines, paths, strict=True):
            line.close()
            path.unlink()
        return {
            "frames_per_s": round(len(records) / took_s),
            "bytes_per_s": round(len(data) / took_s),
        }

    def numbers(self) -> dict[str, Any]:
        """Return how many samples each node has sent."""
        return {"numbers": {node.id: node.number for node in self._nodes}}


def _swallow(path: Path, size: int) -> None:
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    while size > 0:
        size -= len(os.read(fd, 65536))


def main(arguments: list[str]) -> None:
    """Answer commands until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    folder, *numbers = arguments
    source = Source(Path(folder), *(int(number) for number in numbers))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        name, *words = line.split()
        answer = getattr(source, name)(*(int(word) for word in words))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
