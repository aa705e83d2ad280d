"""A HAT whose chip is the rig's model: spidev and gpiod as modules that speak to it.

    bench = HatBench(monkeypatch, tmp_path); bench.run(job())

What is faked is the kernel's side: an ioctl for each transfer, one request of lines with events on
a descriptor. Does not model: the time that SPI and ioctls take, and that of the program.
"""

import asyncio
import contextlib
import logging
import os
import sys
import types
from dataclasses import replace
from pathlib import Path

from gateway.links.config import Hat, Radio
from gateway.links.hat import HatLink
from protocol.duty import Ledger
from protocol.lora import ANSWER_HZ, LISTEN_AFTER_MS, UPLINK_HZ, listen_until_ms, modulation
from tests.fakes.clock import FakeClock
from tests.for_firmware.radio_boards import Air, Board
from tests.for_firmware.virtual_time import patch_clock, run
from tools.rig.chips.sx1262 import Sx1262

BUSY, DIO1, RESET, CS, RX, TX = 20, 16, 18, 21, 12, 13
HAT = Hat(
    name="hat",
    spi=Path("/dev/spidev0.1"),
    spi_hz=2_000_000,
    gpiochip=Path("/dev/gpiochip0"),
    busy=BUSY,
    dio1=DIO1,
    reset=RESET,
    cs=None,
    rx_enable=None,
    tx_enable=None,
    tcxo_mv=1800,
    tcxo_ms=5,
    dio2_switch=True,
    dcdc=True,
    optional=False,
    antenna_dbi=2,
    radio=Radio(UPLINK_HZ, 9, 14),
)


class Kernel:
    """SPI and lines of a Pi with the chip on them.

    `broken`: SPI fails; `deaf`: no events; `held`: levels that inputs are held at, by offset.
    """

    def __init__(self, air, board):
        self.air = air
        self.board = board
        self.opened = []  # SPI devices
        self.requests = []
        self.transfers = 0
        self.broken = False
        self.deaf = False
        self.missing = False
        self.held = {}
        self.levels = {}  # outputs: offset -> all levels it had
        board.pins["dio1"].irq(self._rise, 1)

    def modules(self):
        """Return what `import` finds, by name."""
        enum = types.SimpleNamespace
        line = types.ModuleType("gpiod.line")
        line.Direction = enum(INPUT="in", OUTPUT="out")
        line.Edge = enum(RISING="rising")
        line.Value = enum(ACTIVE="active", INACTIVE="inactive")
        gpiod = types.ModuleType("gpiod")
        gpiod.line = line
        gpiod.LineSettings = enum
        gpiod.request_lines = self._request_lines
        spidev = types.ModuleType("spidev")
        spidev.SpiDev = lambda: SpiDev(self)
        return {"gpiod": gpiod, "gpiod.line": line, "spidev": spidev}

    def _request_lines(self, path, consumer, config):
        assert (path, consumer) == ("/dev/gpiochip0", "neckar")
        if self.missing:
            raise FileNotFoundError(2, "No such file or directory")
        self.requests.append(Request(self, config))
        return self.requests[-1]

    def _rise(self, pin):
        if self.requests and not self.deaf:
            self.requests[-1].rise(self.air.timeline.now_us)

    def set(self, offset, level):
        """Let an output have a level."""
        self.levels.setdefault(offset, []).append(level)
        if offset == RESET:
            self.board.chip.reset(level)
        elif offset == CS:
            self.board.chip.select(level)


class SpiDev:
    """As `spidev.SpiDev`: CS is low for the length of a transfer, unless `no_cs`."""

    def __init__(self, kernel):
        self._kernel = kernel
        self.opened = None
        self.mode = None
        self.max_speed_hz = 0
        self.no_cs = False

    def open(self, bus, device):
        self.opened = (bus, device)
        self._kernel.opened.append(self)

    def xfer2(self, values):
        assert self.mode == 0 and self.max_speed_hz == 2_000_000
        assert isinstance(values, list)
        kernel = self._kernel
        kernel.transfers += 1
        if kernel.broken:
            raise OSError(5, "Input/output error")
        chip = kernel.board.chip
        if not self.no_cs:
            chip.select(0)
        answer = list(chip.exchange(bytes(values)))
        if not self.no_cs:
            chip.select(1)
        return answer

    def close(self):
        self.opened = None


