"""A city for tests: FakeNodes on PTYs, the gateway as a process, a real broker, a platform.

Everything between a node's session and the platform's JSON is the product or a real part.
"""

import asyncio
import contextlib
import os
import time
import tty
from pathlib import Path

import aiomqtt

from protocol.stream import RecordReader, to_record
from tests.brokers import TestBroker
from tests.fakes.node import IDS, FakeNode
from tools.demonstration.broker import Backhaul
from tools.demonstration.gateway import GatewayProcess
from tools.demonstration.platform import Platform
from tools.demonstration.registry import Registered, register, write_private_key

CITY = "heilbronn"


class WiredNode:
    """A FakeNode that talks over a PTY in real time; the plug can be pulled, `noise` damages."""

    def __init__(self, path: Path, node: FakeNode):
        self.path = path
        self.node = node
        self.name = f"wired-{node.node}"
        self.noise = None
        self._fds = None
        self.plug()

    def plug(self):
        """Put the plug in: a new port at the same path."""
        self._fds = os.openpty()
        tty.setraw(self._fds[1])
        os.set_blocking(self._fds[0], False)
        self._reader = RecordReader()
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._fds[1]))

    def unplug(self):
        """Pull the plug."""
        self.path.unlink(missing_ok=True)
        for fd in self._fds or ():
            os.close(fd)
        self._fds = None

    async def run(self):
        """Let the session talk for ever."""
        while True:
            if self._fds is not None:
                self._step()
            await asyncio.sleep(0.005)

    def _step(self):
        now_ms = int(time.monotonic() * 1000) % (1 << 30)
        frame = self.node.frame(now_ms)
        if frame is not None:
            self.write(to_record(frame))
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._fds[0], 4096)
            for answer in self._reader.feed(self.noise.down(data) if self.noise else data):
                self.node.take(answer, now_ms)

    def write(self, data: bytes):
        """Put bytes on the cable."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._fds[0], self.noise.up(data) if self.noise else data)


class City:
    """Use `async with City(folder, nodes) as city`."""

    def __init__(
        self, folder: Path, nodes: int = 2, spool: str = "spool.db", broker_extra: str = ""
    ):
        self.folder = folder
        self.broker = TestBroker(folder, broker_extra)
        self._count = nodes
        self._spool = spool

    async def __aenter__(self):
        self.broker.start()
        self._stack = contextlib.AsyncExitStack()
        self._stack.callback(self.broker.stop)
        self.backhaul = Backhaul("127.0.0.1", self.broker.port)
        await self.backhaul.start()
        self._stack.push_async_callback(self.backhaul.stop)
        versions = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}
        version = versions[self.broker.version]
        self.platform = Platform("127.0.0.1", self.broker.port, CITY, version)
        self._background(self.platform.run())
        await until(self.platform.ready.is_set, "the platform listens")
        self.nodes = [
            WiredNode(self.folder / f"port{i}", FakeNode(20 + i, bytes([i]) * 16))
            for i in range(self._count)
        ]
        for node in self.nodes:
            self._background(node.run())
        self._public = write_private_key(self.folder / "gateway.key")
        config = self.write_config()
        known = [
            Registered(20 + i, node.name, "mitte", bytes([i]) * 16)
            for i, node in enumerate(self.nodes)
        ]
        await register(config, self._public, known)
        self.gateway = GatewayProcess(config)
        self._stack.push_async_callback(self.gateway.kill)
        return self

    async def __aexit__(self, *error):
        await self._stack.aclose()

    def _background(self, job):
        task = asyncio.create_task(job)

        async def end():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)

    def write_config(self, port: int | None = None, extra: str = "") -> Path:
        """Write the gateway's configuration; `port` replaces the way to the broker."""
        lines = [
            f'[gateway]\nid = "gw"\ncity = "{CITY}"\nstatus_s = 0.2',
            f'[mqtt]\nurl = "mqtt://127.0.0.1:{port or self.backhaul.port}"',
            f'version = "{self.broker.version}"\ntimeout_s = 2\nretry_max_s = 0.3\n{extra}',
            f'[spool]\npath = "{self._spool}"\nmin_free_mb = 0.1',
            '[registry]\npath = "registry.db"\nkey_file = "gateway.key"',
            '[commands]\npath = "commands.db"\n[http]\nport = 0',
        ]
        for i, node in enumerate(self.nodes):
            lines.append(f'[[serial]]\nname = "port{i}"\nport = "{node.path}"')
        path = self.folder / "gateway.toml"
        path.write_text("\n".join(lines))
        return path

    def measure(self, count: int):
        """Let every node take samples."""
        for node in self.nodes:
            for _ in range(count):
                node.node.journal.append()

    def delivered(self, node: WiredNode) -> list[int]:
        """Return the sample numbers of a node in the order of their first delivery."""
        seen: dict[int, None] = {}
        for sample_id, _ in self.platform.readings:
            number, _, sample = (int(part) for part in sample_id.split("/"))
            if number == node.node.node:
                seen[sample] = None
        return list(seen)

    def all_delivered(self) -> bool:
        """Say whether the platform has every sample of every node."""
        taken = sum(node.node.journal.next_number for node in self.nodes)
        return len(self.platform.readings) == len(IDS) * taken

    def log(self) -> str:
        """Return what the gateway logged."""
        return self.gateway.log.read_text() if self.gateway.log.exists() else ""

    def check_nothing_lost(self):
        """Every sample arrived, each lane in its order, repeated ones with the same values."""
        for node in self.nodes:
            numbers = self.delivered(node)
            assert sorted(numbers) == list(range(node.node.journal.next_number))
            assert is_in_two_lanes(numbers)
        assert self.platform.contradictions == 0


def is_in_two_lanes(numbers: list[int]) -> bool:
    """Say whether each number is the highest so far (live) or higher than all that were not."""
    live = backfill = -1
    for number in numbers:
        if number > live:
            live = number
        elif number > backfill:
            backfill = number
        else:
            return False
    return True


async def until(condition, what: str, timeout_s: float = 60.0):
    """Wait until `condition()` is true; fail with words."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout_s:g} s in vain: {what}")
        await asyncio.sleep(0.02)
