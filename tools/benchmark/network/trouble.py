"""A city in which everything fails: power, sensors, code, the air and the gateway, for days.

    plan, seed -> events at random times -> boards, parts, gateway -> what became of it

Place: `__main__` -> here; the city below it counts readings, this one crashes, boots and samples.
Guarantee: what happens when follows from the seed. A sample that was in RTC memory when the power
went was in no journal: it is counted by itself (`rtc_lost`), read from that memory.
"""

import asyncio
import contextlib
import json
import math
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiomqtt

from tools.benchmark.network import city, verdict
from tools.benchmark.network.city import City, Event, Plan, Progress
from tools.benchmark.network.fleet import Around, kind_of, parts_of, power_settings
from tools.benchmark.network.risks import HEAP_KB, Raised, risky
from tools.demonstration.nodes import Node
from tools.demonstration.platform import Platform
from tools.rig.errors import RigError
from tools.rig.flash import FlashFaults
from tools.rig.image import write_image
from tools.rig.production import production
from tools.rig.profiles import ROOT

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
_STATUS_S = 2 * 3600
_FAULT_EVERY = 60  # readings of a simulated driver
# For each node and day; at least one of each in a run.
_CUTS, _FLICKERS, _BROWN_OUTS, _FAULTS = 0.6, 0.25, 0.6, 0.8
_OFF_S = (60.0, 4 * _HOUR_S)
_FLICKER_S = (_HOUR_S, 3 * _HOUR_S)
_FAULT_S = (2 * _HOUR_S, 12 * _HOUR_S)
_MOST_OPERATION = 120  # of the flash, at which the power goes
_FAULT_NAMES = ("missing", "hang", "garbage", "stuck")
_CRASHED = re.compile(r" (\S+) crashed: (\S+) in ")


