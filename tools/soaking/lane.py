"""One gateway, killed again and again: `python -m tools.soaking.lane KILLS SEED LANE`.

Place: soak -> here (a process) -> lines of JSON on stdout: progress, then the verdict.
Guarantee: the gateway is only ever ended by SIGKILL while the lives last; one that ends by itself
is an error, unless the disk refused in that life. Then everything is made whole, and what was
measured has a minute without progress to arrive.
"""

import asyncio
import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tools.benchmark import broker as brokers
from tools.benchmark import mqtt
from tools.benchmark.broker import Broker
from tools.benchmark.errors import BenchError
from tools.benchmark.site import Site
from tools.demonstration.errors import DemoError
from tools.demonstration.gateway import GatewayProcess
from tools.rig.children import end_with_parent
from tools.soaking import plan, shim
from tools.soaking.errors import SoakError
from tools.soaking.faults import Faults
from tools.soaking.judge import Judge
from tools.soaking.nodes import STREAMING, WIRED, Node, Port
from tools.soaking.plan import Life
from tools.soaking.proxy import Proxy
from tools.soaking.shim import Control

CITY = "soak"
PORTS = 4
NODES = 20
_FIRST_ID = 100
_TURN_S = 0.004
_MEASURE_EVERY = 4  # turns: about 60 samples a second and node
_UP_TIMEOUT_S = 4.0
_QUIET_S = 60.0

_SETTINGS = {
    "gateway": "status_s = 86400",  # the status marks a new connection, and nothing else
    "mqtt": "timeout_s = 1\nretry_max_s = 0.3\nlinger_ms = 20",
    "spool": "min_free_mb = 0",
}


def key_of(node: int) -> bytes:
    """Return a node's key."""
    return hashlib.sha256(f"soak {node}".encode()).digest()[:16]


