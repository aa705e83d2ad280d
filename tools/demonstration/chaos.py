"""What goes wrong in a city, several times within a minute, in a seeded order.

Place: beside the data flow: kills the gateway, cuts power to nodes, cuts the backhaul, and puts
noise on the cables.
"""

import asyncio
import contextlib
import random
from collections import Counter

from tools.demonstration.broker import Backhaul
from tools.demonstration.gateway import GatewayProcess
from tools.demonstration.nodes import Node
from tools.rig.noise import CableNoise
from tools.rig.world.client import World

LOSS_ON_AIR = 0.2  # of the frames that would have arrived


class Chaos:
    """`run` goes on until `stop`, and finishes what it does then; `heal` mends what is broken."""

    def __init__(
        self,
        gateway: GatewayProcess,
        backhaul: Backhaul,
        world: World,
        nodes: list[Node],
        seed: int,
    ):
        self._gateway = gateway
        self._backhaul = backhaul
        self._world = world
        self._nodes = nodes
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.done: Counter[str] = Counter()
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Break nothing more."""
        self._stopped.set()

    async def run(self) -> None:
        """Break something every few seconds; each kind comes once before any comes again."""
        await self._world.do("loss", share=LOSS_ON_AIR)
        for node in self._nodes:
            node.board.set_noise(1, CableNoise(self._random.randrange(2**31)))
        while True:
            kinds = [self._kill_gateway, self._cut_power, self._cut_backhaul]
            self._random.shuffle(kinds)
            for kind in kinds:
                with contextlib.suppress(TimeoutError):
                    pause_s = self._random.uniform(1.0, 3.0)
                    await asyncio.wait_for(self._stopped.wait(), pause_s)
                if self._stopped.is_set():
                    return
                await kind()

    async def _kill_gateway(self) -> None:
        self._count("gateway killed")
        await self._gateway.kill()
        await asyncio.sleep(self._random.uniform(0.2, 2.0))
        await self._gateway.start()

    async def _cut_power(self) -> None:
        node = self._random.choice(self._nodes)
        self._count("power cut")
        node.cuts += 1
        await node.board.power_cut()
        await asyncio.sleep(self._random.uniform(0.1, 1.5))
        await node.board.power_on()

    async def _cut_backhaul(self) -> None:
        self._count("broker away")
        self._backhaul.cut()
        await asyncio.sleep(self._random.uniform(1.0, 4.0))
        self._backhaul.heal()

    def _count(self, what: str) -> None:
        self.done[what] += 1

    async def heal(self) -> None:
        """Make everything whole again."""
        self._backhaul.heal()
        await self._world.do("loss", share=0)
        for node in self._nodes:
            node.board.set_noise(1, None)
        await self._gateway.kill()
        await self._gateway.start()