async def measure(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Return what became of all readings, crashes and boots."""
    return await city.measure(plan, progress, TroubledCity)


class _Witness(Platform):
    """Also remembers what was not valid, and which sensors were called faulty."""

    def __init__(self, port: int):
        super().__init__("127.0.0.1", port, "bench", aiomqtt.ProtocolVersion.V311)
        self.qualities: dict[str, Counter[str]] = {}
        self.faulty: dict[str, set[int]] = {}

    def take(self, topic: str, document: dict[str, Any], retained: bool = False) -> None:
        """Take one message."""
        super().take(topic, document, retained)
        name = document.get("node", "")
        bits = document.get("self", {}).get("faulty_sensors", 0)
        if bits:
            self.faulty.setdefault(name, set()).add(bits)
        for sample in document.get("samples", ()):
            self.qualities.setdefault(name, Counter()).update(sample.get("quality", {}).values())


class TroubledCity(City):
    """As `City`."""

    hold_s = 0.05  # there are many frames; an answer that comes too late is asked for again

    def __init__(self, plan: Plan, folder: Path, progress: Progress):
        super().__init__(plan, folder, progress)
        self._luck = random.Random(f"trouble {plan.seed}")  # noqa: S311 - repeatable on purpose
        self._around: list[Around] = []
        self._flash: list[FlashFaults] = []
        self._raised: list[Raised] = []
        self._starts: Counter[int] = Counter()
        self._on_since: dict[int, float] = {}
        self._slots: Counter[int] = Counter()  # at which a node had power
        self._rtc_lost: Counter[int] = Counter()
        self.counts: Counter[str] = Counter()

    def _new_platform(self, port: int) -> _Witness:
        self._witness = _Witness(port)
        return self._witness

    def _new_node(self, i: int, position: tuple[float, float]) -> Node:
        kind, number = kind_of(i), 100 + i
        around = parts_of(kind, number)
        flash = FlashFaults(self._folder / f"flash-{number}", reorder_seed=number)
        place = (self._folder, self._world, kind.board, position)
        heap_kb = HEAP_KB if kind.is_risky else 0
        node = Node(number, kind.profile, *place, around.parts, flash, heap_kb)
        raised = Raised()
        node.board.on_console = raised.feed
        self._around.append(around)
        self._flash.append(flash)
        self._raised.append(raised)
        self._on_since[i] = 0.0
        self._starts[i] = 1
        return node

    def _settings(self, i: int) -> dict[str, Any]:
        more = {"status_s": _STATUS_S, "sensors": {"fault_every": _FAULT_EVERY}}
        return super()._settings(i) | power_settings(kind_of(i)) | more

    def _provision(self) -> None:
        super()._provision()
        main = production(ROOT).files["/main.py"]
        for i, node in enumerate(self._nodes):
            if kind_of(i).is_risky:
                write_image(node.image, {"/main.py": risky(main, self._plan.seed * 1000 + i)})

    # ------------------------------------------------------------------ what happens

    def _events(self, end_s: float) -> list[Event]:
        events = super()._events(end_s)
        for i in range(len(self._nodes)):
            events += self._lamp(i, end_s) if kind_of(i).lit_h < 24 else self._supply(i, end_s)
            for at_s, _ in self._spans(end_s, _BROWN_OUTS, _OFF_S):
                events.append((at_s, self._does(self._brown_out, i)))
            if self._around[i].sensors:
                events += self._sensor_faults(i, end_s)
        return [event for event in events if event[0] < end_s]

    def _supply(self, i: int, end_s: float) -> Iterator[Event]:
        """Yield when the power of a node goes and comes back."""
        for at_s, span_s in self._spans(end_s, _CUTS, _OFF_S):
            yield at_s, self._does(self._cut, i)
            yield at_s + span_s, self._does(self._switch_on, i)
        for at_s, span_s in self._spans(end_s, _FLICKERS, _FLICKER_S):
            operation = self._luck.randint(1, _MOST_OPERATION)
            yield at_s, self._does(self._flicker, i, operation)
            yield at_s + span_s, self._does(self._steady, i)

    def _lamp(self, i: int, end_s: float) -> Iterator[Event]:
        """Yield the same of one whose power is switched every day."""
        for day in range(math.ceil(end_s / _DAY_S)):
            yield day * _DAY_S, self._does(self._switch_on, i)
            yield day * _DAY_S + kind_of(i).lit_h * _HOUR_S, self._does(self._cut, i)

    def _spans(
        self, end_s: float, per_day: float, bounds: tuple[float, float]
    ) -> Iterator[tuple[float, float]]:
        for _ in range(max(1, round(per_day * end_s / _DAY_S))):
            yield self._luck.uniform(0.02, 0.95) * end_s, self._luck.uniform(*bounds)

    def _sensor_faults(self, i: int, end_s: float) -> Iterator[Event]:
        for at_s, span_s in self._spans(end_s, _FAULTS, _FAULT_S):
            faults = self._luck.choice(self._around[i].sensors).faults
            name = self._luck.choice(_FAULT_NAMES)
            yield at_s, self._does(self._spoil, faults, name, True)
            yield at_s + span_s, self._does(self._spoil, faults, name, False)

    def _does(self, action: Callable[..., Awaitable[None]], *given: Any) -> Callable[[], Any]:
        return lambda: action(*given)

    async def _spoil(self, faults: Any, name: str, is_wrong: bool) -> None:
        setattr(faults, name, is_wrong)
        self.counts["sensor_faults"] += is_wrong

    async def _cut(self, i: int) -> None:
        if self._nodes[i].board.has_power:
            await self._note_off(i)
            self.counts["power_cuts"] += 1
            await self._nodes[i].board.power_cut()

    async def _switch_on(self, i: int) -> None:
        """Give it power again, unless it has it."""
        board = self._nodes[i].board
        if not board.has_power and not self._flash[i].cut_at:
            await self._start_board(i)

    async def _start_board(self, i: int) -> None:
        self._rtc_lost[i] += waiting_in_rtc(self._nodes[i])
        self._starts[i] += 1
        await self._nodes[i].board.power_on(60)
        self._on_since[i] = await self._now_s()

    async def _flicker(self, i: int, operation: int) -> None:
        """Let the power go at an operation of the flash, in whichever life does so many."""
        if self._flash[i].cut_at:
            return
        await self._cut(i)
        self._flash[i].cut_at = operation
        self.counts["flash_cuts"] += 1
        with contextlib.suppress(RigError):  # it may be one of its boot
            await self._start_board(i)
        self._on_since.pop(i, None)  # nobody knows for how long

    async def _steady(self, i: int) -> None:
        self._flash[i].cut_at = 0
        if self._nodes[i].board.has_power:
            await self._cut(i)
        else:
            self.counts["power_cuts"] += 1
        await self._start_board(i)

    async def _brown_out(self, i: int) -> None:
        board = self._nodes[i].board
        if board.has_power and not self._flash[i].cut_at:
            self.counts["brown_outs"] += 1
            self._starts[i] += 1
            await board.brown_out()

    async def _now_s(self) -> float:
        return float((await self._world.do("now"))["s"])

    async def _note_off(self, i: int) -> None:
        since_s = self._on_since.pop(i, None)
        if since_s is not None:
            now_s = await self._now_s()
            self._slots[i] += int(now_s // city.INTERVAL_S - since_s // city.INTERVAL_S)

    # ------------------------------------------------------------------ what became of it

    async def _drain(self) -> None:
        self._boots = [verdict.cold_boots(node.board.boots) for node in self._nodes]
        main = production(ROOT).files["/main.py"]
        for i, node in enumerate(self._nodes):
            await self._note_off(i)
            self._rtc_lost[i] += waiting_in_rtc(node)
            self._flash[i].cut_at = 0
            await node.board.power_cut()
            for part in self._around[i].sensors:
                for name in _FAULT_NAMES:
                    setattr(part.faults, name, False)
            await asyncio.to_thread(write_image, node.image, {"/main.py": main})
        await super()._drain()

    async def _is_delivered(self) -> bool:
        return await super()._is_delivered() and not any(
            verdict.untold(raised.kept, self._told(node))
            for node, raised in zip(self._nodes, self._raised, strict=True)
        )

    def _told(self, node: Node) -> list[str]:
        """Return the exceptions of which digests have come to the gateway, in their order."""
        text = self._gateway.log.read_text(encoding="utf-8", errors="replace")
        return [kind for name, kind in _CRASHED.findall(text) if name == node.name]

    def _result(
        self, lived: dict[str, Any], ended: dict[str, Any], counts: list[int]
    ) -> dict[str, Any]:
        found = [
            verdict.Found(
                node=node,
                kind=kind_of(i),
                samples=counts[i],
                slots=self._slots[i],
                rtc_lost=self._rtc_lost[i],
                boots=self._boots[i],
                starts=self._starts[i],
                raised=self._raised[i],
                told=self._told(node),
                status=self._platform.nodes[node.name].status,
                qualities=self._witness.qualities.get(node.name, Counter()),
                faulty=self._witness.faulty.get(node.name, set()),
            )
            for i, node in enumerate(self._nodes)
        ]
        return super()._result(lived, ended, counts) | dict(self.counts) | verdict.of(found)


def waiting_in_rtc(node: Node) -> int:
    """Return how many samples the RTC memory of a board holds, which no journal has."""
    path = node.image.with_suffix(".state") / f"{node.name}-rtc.bin"
    data = path.read_bytes() if path.exists() else b""
    try:
        kept = json.loads(data[7 : 2 + int.from_bytes(data[:2], "little")])
        return len(kept["pending"])
    except (ValueError, KeyError, TypeError):
        return 0
