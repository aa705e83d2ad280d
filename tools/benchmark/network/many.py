"""Many nodes around one gateway that hears one channel: what arrives, and what it costs.

Place: `measure` -> stations and a base on one ether, in virtual time -> a row of figures.
Guarantee: seeded, and the same figures each time. The hardest start: power comes back to all nodes
within ten seconds, so that all sample within ten seconds from then on. Frames that overlap disturb
each other, unless one is 6 dB stronger.

A reading here is a sample of all quantities. The run goes on after the last that is judged, so
that windows, and with a downlink the backfill, have the time they need. Frames are judged from the
third hour on (`settled`) and over all: in the first two all nodes ask for an answer at once.

    at once   a node sends when a sample makes a frame due: what is usually called pure ALOHA
    spread    ... at a random moment before the next sample: what ALOHA's formula is about
    cad       ... and looks first whether somebody else sends
"""

import math
import random
from typing import Any

from protocol.lora import ANSWER_HZ
from protocol.session import radio
from tools.benchmark import datasets
from tools.benchmark.network.base import Base
from tools.benchmark.network.station import METHODS, Plan, Station
from tools.rig.air.ether import Ether
from tools.rig.air.log import Log
from tools.rig.air.signal import Tuning
from tools.rig.air.timeline import Timeline
from tools.rig.air.witness import Witness

INTERVAL_S = 900
UPLINK_HZ = 868_100_000
START_UNIX_S = 1_800_000_000
RADIUS_M = 2000.0  # every two nodes hear each other unless they are hidden
_BOOT_US = 10_000_000
_DAY_S = 86_400
_SETTLED_US = 2 * 3_600_000_000


def measure(
    nodes: int,
    hidden: float,
    method: str,
    days: float,
    seed: int,
    downlink: bool,
    sf: int = 9,
) -> dict[str, Any]:
    """Return what became of the readings of so many days; `hidden` is a share of all pairs."""
    if method not in METHODS:
        raise ValueError(f"{method!r} should be one of {METHODS}")
    timeline = Timeline()
    ether = Ether(timeline, seed, log=Log(kept=0))
    witness = Witness()
    ether.observers.append(witness.observe)
    plan = _plan(method, sf)
    antenna = ether.antenna("gateway")
    answers = plan.downlink if downlink else None
    base = Base(timeline, antenna, nodes, plan.uplink, answers, START_UNIX_S)
    chance = random.Random(f"{seed} many")  # noqa: S311 - repeatable on purpose
    stations = _stations(timeline, ether, plan, nodes, hidden, chance)
    judged = round(days * _DAY_S / INTERVAL_S)
    policy = radio()
    # Three frames of a sample; or one that asks, and a day's time for what it finds missing.
    windows = policy.every * (policy.ask_every + 2 if downlink else 3) + 1
    end_us = (judged + windows) * INTERVAL_S * 1_000_000 + _BOOT_US
    timeline.run_until(_SETTLED_US)
    before = _frames(stations), base.frames
    timeline.run_until(end_us)
    return {
        "nodes": nodes,
        "hidden": hidden,
        "method": method,
        "days": days,
        "seed": seed,
        "downlink": downlink,
    } | _figures(stations, base, witness, judged, before, timeline.now_us)


def _plan(method: str, sf: int) -> Plan:
    data = datasets.generated()[0]
    if data.interval_s != INTERVAL_S:
        raise ValueError(f"{data.name} samples every {data.interval_s} s")
    columns = [[value or 0 for value in column] for column in zip(*_rows(data), strict=True)]
    uplink = Tuning(UPLINK_HZ, sf, 125_000)
    return Plan(
        method,
        INTERVAL_S,
        data.ids,
        columns,
        uplink,
        Tuning(ANSWER_HZ, sf, 125_000),
        START_UNIX_S,
    )


def _rows(data: datasets.Dataset) -> list[list[int | None]]:
    return [values for _, values in data.rows]


def _stations(
    timeline: Timeline, ether: Ether, plan: Plan, nodes: int, hidden: float, chance: random.Random
) -> list[Station]:
    """Return the nodes, which power up now and within ten seconds."""
    antennas = []
    for number in range(1, nodes + 1):
        distance_m = RADIUS_M * math.sqrt(chance.random())
        angle = 2 * math.pi * chance.random()
        place = (distance_m * math.cos(angle), distance_m * math.sin(angle))
        antennas.append(ether.antenna(f"node {number}", place))
    for at, antenna in enumerate(antennas):
        for other in antennas[:at]:
            if chance.random() < hidden:
                ether.hide(antenna, other)
    stations: list[Station] = []
    for at, antenna in enumerate(antennas):
        seeds = random.Random(chance.getrandbits(64))  # noqa: S311 - repeatable on purpose

        def start(at: int = at, antenna: Any = antenna, seeds: random.Random = seeds) -> None:
            stations.append(Station(timeline, plan, at + 1, antenna, seeds))

        timeline.at(chance.randrange(_BOOT_US), start)
    return stations


def _figures(
    stations: list[Station],
    base: Base,
    witness: Witness,
    judged: int,
    before: tuple[int, int],
    now_us: int,
) -> dict[str, Any]:
    journaled = judged * len(stations)
    delivered = sum(sum(number < judged for number in numbers) for numbers in base.stored.values())
    frames = _frames(stations)
    airtime_us = sum(station.airtime_us for station in stations)
    greeted = [s.greeted_us for s in stations if s.greeted_us is not None]
    all_arrived = sum(len(numbers) for numbers in base.stored.values())
    return {
        "readings_journaled": journaled,
        "readings_delivered": delivered,
        "reading_delivery": delivered / journaled,
        "frames_sent": frames,
        "frames_heard": base.frames,
        "frame_delivery": base.frames / frames,
        "settled_frame_delivery": (base.frames - before[1]) / (frames - before[0]),
        "load": airtime_us / now_us,
        "airtime_ms_per_reading": airtime_us / 1000 / max(all_arrived, 1),
        "duty_violations": len(witness.violations),
        "deferred": sum(station.access.deferred for station in stations),
        "forced": sum(station.access.forced for station in stations),
        "answers": base.answers,
        "answers_dropped": base.answers_dropped,
        "greeted": len(greeted),
        "all_greeted_min": max(greeted) / 60e6 if len(greeted) == len(stations) else None,
    }


def _frames(stations: list[Station]) -> int:
    return sum(station.frames for station in stations)
