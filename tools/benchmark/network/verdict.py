"""What a troubled city's nodes have to show at the end, and what of it is wrong.

Place: `trouble` -> `Found` of each node -> `of` -> result; `is_bad` -> exit code.
Guarantee: crashes are counted at the console, where they were raised, and held against what came to
the gateway:

    crashes_raised  lives (runs of an interpreter) in which the node recorded an exception
    crashes_told    of those, how many the node's last status counts, less the digests that were to
                    be told (`Raised.kept`) and did not come to the gateway
    crashes_own     exceptions that nobody of the bench has raised: faults of the firmware
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tools.benchmark.network.fleet import Kind
from tools.benchmark.network.risks import Raised
from tools.demonstration.nodes import Node
from tools.rig.board import DEEPSLEEP_RESET
from tools.rig.image import read_image

_FAULT_DAYS = 1  # in less, a status may not come while a sensor fails


@dataclass
class Found:
    """One node: what the bench did to it (`slots`: at which it had power), and what it shows."""

    node: Node
    kind: Kind
    samples: int
    slots: int
    rtc_lost: int
    boots: int
    starts: int
    raised: Raised
    told: list[str]
    status: dict[str, Any]
    qualities: Counter[str]
    faulty: set[int]

    def own(self, name: str) -> int:
        """Return a field of the last status."""
        return int(self.status.get("self", {}).get(name, 0))

    @property
    def crashes_told(self) -> int:
        """Return as the module says."""
        counted = min(self.own("crashes"), len(self.raised.lives))
        return counted - len(untold(self.raised.kept, self.told))

    @property
    def unexplained_boots(self) -> int:
        """Return the boots that nobody has caused."""
        causes = self.starts + len(self.raised.raised) + self.raised.resets
        return max(self.boots - causes, 0)


def cold_boots(boots: list[tuple[int, float]]) -> int:
    """Return how many were no wake from deep sleep."""
    return sum(cause != DEEPSLEEP_RESET for cause, _ in boots)


def untold(kept: list[str], told: list[str]) -> list[str]:
    """Return what of `kept` does not come in `told`, in the order of both; some come twice."""
    at = 0
    missing = []
    for name in kept:
        if name in told[at:]:
            at = told.index(name, at) + 1
        else:
            missing.append(name)
    return missing


def of(found: list[Found]) -> dict[str, Any]:
    """Return the figures of all nodes together, and a row for each."""
    qualities: Counter[str] = Counter()
    for node in found:
        qualities += node.qualities
    return {
        "crashes_raised": sum(len(node.raised.lives) for node in found),
        "crashes_told": sum(node.crashes_told for node in found),
        "crashes_own": [f"{node.node.name}: {text}" for node in found for text in node.raised.own],
        "safe_mode": sum(node.raised.safe > 0 or node.own("safe_mode") > 0 for node in found),
        "boots_max": max(node.boots for node in found),
        "boots_unexplained": sum(node.unexplained_boots for node in found),
        "unsampled_slots": sum(max(node.slots - node.samples, 0) for node in found),
        "rtc_lost": sum(node.rtc_lost for node in found),
        "qualities": dict(qualities),
        "faults_named": sum(bool(node.faulty) for node in found),
        "by_node": {node.node.name: _row(node) for node in found},
    }


def _row(found: Found) -> dict[str, Any]:
    files = read_image(found.node.image)
    log = b"".join(files.get(f"/log/{name}", b"") for name in ("old", "new"))
    return {
        "kind": f"{found.kind.power} {found.kind.board}",
        "slots": found.slots,
        "samples": found.samples,
        "rtc_lost": found.rtc_lost,
        "boots": found.boots,
        "raised": len(found.raised.raised),
        "lives": len(found.raised.lives),
        "kept": len(found.raised.kept),
        "told": len(found.told),
        "resets": found.raised.resets,
        "short_wakes_failed": log.count(b"short wake"),
        "ladder": files.get("/state/ladder", b"").decode(errors="replace"),
        "qualities": dict(found.qualities),
        "faulty": sorted(found.faulty),
        "lost": found.status.get("lost", 0),
        "missing": found.status.get("missing", 0),
        "self": found.status.get("self", {}),
    }


def is_bad(result: dict[str, Any]) -> bool:
    """Say whether a crash was not told, a node loops or is in safe mode, or nobody named a fault.

    `result` may be that of a city without trouble.
    """
    if "by_node" not in result:
        return False
    return (
        result["crashes_told"] < result["crashes_raised"]
        or bool(result["crashes_own"])
        or result["safe_mode"] > 0
        or result["boots_unexplained"] > 0
        or (result["days"] >= _FAULT_DAYS and not result["faults_named"])
    )
