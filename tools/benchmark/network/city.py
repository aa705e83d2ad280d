"""Virtual nodes with the real firmware around one modem and the real gateway, for days in minutes.

    boards: MicroPython, drivers, virtual chips ))) world, warped ))) modem's board -> gateway
    -> broker -> platform, which counts

Place: `__main__` -> here -> tools.rig, tools.demonstration.
Guarantee: what was measured is read from the nodes' journals, what arrived is counted at the
platform, airtime and violations come from the ether: no figure is computed from what ought to have
happened. Frames are lost at random all the time, also while the nodes deliver the rest at the end.
"""

import asyncio
import contextlib
import math
import random
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt

from protocol.lora import UPLINK_HZ, modulation
from tools.benchmark.errors import BenchError
from tools.demonstration.broker import start_broker
from tools.demonstration.gateway import GatewayProcess
from tools.demonstration.modem import Modem, serial_table
from tools.demonstration.nodes import Node, readings_per_sample
from tools.demonstration.platform import Platform
from tools.demonstration.registry import register, write_private_key
from tools.demonstration.stage import free_port, registered
from tools.rig.profiles import PROFILES
from tools.rig.world import wall_clock
from tools.rig.world.client import World

SF = 9
INTERVAL_S = 900
_BOARDS = ("heltec-v3", "lora32-v21")
_RADIUS_M = 800.0
_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
_DOWN_S = 600.0  # of the gateway, each time
_RESTART_EVERY_S = 8 * _HOUR_S
_DRAIN_S = 30 * _HOUR_S  # at most, for what is in the journals at the end
_REST_STATUS_S = 1800
_HOLD_S = 0.1
_SETTLE_S = 15.0  # real seconds that a gateway gets to publish what it holds

Progress = Callable[[str], None]
Event = tuple[float, Callable[[], Awaitable[None]]]


@dataclass(frozen=True)
class Plan:
    """What to simulate; `loss` is the share of good frames that are lost, in both directions."""

    nodes: int = 20
    days: float = 2.0
    loss: float = 0.3
    seed: int = 1