class Lane:
    """Everything around one gateway; `run` to the verdict."""

    def __init__(self, folder: Path, seed: int, lane: int):
        self._folder = folder
        self._seed = seed
        self._lane = lane
        self._nodes = [
            Node(
                _FIRST_ID + i,
                key_of(_FIRST_ID + i),
                STREAMING if i % 3 == 2 else WIRED,
                knows_time=i % 4 != 3,
                seed=seed + i,
            )
            for i in range(NODES)
        ]
        self._ports = [Port(folder / f"port{i}", self._nodes[i::PORTS]) for i in range(PORTS)]
        self._judge = Judge([node.record for node in self._nodes])
        self._is_measuring = True
        self._kills = 0
        self._ended_by_disk = 0

    async def run(self, kills: int) -> dict[str, Any]:
        """Kill so often; return what the judge says."""
        async with contextlib.AsyncExitStack() as stack:
            broker = await brokers.start(self._folder)
            stack.push_async_callback(broker.stop)
            proxy = Proxy("127.0.0.1", broker.port)
            await proxy.start()
            stack.push_async_callback(proxy.stop)
            await self._listen(broker, stack)
            control, gateway = await self._prepare(proxy, broker)
            stack.push_async_callback(gateway.kill)
            faults = Faults(proxy, control, self._ports)
            nodes = asyncio.create_task(self._turn())
            stack.callback(nodes.cancel)
            for life in plan.lives(self._seed, self._lane, kills):
                await self._live(life, gateway, faults)
                self._kills += 1
                _say({"kills": self._kills, "delivered": self._judge.delivered})
                if nodes.done():
                    nodes.result()
            faults.heal()
            await gateway.start()
            await self._settle(gateway)
            return self._result(faults, control)

    def _result(self, faults: Faults, control: Control | None) -> dict[str, Any]:
        done = dict(faults.done)
        if self._ended_by_disk:
            done["gateway ended because of the disk"] = self._ended_by_disk
        verdict = dataclasses.asdict(self._judge.verdict())
        counts = {"kills": self._kills, "repeated": self._judge.repeated}
        return counts | verdict | {"faults": done, "shim": control is not None}

    async def _listen(self, broker: Broker, stack: contextlib.AsyncExitStack) -> None:
        def take(topic: bytes, payload: bytes) -> None:
            self._judge.take(topic.decode(), payload)

        name = f"judge-{self._lane}"
        reader = await mqtt.subscribe(broker.port, name, f"neckar/{CITY}/#", take, is_clean=False)
        stack.callback(reader.close)

    async def _prepare(self, proxy: Proxy, broker: Broker) -> tuple[Control | None, GatewayProcess]:
        for port in self._ports:
            port.plug()
        ports = {port.path.name: port.path for port in self._ports}
        site = Site(self._folder, CITY, proxy.port, broker.mqtt, ports, _SETTINGS)
        site.write()
        await site.register((node.id, key_of(node.id)) for node in self._nodes)
        library = shim.build(self._folder)
        if library is None:
            return None, GatewayProcess(site.config)
        control = Control(self._folder / "control", site.store)
        environment = dict(os.environ) | control.environment(library)
        return control, GatewayProcess(site.config, environment)

    async def _turn(self) -> None:
        """Let nodes measure, hear and speak for ever."""
        turn = 0
        while True:
            turn += 1
            if self._is_measuring:
                for i, node in enumerate(self._nodes):
                    if (turn + i) % _MEASURE_EVERY == 0:
                        node.measure(1)
            for port in self._ports:
                port.turn()
            await asyncio.sleep(_TURN_S)

    async def _live(self, life: Life, gateway: GatewayProcess, faults: Faults) -> None:
        """Start the gateway, let things go wrong, and kill it."""
        if life.pause_s:
            await asyncio.sleep(life.pause_s)
        faults.begin_life()
        promised = self._promised()
        await gateway.start()
        if not life.early:
            await self._until_up(promised, gateway)
        faults.schedule(life.faults)
        await asyncio.sleep(life.kill_s)
        if gateway.exit_code is None:
            await gateway.kill()
        elif faults.disk_was_bad:
            self._ended_by_disk += 1
        else:
            gateway.check()  # it says why
        faults.end_life(life.torn)

    async def _until_up(self, promised: int, gateway: GatewayProcess) -> None:
        end = time.monotonic() + _UP_TIMEOUT_S
        while self._promised() == promised and time.monotonic() < end:
            gateway.check()
            await asyncio.sleep(0.01)

    def _promised(self) -> int:
        return sum(node.record.promised_to for node in self._nodes)

    async def _settle(self, gateway: GatewayProcess) -> None:
        """Let everything that was measured arrive; SoakError where nothing comes any more."""
        self._is_measuring = False
        for node in self._nodes:
            node.session.flush()
        measured = sum(node.journal.next_number for node in self._nodes)
        seen, quiet_since = (-1, -1), time.monotonic()
        while not all(node.is_settled for node in self._nodes) or self._judge.delivered < measured:
            gateway.check()
            now = self._promised(), self._judge.delivered
            if now != seen:
                seen, quiet_since = now, time.monotonic()
            if time.monotonic() - quiet_since > _QUIET_S:
                if all(node.is_settled for node in self._nodes):
                    return  # the judge will say what is lost
                raise SoakError(f"of {measured} samples only {seen[0]} are acknowledged; stuck")
            await asyncio.sleep(0.02)


def _say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


def main(arguments: list[str]) -> int:
    """Run one lane; what is bad leaves its folder behind."""
    end_with_parent()
    kills, seed, lane = (int(word) for word in arguments)
    folder = Path(tempfile.mkdtemp(prefix=f"neckar-soak-{lane}-"))
    try:
        result = asyncio.run(Lane(folder, seed, lane).run(kills))
    except (SoakError, BenchError, DemoError) as e:
        _say({"error": f"{e}; see {folder}"})
        return 1
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        return 130
    _say({"verdict": result, "folder": str(folder)})
    if not result["lost"] and not result["id_changes"] and not result["order_violations"]:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
