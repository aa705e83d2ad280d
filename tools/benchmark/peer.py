"""The smallest gateway: it acknowledges everything a node says and keeps nothing but its status.

Place: port of a virtual board -> here -> `samples`, `status`, and acks back.
Guarantee: answers through the protocol's own GatewaySession; nothing is durable, so no node that
matters may ever be connected to it.
"""

import asyncio
import os
import time
from pathlib import Path

from protocol import session as events
from protocol.envelope import TAG_WIRE, Envelope, parse
from protocol.errors import FrameError
from protocol.gateway_session import GatewaySession
from protocol.stream import RecordReader, to_record
from protocol.window import ReplayWindow
from tools.benchmark.sealing import EPOCH, LibraryCcm


class Peer:
    """Connect with `open`, end with `close`; `samples` counts what came.

    `status` is the last one heard, and `samples_told` how many samples had come by then.
    """

    def __init__(self, node: int, key: bytes):
        envelope = Envelope(LibraryCcm(key), node, EPOCH, TAG_WIRE)
        self._session = GatewaySession(envelope, ReplayWindow(), None)
        self._reader = RecordReader()
        self._fd = -1
        self.samples = 0
        self.samples_told = 0
        self.status: dict[str, int] = {}

    def open(self, port: Path) -> None:
        """Listen on a port."""
        self._fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    def close(self) -> None:
        """Let the port go."""
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)

    def _readable(self) -> None:
        for frame in self._reader.feed(os.read(self._fd, 4096)):
            self._take(frame)
        session = self._session
        while (event := session.next_event()) is not None:
            self._note(event)
            session.acknowledge(event, session.promise(), time.time_ns() // 10**6)
        while (answer := session.data_to_send(0)) is not None:
            os.write(self._fd, b"\x00" + to_record(answer))

    def _take(self, frame: bytes) -> None:
        try:
            self._session.receive(parse(frame), 0)
        except FrameError:
            return  # a record that was cut short as the port was opened: the node repeats it

    def _note(self, event: tuple) -> None:
        kind, _, content, _ = event
        if kind == events.SAMPLES:
            self.samples += len(content[1])
        elif kind == events.STATUS:
            self.status, self.samples_told = content.fields, self.samples