async def measure(
    plan: Plan, progress: Progress, make: "type[City] | None" = None
) -> dict[str, Any]:
    """Return what became of all readings; `make` is another kind of city."""
    with tempfile.TemporaryDirectory(prefix="neckar-city-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            return await (make or City)(plan, Path(folder), progress).run(stack)


class City:
    """`run` it once."""

    hold_s = _HOLD_S

    def __init__(self, plan: Plan, folder: Path, progress: Progress):
        self._plan = plan
        self._folder = folder
        self._progress = progress
        self._random = random.Random(plan.seed)  # noqa: S311 - repeatable on purpose

    async def run(self, stack: contextlib.AsyncExitStack) -> dict[str, Any]:
        """Set up, live for the days of the plan, deliver the rest, and count."""
        await self._start(stack)
        self._progress(f"network: {self._plan.nodes} nodes, {self._plan.days:g} days")
        await self._live(self._plan.days * _DAY_S)
        lived = await self._world.do("report")
        self._progress("network: the nodes deliver what their journals hold")
        await self._drain()
        ended = await self._world.do("report")
        counts = [await node.samples_measured() for node in self._nodes]
        return self._result(lived, ended, counts)

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        port = free_port()
        broker = await start_broker(port)
        stack.callback(broker.kill)
        self._platform = self._new_platform(port)
        listening = asyncio.create_task(self._platform.run())
        stack.push_async_callback(_end, listening)
        await asyncio.wait_for(self._platform.ready.wait(), 20)
        world = World(self._folder, seed=self._plan.seed, mode="warp", hold_s=self.hold_s)
        self._world = await stack.enter_async_context(world)
        self._modem = Modem(self._world, self._folder, state_s=3600)
        self._nodes = [self._node(i) for i in range(self._plan.nodes)]
        for board in (self._modem.board, *(node.board for node in self._nodes)):
            stack.push_async_callback(board.stop)
        await asyncio.to_thread(self._provision)
        config = self._config(port)
        public = write_private_key(self._folder / "gateway.key")
        await register(config, public, map(registered, self._nodes))
        self._gateway = GatewayProcess(config, wall_clock.environment(world.clock))
        stack.push_async_callback(self._gateway.stop)
        await self._modem.board.power_on(60)
        await self._start_gateway()
        await asyncio.gather(*(node.board.power_on(60) for node in self._nodes))
        await self._world.do("loss", share=self._plan.loss)

    def _new_platform(self, port: int) -> Platform:
        return Platform("127.0.0.1", port, "bench", aiomqtt.ProtocolVersion.V311)

    def _node(self, i: int) -> Node:
        angle = self._random.uniform(0, 2 * math.pi)
        distance_m = _RADIUS_M * math.sqrt(self._random.random())
        position = distance_m * math.cos(angle), distance_m * math.sin(angle)
        return self._new_node(i, position)

    def _new_node(self, i: int, position: tuple[float, float]) -> Node:
        profile, wiring = PROFILES[i % len(PROFILES)], _BOARDS[i % len(_BOARDS)]
        return Node(100 + i, profile, self._folder, self._world, wiring, position)

    def _provision(self) -> None:
        self._modem.write()
        for i, node in enumerate(self._nodes):
            node.write(self._settings(i))

    def _settings(self, i: int) -> dict[str, Any]:
        """Return what is in /config.json of node `i`."""
        return {
            "interval_s": INTERVAL_S,
            "link": "lora",
            "radio": {"channels": [[UPLINK_HZ, SF]]},
            "watchdog_s": 600,
            "sensors": {},
        }

    def _config(self, port: int) -> Path:
        lines = [
            '[gateway]\nid = "bench"\ncity = "bench"\nstatus_s = 1\nlate_after_s = 100000000',
            f'[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\nversion = "3.1.1"',
            '[spool]\npath = "spool.db"\n[commands]\npath = "commands.db"\n[http]\nport = 0',
            '[registry]\npath = "registry.db"\nkey_file = "gateway.key"',
            serial_table(self._modem, UPLINK_HZ, SF),
        ]
        path = self._folder / "gateway.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    async def _start_gateway(self) -> None:
        """Start it, and wait until it says that it is there; the world stands still meanwhile."""
        self._platform.gateway = {}
        await self._gateway.start()
        await self._until(lambda: self._platform.gateway.get("state") == "online", "the gateway")

    async def _live(self, end_s: float) -> None:
        """Let the time pass, and do what is to happen in it."""
        for at_s, happens in sorted(self._events(end_s), key=lambda event: event[0]):
            await self._world.do("until", s=at_s)
            await happens()
        await self._world.do("until", s=end_s)

    def _events(self, end_s: float) -> list[Event]:
        """Return what happens: the gateway dies every few hours and comes back later."""
        events: list[Event] = []
        at_s = _RESTART_EVERY_S
        while at_s < end_s:
            events += [(at_s, self._kill_gateway), (at_s + _DOWN_S, self._start_gateway)]
            at_s += _DOWN_S + _RESTART_EVERY_S
        return events

    async def _kill_gateway(self) -> None:
        now_s = (await self._world.do("now"))["s"]
        self._progress(f"network: {now_s / _HOUR_S:.0f} h")
        await self._gateway.kill()

    async def _drain(self) -> None:
        """Let all nodes measure no more, and give them time to deliver."""
        await asyncio.gather(*(node.rest(_REST_STATUS_S) for node in self._nodes))
        begin_s = (await self._world.do("now"))["s"]
        at_s = begin_s
        while at_s < begin_s + _DRAIN_S:
            at_s += _HOUR_S
            await self._world.do("until", s=at_s)
            if await self._is_delivered():
                break
        await self._until(lambda: self._platform.gateway.get("spool_rows") == 0, "the spool")

    async def _is_delivered(self) -> bool:
        """Say whether the gateway misses nothing of what it knows, and all nodes were heard."""
        await asyncio.sleep(2.5)  # its next status
        views = [self._platform.nodes.get(node.name) for node in self._nodes]
        return all(
            view
            and view.status.get("missing") == 0
            and view.status.get("self", {}).get("journal_samples") == 0
            for view in views
        )

    async def _until(self, is_so: Callable[[], bool], what: str) -> None:
        for _ in range(int(_SETTLE_S / 0.1)):
            if is_so():
                return
            self._gateway.check()
            await asyncio.sleep(0.1)
        raise BenchError(f"waited {_SETTLE_S:g} s in vain for {what}")

    def _result(
        self, lived: dict[str, Any], ended: dict[str, Any], counts: list[int]
    ) -> dict[str, Any]:
        journaled = delivered = named = samples = 0
        for node, count in zip(self._nodes, counts, strict=True):
            per_sample = readings_per_sample(node)
            view = self._platform.nodes[node.name]
            missing = node.missing(self._platform.readings, count)
            journaled += count * per_sample
            delivered += per_sample * count - missing
            # At most what this node lacks: one that names too much hides nothing of another.
            named += min((view.status["lost"] + view.status["missing"]) * per_sample, missing)
            samples += count
        names = [node.name for node in self._nodes]
        frames = sum(lived["frames"].get(name, 0) for name in names)
        air_us = sum(lived["airtime_us"].get(name, 0) for name in names)
        heard = lived["heard"][self._modem.name].get("ok", 0)
        return {
            "nodes": self._plan.nodes,
            "days": self._plan.days,
            "loss": self._plan.loss,
            "journaled": journaled,
            "delivered": delivered,
            "missing": journaled - delivered,
            "missing_named": named,
            "duty_violations": sum(ended["violations"].values()),
            "airtime_ms_per_reading": round(air_us / 1000 / journaled, 2),
            "airtime_ms_per_sample": round(air_us / 1000 / samples, 2),
            "airtime_ms_predicted": round(self._predicted_ms(lived, names) / journaled, 2),
            "frame_delivery": round(heard / frames, 4),
            "reading_delivery": round(delivered / journaled, 6),
            "frames": frames,
            "answers": lived["frames"].get(self._modem.name, 0),
            "gateway_kills": self._gateway.kills,
        }

    def _predicted_ms(self, lived: dict[str, Any], names: list[str]) -> float:
        """Return what the formula says for as many frames of their mean size, by node."""
        how = modulation(SF)
        total_us = 0.0
        for name in names:
            frames, size = lived["frames"].get(name, 0), lived["bytes"].get(name, 0)
            if frames:
                low = size // frames
                share = size / frames - low
                mean_us = (1 - share) * how.airtime_us(low) + share * how.airtime_us(low + 1)
                total_us += frames * mean_us
        return total_us / 1000


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
