"""Sets everything up, runs it, and says in numbers what arrived.

Place: `__main__` -> here -> broker, nodes, gateway, platform, chaos.
Guarantee: at the end every node loses power once more, measures nothing new, and has to deliver
what its journal holds; then what the journals say was measured is held against what the platform
got. Nothing in the result is computed from what ought to have happened.
"""

import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt

from protocol.lora import UPLINK_HZ
from tools.demonstration import nodes as node_module
from tools.demonstration.broker import Backhaul, start_broker
from tools.demonstration.chaos import Chaos
from tools.demonstration.errors import DemoError
from tools.demonstration.gateway import GatewayProcess
from tools.demonstration.modem import Modem, serial_table
from tools.demonstration.nodes import EPOCH, SF, Node, readings_per_sample
from tools.demonstration.platform import Platform
from tools.demonstration.registry import Registered, register, write_private_key
from tools.rig.world.client import World

CITY = "heilbronn"
LAB = "demo"
_DRAIN_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    seconds: float | None
    chaos: bool
    data: Path | None
    broker: tuple[str, int] | None
    seed: int
    interval_s: int


class Stage:
    """Everything that runs; use `async with open_stage(options)`."""

    def __init__(self, options: Options, folder: Path):
        self.options = options
        self.folder = folder
        self.nodes: list[Node] = []
        self.truth: dict[str, int] = {}
        self.air: dict[str, Any] = {}  # what the world reported last

    async def start(self, stack: contextlib.AsyncExitStack) -> None:
        """Start broker, platform, boards and gateway, in this order."""
        host, port, version = await self._broker(stack)
        self.backhaul = Backhaul(host, port)
        await self.backhaul.start()
        stack.push_async_callback(self.backhaul.stop)
        protocol = aiomqtt.ProtocolVersion.V5 if version == "5" else aiomqtt.ProtocolVersion.V311
        self.platform = Platform(host, port, CITY, protocol)
        await _in_background(stack, self.platform.run())
        try:
            await asyncio.wait_for(self.platform.ready.wait(), 10)
        except TimeoutError as e:
            raise DemoError(f"no MQTT {version} broker answers at {host}:{port}") from e
        self.world = await stack.enter_async_context(World(self.folder, seed=self.options.seed))
        self.modem = Modem(self.world, self.folder)
        self.nodes = node_module.create(self.folder, self.world)
        boards = [self.modem.board, *(node.board for node in self.nodes)]
        for board in boards:
            stack.push_async_callback(board.stop)
        await asyncio.to_thread(self._provision)
        await asyncio.gather(*(board.power_on() for board in boards))
        config = self._gateway_config(version)
        public = write_private_key(self.folder / "gateway.key")
        await register(config, public, map(registered, self.nodes))
        self.gateway = GatewayProcess(config)
        stack.push_async_callback(self.gateway.stop)
        await self.gateway.start()
        self.chaos = Chaos(self.gateway, self.backhaul, self.world, self.nodes, self.options.seed)

    def _provision(self) -> None:
        self.modem.write()
        node_module.provision(self.nodes, self.options.data, self.options.interval_s)

    async def _broker(self, stack: contextlib.AsyncExitStack) -> tuple[str, int, str]:
        if self.options.broker:
            return *self.options.broker, "5"
        port = free_port()
        process = await start_broker(port)
        stack.callback(_kill, process)
        return "127.0.0.1", port, "3.1.1"

    def _gateway_config(self, version: str) -> Path:
        lines = [
            f'[gateway]\nid = "demo"\ncity = "{CITY}"\nstatus_s = 1\nlate_after_s = 10',
            f'[mqtt]\nurl = "mqtt://127.0.0.1:{self.backhaul.port}"\nversion = "{version}"',
            "timeout_s = 5\nretry_max_s = 1",
            '[spool]\npath = "spool.db"\n[commands]\npath = "commands.db"\n[http]\nport = 0',
            '[registry]\npath = "registry.db"\nkey_file = "gateway.key"',
        ]
        lines.append(serial_table(self.modem, UPLINK_HZ, SF))
        for node in self.nodes:
            if not node.wiring:
                lines.append(f'[[serial]]\nname = "{node.name}"\nport = "{node.board.uart(1)}"')
        path = self.folder / "gateway.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    async def play(self, tick: Callable[[], None]) -> None:
        """Run for the time asked, or for ever; `tick` is called four times a second."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.options.seconds if self.options.seconds else float("inf")
        chaos = asyncio.create_task(self.chaos.run()) if self.options.chaos else None
        try:
            while loop.time() < end:
                await asyncio.sleep(0.25)
                self.air = await self.world.do("report")
                if chaos is None:
                    self.gateway.check()
                elif chaos.done():
                    chaos.result()
                tick()
        finally:
            if chaos:
                # Not cancelled: a start that is cut short would leave a gateway nobody knows of.
                self.chaos.stop()
                await chaos

    async def settle(self, tick: Callable[[], None]) -> None:
        """Heal everything, let the nodes rest, and wait until what they hold has arrived."""
        if self.options.chaos:
            await self.chaos.heal()
        await asyncio.gather(*(node.rest(8 if node.wiring else 2) for node in self.nodes))
        loop = asyncio.get_running_loop()
        end = loop.time() + _DRAIN_TIMEOUT_S
        last, quiet_since = -1, loop.time()
        while loop.time() < end and loop.time() - quiet_since < 4.0:
            await asyncio.sleep(0.25)
            self.air = await self.world.do("report")
            tick()
            self.gateway.check()
            if len(self.platform.readings) != last or not self._all_delivered():
                last, quiet_since = len(self.platform.readings), loop.time()
        counts = await asyncio.gather(*(node.samples_measured() for node in self.nodes))
        self.truth = {n.name: count for n, count in zip(self.nodes, counts, strict=True)}

    def _all_delivered(self) -> bool:
        """Say whether the gateway itself believes that nothing is on its way."""
        views = [self.platform.nodes.get(node.name) for node in self.nodes]
        waiting = self.platform.gateway.get("spool_rows", 1)
        return waiting == 0 and all(
            view and view.status.get("self", {}).get("journal_samples") == 0 for view in views
        )

    def result(self) -> dict[str, Any]:
        """Return the numbers, after `settle`."""
        measured = {n.name: self.truth[n.name] * readings_per_sample(n) for n in self.nodes}
        missing = sum(
            node.missing(self.platform.readings, self.truth[node.name]) for node in self.nodes
        )
        wired = [node for node in self.nodes if not node.wiring]
        on_air = [node.name for node in self.nodes if node.wiring]
        on_wire = sum(node.bytes_up + node.bytes_down for node in wired)
        latencies = self.platform.latencies_ms
        airtime_us = sum(self.air["airtime_us"].get(name, 0) for name in on_air)
        return {
            "nodes": len(self.nodes),
            "readings_measured": sum(measured.values()),
            "readings_published": len(self.platform.readings),
            "readings_missing": missing,
            "duplicates_delivered": self.platform.duplicates,
            "latency_ms": _quantiles([ms for node in wired for ms in latencies[node.name]]),
            "latency_air_ms": _quantiles([ms for name in on_air for ms in latencies[name]]),
            "bytes_on_wire": on_wire,
            "bytes_per_reading": _ratio(on_wire, sum(measured[node.name] for node in wired)),
            "frames_on_air": sum(self.air["frames"].values()),
            "airtime_ms_per_reading": _ratio(
                airtime_us / 1000, sum(measured[name] for name in on_air)
            ),
            "duty_violations": sum(self.air["violations"].values()),
            "gateway_rss_mb": round(self.gateway.rss_max_mb, 1),
        }


def _quantiles(latencies_ms: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(latencies_ms, n=100) if len(latencies_ms) > 1 else [0.0] * 99
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}


def _ratio(amount: float, count: int) -> float:
    return round(amount / max(count, 1), 2)


def registered(node: Node) -> Registered:
    """Return what the gateway has to know of a node."""
    return Registered(node.id, node.name, LAB, node.key, EPOCH, bool(node.wiring))


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


async def _in_background(stack: contextlib.AsyncExitStack, job: Any) -> None:
    task = asyncio.create_task(job)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


@contextlib.asynccontextmanager
async def open_stage(options: Options) -> AsyncIterator[Stage]:
    """Set the stage in a temporary folder and take everything down at the end."""
    with tempfile.TemporaryDirectory(prefix="neckar-demo-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            stage = Stage(options, Path(folder))
            await stage.start(stack)
            yield stage