class Request:
    """As `gpiod.LineRequest`: levels by offset, events of one line on a descriptor."""

    def __init__(self, kernel, config):
        self._kernel = kernel
        self.config = config
        self.fd, self._end = os.pipe()
        self._events = []
        self.is_released = False
        for offset, settings in config.items():
            if settings.direction == "out":
                kernel.set(offset, int(settings.output_value == "active"))

    def get_value(self, offset):
        assert self.config[offset].direction == "in"
        level = self._kernel.held.get(offset)
        if level is None:
            level = self._kernel.board.pins["busy" if offset == BUSY else "dio1"].level
        return "active" if level else "inactive"

    def set_value(self, offset, value):
        assert self.config[offset].direction == "out"
        self._kernel.set(offset, int(value == "active"))

    def rise(self, now_us):
        """Let the line with events rise."""
        assert self.config[DIO1].edge_detection == "rising"
        self._events.append(types.SimpleNamespace(timestamp_ns=1000 * now_us))
        os.write(self._end, b"!")

    def read_edge_events(self):
        os.read(self.fd, 100)
        events, self._events = self._events, []
        return events

    def release(self):
        self.is_released = True
        os.close(self.fd)
        os.close(self._end)


class HatBench:
    """A HatLink on the virtual air, and a node with the firmware's driver 100 m away."""

    def __init__(self, monkeypatch, folder, fresh=True, on_frames=None, **settings):
        self.air = Air()
        patch_clock(monkeypatch, self.air.timeline)
        self.board = Board(self.air, "hat", Sx1262, (0.0, 0.0), {"tcxo": True, "dio2_switch": True})
        self.node = self.air.sx1262("node", (100.0, 0.0)).radio
        self.kernel = Kernel(self.air, self.board)
        for name, module in self.kernel.modules().items():
            monkeypatch.setitem(sys.modules, name, module)
        self.settings = replace(HAT, **settings)
        self.folder = folder
        self.disk_works = True
        self.stored = []
        if fresh:
            (folder / "duty-spidev0.1").write_bytes(Ledger().state())
        self.clock = FakeClock()
        self.frames = []
        self.link = HatLink(
            self.settings, self.clock, on_frames or self._take, folder, store=self._store
        )

    def _take(self, way, frames):
        self.frames += [(way, frame) for frame in frames]

    async def _store(self, function, path, data):
        if not self.disk_works:
            raise OSError(28, "No space left on device")
        self.stored.append(self.air.timeline.now_us)
        function(path, data)

    def run(self, job):
        """Open the link and run it while `job` goes on."""

        async def everything():
            await self.node.start()
            self.link.open()
            task = asyncio.create_task(self.link.run())
            try:
                await asyncio.sleep(0.1)  # it starts its chip
                await job
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                self.link.close()

        run(self.air.timeline, everything())

    async def send(self, frame, sf=9):
        """Let the node send; return the way back that the link made of it, or None."""
        low_rate = modulation(sf).low_rate
        self.node.set_channel(UPLINK_HZ, sf, 125000, 5, low_rate)
        before = len(self.frames)
        await self.node.send(frame)
        await asyncio.sleep(0.006)  # a driver whose interrupts get lost looks every 5 ms
        return self.frames[-1][0] if len(self.frames) > before else None

    async def listen(self, sf=9):
        """Let the node listen as it does after a frame; return what it heard, or None."""
        how = modulation(sf)
        await asyncio.sleep(LISTEN_AFTER_MS / 1000)
        self.node.set_channel(ANSWER_HZ, sf, 125000, 5, how.low_rate)
        buffer = bytearray(255)
        window_ms = listen_until_ms(how) - LISTEN_AFTER_MS
        count = await self.node.receive_into(buffer, window_ms)
        return bytes(buffer[:count]) if count else None

    @property
    def results(self):
        return self.link.status()["radio"]["answers"]

    def sent(self):
        """Return the link's own transmissions that are over."""
        return [t for t in self.air.sent if t.antenna is self.board.antenna]


def warnings(caplog):
    """Return the lines that an operator sees."""
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


async def answered(bench, frame=bytes(range(40)), text=b"answer"):
    """Let a frame come, answer it, and return what the node heard in its window."""
    way = await bench.send(frame)
    assert way is not None
    way.send(text)
    heard = await bench.listen()
    await asyncio.sleep(0.01)  # the sender looks after its frame a moment later
    return heard
