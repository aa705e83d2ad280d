"""A modem as a virtual board in a world, and the host at its port: what tests of it share."""

import asyncio
import contextlib
import json
import os
import time
from pathlib import Path

from protocol import modem
from protocol.duty import Ledger
from protocol.lora import ANSWER_HZ, DEFAULT_SF, UPLINK_HZ
from protocol.stream import RecordReader, to_record
from tools.rig import boards
from tools.rig.board import VirtualBoard
from tools.rig.image import build_image
from tools.rig.production import production
from tools.rig.world.client import World

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
_TAKEN = 65535  # the id of an order that nothing comes of
FRAME = bytes(range(0x83, 0x83 + 20))


class Host:
    """Whoever is at a modem's port; `got` are its messages, `noise` counts what is no record."""

    def __init__(self, path: Path):
        self.path = path
        self.got: list = []
        self.noise = 0
        self._taken = 0
        self.channel = UPLINK_HZ, DEFAULT_SF
        self._descriptor = -1
        self.open()

    def open(self):
        """Open the port."""
        self._reader = RecordReader()
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    def close(self):
        """Close it."""
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _read(self):
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return
        except OSError:  # pulled out
            asyncio.get_running_loop().remove_reader(self._descriptor)
            return
        for record in self._reader.feed(data):
            try:
                self.got.append(modem.decode(record))
            except modem.DecodeError:
                self.noise += 1

    async def write(self, data: bytes):
        """Send bytes, however long that takes."""
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                await asyncio.sleep(0.005)

    async def say(self, *messages):
        """Send messages."""
        await self.write(b"".join(b"\x00" + to_record(modem.encode(m)) for m in messages))

    async def order(self, world: World, *messages):
        """Send messages and wait until the modem has taken them, which takes some ms."""
        for message in messages:
            if isinstance(message, modem.Tune):
                self.channel = message.frequency_hz, message.sf
        # It is there already, so that this changes nothing but is answered.
        await self.say(*messages, modem.Tune(_TAKEN, *self.channel))
        self._taken += 1
        end = time.monotonic() + PATIENCE_S
        while len([done for done in self.all(modem.Done) if done.id == _TAKEN]) < self._taken:
            assert time.monotonic() < end, f"it does not answer: {self.got[-5:]}"
            await asyncio.sleep(0.01)
            await passes(world, 0.002)

    def results(self) -> list:
        """Return (id, result) of all orders."""
        return [(done.id, done.result) for done in self.all(modem.Done) if done.id != _TAKEN]

    def all(self, kind) -> list:
        """Return the messages of one kind."""
        return [message for message in self.got if isinstance(message, kind)]

    async def until(self, kind, count: int = 1, fits=lambda message: True):
        """Wait for so many messages of a kind; return the last."""
        end = time.monotonic() + PATIENCE_S
        while len(found := [m for m in self.all(kind) if fits(m)]) < count:
            assert time.monotonic() < end, f"{count} {kind.__name__} in {self.got[-5:]}"
            await asyncio.sleep(0.01)
        return found[count - 1]


def send(number: int = 1, frame: bytes = FRAME, stamp_ms=None, **more) -> modem.Send:
    """Return an order, on the channel of answers where nothing else is said."""
    more = {"after_ms": 0, "until_ms": 2000, "hz": ANSWER_HZ, "sf": 9, "dbm": 14, **more}
    times = stamp_ms, more["after_ms"], more["until_ms"]
    return modem.Send(number, *times, more["hz"], more["sf"], more["dbm"], frame)


class Modem:
    """One modem: `host` is at its port, `board` its board, `console` what it printed."""

    def __init__(self, world: World, folder: Path, name: str, board: str, config: dict):
        settings = {"role": "modem", "uart": 1, "state_s": 3600, "watchdog_s": 600, **config}
        made = production(ROOT)
        files = made.files | {
            "/board.json": boards.board_file(board),
            "/config.json": json.dumps(settings).encode(),
            "/state/duty": Ledger().state(),
        }
        image = folder / f"{name}.img"
        build_image(image, files)
        slot = world.slot(name, boards.wiring(board))
        self.name = name
        self.console = bytearray()
        self.image = image
        self.board = VirtualBoard(
            image,
            state_dir=folder,
            name=name,
            radio=slot,
            on_console=self.console.extend,
            heap_kb=made.heap_kb,
            rom=made.rom,
        )
        self.host = Host(self.board.uart(1))


@contextlib.asynccontextmanager
async def modem_in_world(folder, mode="warp", board="heltec-v3", **config):
    """Yield a world and a modem that runs in it and listens."""
    async with (
        World(folder, mode=mode, log=folder / "air.log") as world,
        contextlib.AsyncExitStack() as stack,
    ):
        yield world, await started(world, folder, stack, board=board, **config)


async def started(world, folder, stack, name="modem", board="heltec-v3", **config) -> Modem:
    """Return a modem that runs and listens."""
    one = Modem(world, folder, name, board, config)
    stack.push_async_callback(one.board.stop)
    stack.callback(one.host.close)
    await one.board.power_on(PATIENCE_S)
    await passes(world, 1)
    await one.host.until(modem.State)
    return one


async def passes(world: World, s: float):
    """Let time pass."""
    now_s = (await world.do("now"))["s"]
    await asyncio.wait_for(world.do("until", s=now_s + s), PATIENCE_S)


async def on_air(world: World, frame: bytes = FRAME, sf: int = DEFAULT_SF, hz=UPLINK_HZ, **more):
    """Let somebody send frames."""
    await world.do("send", sf=sf, frequency_hz=hz, frame=frame.hex(), **more)


def air_log(folder: Path) -> list[dict]:
    """Return the rows of the ether's log."""
    return [json.loads(line) for line in (folder / "air.log").read_text().splitlines()]
