"""The smallest gateway: it acknowledges everything a node says and keeps nothing but its status.

Place: port of a virtual board -> here -> `samples`, `status`, and acks back.
Guarantee: answers through the protocol's own GatewaySession; nothing is durable, so no node that
matters may ever be connected to it.
"""

import asyncio
import os
import time
from pathlib import Path

from protocol import modem
from protocol import session as events
from protocol.envelope import TAG_RADIO, TAG_WIRE, Envelope, parse
from protocol.errors import FrameError
from protocol.gateway_session import GatewaySession
from protocol.lora import ANSWER_AFTER_MS, ANSWER_HZ, ANSWER_UNTIL_MS
from protocol.stream import RecordReader, to_record
from protocol.window import ReplayWindow
from tools.benchmark.sealing import EPOCH, LibraryCcm

ANSWER_DBM = 14


class Peer:
    """Connect with `open`, end with `close`; `samples` counts what came.

    `status` is the last one heard, and `samples_told` how many samples had come by then.
    """

    def __init__(self, node: int, key: bytes, tag_length: int = TAG_WIRE):
        envelope = Envelope(LibraryCcm(key), node, EPOCH, tag_length)
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
            session.acknowledge(event, session.promise(), self._unix_ms())
        while (answer := session.data_to_send(0)) is not None:
            self._send(answer)

    def _unix_ms(self) -> int:
        return time.time_ns() // 10**6

    def _send(self, answer: bytes) -> None:
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


class AirPeer(Peer):
    """The same behind a modem: its answers go out at the moment at which the node listens.

    `clock` is the file with the time of a warped world. `numbers` are those of the samples heard.
    """

    def __init__(self, node: int, key: bytes, sf: int, clock: Path):
        super().__init__(node, key, TAG_RADIO)
        self._sf = sf
        self._clock = clock
        self._stamp_ms = 0
        self._orders = 0
        self.numbers: set[int] = set()
        self.answers = 0

    def _take(self, frame: bytes) -> None:
        message = modem.decode(frame)
        if isinstance(message, modem.Heard):
            self._stamp_ms = message.stamp_ms
            super()._take(message.frame)

    def _note(self, event: tuple) -> None:
        super()._note(event)
        if event[0] == events.SAMPLES:
            self.numbers.update(event[2][1])

    def _unix_ms(self) -> int:
        return int.from_bytes(self._clock.read_bytes(), "big") // 1000

    def _send(self, answer: bytes) -> None:
        self._orders += 1
        self.answers += 1
        times = self._stamp_ms, ANSWER_AFTER_MS, ANSWER_UNTIL_MS
        order = modem.Send(self._orders, *times, ANSWER_HZ, self._sf, ANSWER_DBM, answer)
        super()._send(modem.encode(order))
