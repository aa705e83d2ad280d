"""The ether held against what is known: LoRaSim's results, and the formulas of Aloha.

Place: `measure()` -> rows for a table: what was measured beside what it should be.
Guarantee: seeded; the same rows each time.

LoRaSim's figures: version 0.2.1 under Python 3, the mean of three runs each, so they are sure to
about .005 themselves. Aloha: a frame gets through with exp(-2G), with slots exp(-G); G is the share
of time that frames would fill if they stood in line.
"""

import math
import random
from typing import NamedTuple

from tools.benchmark.network.lorasim import SameSfCapture, run
from tools.benchmark.network.traffic import Crowd, Traffic
from tools.rig.air.ether import Ether
from tools.rig.air.rules import Rule, Simple
from tools.rig.air.signal import Tuning
from tools.rig.air.timeline import Timeline

NODES = (10, 50, 100, 120, 200, 400, 800, 1600)
# (experiment, capture) -> share of frames that arrived, by number of nodes.
LORASIM = {
    (0, False): (0.970, 0.850, 0.715, 0.666, 0.504, 0.256, 0.065),
    (0, True): (0.971, 0.873, 0.768, 0.720, 0.579, 0.348, 0.156),
    (4, False): (0.979, 0.878, 0.770, 0.734, 0.592, 0.352, 0.122),
    (4, True): (0.984, 0.900, 0.817, 0.778, 0.666, 0.452, 0.217),
    (3, False): (0.9996, 0.999, 0.998, 0.998, 0.996, 0.992, 0.986, 0.972),
    (3, True): (1.0, 0.999, 0.999, 0.998, 0.997, 0.994, 0.987, 0.975),
}
LOADS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.46)
# So many that luck stays below .01: a minute and a half in all.
_FRAMES = 60_000
_LAYOUTS = 20
_ALOHA_TUNING = Tuning(868_100_000, 9, 125_000)
_ALOHA_LENGTH = 20


class Row(NamedTuple):
    """What was measured, and what it should be; `scale` is the number of nodes, or G."""

    what: str
    scale: float
    measured: float
    reference: float
    frames: int

    @property
    def error(self) -> float:
        """Return how far off the ether is."""
        return self.measured - self.reference


def measure(frames: int = _FRAMES, layouts: int = _LAYOUTS) -> list[Row]:
    """Return all rows, with at least so many frames each, LoRaSim's from so many layouts."""
    rows = [
        lorasim_row(experiment, capture, nodes, reference, frames, layouts)
        for (experiment, capture), references in LORASIM.items()
        for nodes, reference in zip(NODES, references, strict=False)
    ]
    rows += [aloha_row(load, slotted, frames) for slotted in (False, True) for load in LOADS]
    return rows


def lorasim_row(
    experiment: int, capture: bool, nodes: int, reference: float, frames: int, layouts: int
) -> Row:
    """Return one cell of LoRaSim's table, reproduced."""
    sent = arrived = 0
    for layout in range(layouts):
        rule: Rule = SameSfCapture() if capture else Simple()
        # A seed for each cell, so that luck does not lean the same way in all of them.
        seed = ((10 * experiment + capture) * 10_000 + nodes) * 1000 + layout
        traffic = run(experiment, nodes, rule, seed, frames // layouts)
        sent += traffic.sent
        arrived += traffic.arrived
    what = f"LoRaSim {experiment} {'capture' if capture else 'simple'}"
    return Row(what, nodes, arrived / sent, reference, sent)


def aloha_row(load: float, slotted: bool, frames: int) -> Row:
    """Return the share of frames that get through at this load, beside the formula's."""
    timeline = Timeline()
    seed = round(1000 * load) * 2 + slotted
    ether = Ether(timeline, seed, rule=Simple())
    traffic = Traffic()
    ether.antenna("gateway").listen(_ALOHA_TUNING, traffic)
    airtime_us = _ALOHA_TUNING.modulation.airtime_us(_ALOHA_LENGTH)
    until_us = round(frames * airtime_us / load)
    chance = random.Random(f"{seed} aloha")  # noqa: S311 - repeatable on purpose
    Crowd(
        timeline,
        ether,
        _ALOHA_TUNING,
        _ALOHA_LENGTH,
        load,
        until_us,
        slotted,
        traffic,
        chance,
    )
    timeline.run_until(until_us + 2 * airtime_us)
    formula = math.exp(-load if slotted else -2 * load)
    what = "slotted Aloha" if slotted else "pure Aloha"
    return Row(what, load, traffic.arrived / traffic.sent, formula, traffic.sent)


def table(rows: list[Row]) -> str:
    """Return the rows for people."""
    lines = [f"{'':24}{'nodes / G':>10}{'measured':>10}{'reference':>10}{'error':>9}{'frames':>9}"]
    lines += [
        f"{row.what:24}{row.scale:>10g}{row.measured:>10.4f}{row.reference:>10.4f}"
        f"{row.error:>+9.4f}{row.frames:>9}"
        for row in rows
    ]
    return "\n".join(lines)
