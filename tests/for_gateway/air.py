"""A port of a modem for the gateway's tests: records go in, orders come out of a real SerialLink.

Does not model: a modem. What it would say is said by the test.
"""

import os
import select
import tty

from gateway.links.config import Radio, SerialPort
from gateway.links.serial_port import SerialLink
from protocol import modem
from protocol.ccm import Ccm
from protocol.envelope import TAG_RADIO, Envelope
from protocol.messages import Note, encode
from protocol.stream import RecordReader, to_record
from tests.fakes.clock import FakeClock

RADIO = Radio(868100000, 9, 14)
STAMP_MS = 123_456


def heard(frame: bytes, rssi_dbm: int = -90, snr_q: int = 20, sf: int = 9) -> modem.Heard:
    """Return what a modem says of a frame."""
    return modem.Heard(STAMP_MS, 868100000, sf, rssi_dbm, snr_q, frame)


def state(error: str = "", **fields: int) -> modem.State:
    """Return what a modem says of itself."""
    fields = {"frequency_hz": RADIO.frequency_hz, "sf": RADIO.sf, "uptime_s": 5, **fields}
    return modem.State("1.0", error, fields, [("O", 250, 360000)])


def frame_of(counter: int, asks: bool = True, node: int = 17, text: str = "ok") -> bytes:
    """Return a node's note, with a tag of 4 bytes."""
    envelope = Envelope(Ccm(bytes(range(16))), node, 1, TAG_RADIO)
    return envelope.seal_up(counter, encode(Note(text)), asks, True, False)


class Port:
    """A SerialLink on a PTY; `frames` are (link, frame) that came out of it."""

    def __init__(self, path, radio: Radio | None = RADIO, on_frames=None):
        self.path = path
        self.clock = FakeClock()
        self.frames: list = []
        config = SerialPort(path.name, path, 115200, False, radio)
        self.link = SerialLink(config, self.clock, on_frames or self._take)
        self._ends: tuple = ()
        self._reader = RecordReader()
        self.plug()

    def _take(self, link, frames):
        self.frames += [(link, frame) for frame in frames]

    def plug(self):
        """Put the plug in."""
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        os.set_blocking(self._ends[0], False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self):
        """Pull it."""
        for end in self._ends:
            os.close(end)
        self._ends = ()

    def say(self, *messages, noise: bytes = b""):
        """Send messages, or bytes that are none, and let the link read them."""
        data = b"".join(b"\x00" + to_record(modem.encode(message)) for message in messages)
        data += noise
        end = self.link.bytes_in + len(data)
        while data:
            data = data[os.write(self._ends[0], data[:2000]) :]
            while self.link.is_open and self.link.bytes_in < end - len(data):
                # The kernel hands over when it has time to.
                select.select([self.link._fd], [], [], 1)
                self.link._readable()

    def told(self) -> list:
        """Return the orders that came out since the last time."""
        data = b""
        while select.select([self._ends[0]], [], [], 0.03)[0]:
            data += os.read(self._ends[0], 65536)
        return [modem.decode(record) for record in self._reader.feed(data)]

    def close(self):
        """End it."""
        self.link.close()
        if self._ends:
            self.unplug()
