"""One node on the bench: an image with the checkout's firmware, a board to run it, a peer to ack.

The peer is the protocol's own GatewaySession in this process, so that a test sees every frame; the
whole gateway is tested in `tests/whole` and `test_demonstration`.
"""

import asyncio
import contextlib
import json
import os
import time
from pathlib import Path

from protocol import session as sessions
from protocol.ccm import Ccm
from protocol.commands import Result
from protocol.envelope import TAG_WIRE, Envelope, parse
from protocol.errors import FrameError
from protocol.gateway_session import GatewaySession
from protocol.stream import RecordReader, to_record
from protocol.window import ReplayWindow
from tools.rig.board import VirtualBoard
from tools.rig.firmware import firmware_files
from tools.rig.image import build_image
from tools.rig.production import Production, production

ROOT = Path(__file__).resolve().parents[1]
KEY = bytes(range(16))
NODE = 17


class Fields(dict):
    """Fields of a Status, of which one that is absent is 0."""

    def __missing__(self, name: str) -> int:
        return 0


class Peer:
    """Acknowledges what it hears on a port; `mute` makes it listen only."""

    tag_length = TAG_WIRE

    def __init__(self, port: Path):
        self._port = port
        self._fd: int | None = None
        self._reader = RecordReader()
        self.mute = False
        self.link: tuple | None = None  # what its answers say of each frame: (RSSI, SNR, margin)
        self.samples: dict[int, list] = {}
        self.times: dict[int, int] = {}  # unix seconds
        self.quality: dict[int, list] = {}  # codes by number, of samples that are not all valid
        self.done: dict[int, Result] = {}
        self.hellos: list = []
        self.status = Fields()
        self.notes: list[str] = []
        self.frames: list[bytes] = []
        envelope = Envelope(Ccm(KEY), NODE, 1, self.tag_length)
        self.session = GatewaySession(envelope, ReplayWindow(), None)

    def open(self) -> None:
        """Open the port, as a gateway does."""
        self._fd = os.open(self._port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    def close(self) -> None:
        """Close the port."""
        if self._fd is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = None

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            for frame in self._reader.feed(os.read(self._fd, 4096)):
                self._hear(frame)

    def _hear(self, frame: bytes) -> None:
        self.frames.append(frame)
        with contextlib.suppress(FrameError):
            self.session.receive(parse(frame), 0)
        event = self.session.next_event()
        while event is not None:
            self._take(event)
            event = self.session.next_event()

    def _take(self, event: tuple) -> None:
        kind, _, content, _ = event
        if kind == sessions.SAMPLES:
            batch, fresh = content[:2]
            numbers = batch.numbers()
            newest_s = batch.newest(self.unix_ms() // 1000)[0]
            for number in fresh:
                row = numbers.index(number)
                self.samples[number] = [column[row] for column in batch.columns]
                self.times[number] = newest_s - (numbers[-1] - number) * batch.interval_s
                if batch.quality:
                    self.quality[number] = [codes[row] if codes else 0 for codes in batch.quality]
        elif kind == sessions.HELLO:
            self.hellos.append(content[0])
        elif kind == sessions.STATUS:
            self.status = Fields(content.fields)
        elif kind == sessions.RESULT:
            self.done[content.number] = content
        elif kind == sessions.NOTE:
            self.notes.append(content.text)
        if not self.mute:
            self.session.acknowledge(event, self.session.promise(), self.unix_ms(), self.link)
            self.send(self.session.data_to_send(0))

    def unix_ms(self) -> int:
        """Return the time that the answers tell."""
        return time.time_ns() // 10**6

    def send(self, frame: bytes) -> None:
        """Put a frame on the cable."""
        os.write(self._fd, b"\x00" + to_record(frame))


def _in_lib() -> Production:
    """Return the firmware as a developer has it, with the heap that it takes there."""
    return Production(firmware_files(ROOT), None, 512)


class Bench:
    """Use `async with Bench(folder, profile) as bench`; the board is off at first."""

    uarts = (1,)  # that have a cable
    is_in_rom = True  # False: the firmware is in /lib, where a test may change it

    def __init__(self, folder: Path, profile: str = "air", **config):
        self.folder = folder
        self.image = folder / "flash.img"
        self.console = bytearray()
        self._made = production(ROOT) if self.is_in_rom else _in_lib()
        self._files = dict(self._made.files)
        identity = {"node": NODE, "epoch": 1, "key": KEY.hex()}
        settings = {"profile": profile, "interval_s": 1, "status_s": 2, "retry_max_ms": 1000}
        settings["sensors"] = {"seed": 5, "speedup": 60}
        settings.update(config)
        self.write("/identity.json", json.dumps(identity).encode())
        self.write("/config.json", json.dumps(settings).encode())
        self.write("/state/frame_counter", b"0")

    def write(self, path: str, content: bytes | None) -> None:
        """Change what the image will hold; None takes a file away."""
        if content is None:
            del self._files[path]
        else:
            self._files[path] = content

    async def __aenter__(self):
        build_image(self.image, self._files)
        self.board = VirtualBoard(
            self.image,
            state_dir=self.folder,
            uarts=self.uarts,
            heap_kb=self._made.heap_kb,
            rom=self._made.rom,
            on_console=self.console.extend,
        )
        self.peer = Peer(self.board.uart(1))
        self.peer.open()
        return self

    async def __aexit__(self, *error):
        self.peer.close()
        await self.board.stop()

    def said(self) -> str:
        """Return what the console printed so far."""
        return self.console.decode(errors="replace")


async def until(condition, what: str, timeout_s: float = 40.0):
    """Wait until `condition()` is true; fail with words."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s:g} s in vain: {what}")
        await asyncio.sleep(0.02)
