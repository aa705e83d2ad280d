"""The ether with the assumptions of LoRaSim, in its experiments, to be held against its results.

LoRaSim 0.2.1 by Bor, Roedig, Voigt, Alonso, "Do LoRa Low-Power Wide-Area Networks Scale?",
2016.

Place: validation -> `run` -> traffic on the ether.
Guarantee: what LoRaSim assumes and the ether does not by default is in this file.

- Two frames of one SF disturb each other whatever their bandwidths; other SFs do not.
- Each pair is judged by itself; disturbances do not add up.
- A gateway takes up a frame that is 6 dB above one it is receiving, and never loses count.
- The first symbols of a newcomer's preamble, all but five, disturb nobody.
- Nodes stand in a disk whose radius comes from a formula that has e where 10 belongs.
- Everything is 20 bytes long and sent with 14 dBm.
"""

import math
import random

from tools.benchmark.network.traffic import Node, Traffic
from tools.rig.air.ether import Ether
from tools.rig.air.propagation import LORASIM, Position
from tools.rig.air.rules import Capture, Rule
from tools.rig.air.signal import Tuning
from tools.rig.air.timeline import Timeline

MEAN_US = 1_000_000_000
_LENGTH = 20
_POWER_DBM = 14.0
_HERTZ = 868_100_000
# dBm by SF, for 125, 250 and 500 kHz: table 3 of the paper, with the exchange of SF11 and SF12.
_BANDWIDTHS = (125_000, 250_000, 500_000)
_SENSITIVITY_DBM = {
    7: (-126.5, -124.25, -120.75),
    8: (-127.25, -126.75, -124.0),
    9: (-131.25, -128.25, -127.5),
    10: (-132.75, -130.25, -128.75),
    11: (-134.5, -132.75, -128.75),
    12: (-133.25, -132.25, -132.25),
}
# LoRaSim takes these two for the edge of its disk: an index that is one off, and the least of all.
_EDGE_DBM = {0: -132.25, 3: -134.5, 4: -132.25}
# Its gateway hears its own table and no thermal noise; this figure lets ours hear as much.
_NOISE_FIGURE_DB = -6.0


class SameSfCapture(Capture):
    """Capture as LoRaSim knows it."""

    def __init__(self) -> None:
        super().__init__(threshold_db=6.0, cumulative=False, takeover=True, preamble_harms=False)

    def required_db(self, wanted: Tuning, other: Tuning) -> float:
        """Return 6 dB for the same SF, and no limit for others."""
        return 6.0 if wanted.sf == other.sf else -math.inf


def run(experiment: int, nodes: int, rule: Rule, seed: int, frames: int) -> Traffic:
    """Return what arrives of some `frames` that so many nodes send.

    Experiment 0 is SF12 with 4/8, 4 is SF12 with 4/5, 3 the fastest settings each node can use.
    """
    timeline = Timeline()
    ether = Ether(timeline, seed, LORASIM, rule, noise_figure_db=_NOISE_FIGURE_DB)
    gateway = ether.antenna("gateway")
    chance = random.Random(f"{seed} lorasim")  # noqa: S311 - repeatable on purpose
    traffic = Traffic()
    until_us = MEAN_US * frames // nodes
    tunings: dict[Tuning, None] = {}
    for number in range(nodes):
        position = _place(chance, _radius_m(experiment))
        tuning = _settings(experiment, position)
        tunings[tuning] = None
        node = ether.antenna(f"node {number}", position)
        Node(timeline, node, tuning, _LENGTH, MEAN_US, until_us, chance, traffic)
    for tuning in tunings:
        gateway.listen_also(tuning, traffic)
    timeline.run_until(until_us + 10_000_000)
    return traffic


def _radius_m(experiment: int) -> float:
    loss_db = _POWER_DBM - _EDGE_DBM[experiment] - LORASIM.reference_db
    return LORASIM.reference_m * math.exp(loss_db / (10 * LORASIM.exponent))


def _place(chance: random.Random, radius_m: float) -> Position:
    """Return a place in the disk, all equally likely."""
    distance = radius_m * math.sqrt(chance.random())
    angle = chance.random() * 2 * math.pi
    return distance * math.cos(angle), distance * math.sin(angle)


def _settings(experiment: int, position: Position) -> Tuning:
    if experiment != 3:
        return _tuning(12, 125_000, 8 if experiment == 0 else 5)
    level_dbm = _POWER_DBM - LORASIM.loss_db((0.0, 0.0), position)
    usable = [
        _tuning(sf, bandwidth_hz, 5)
        for sf, limits_dbm in _SENSITIVITY_DBM.items()
        for bandwidth_hz, limit_dbm in zip(_BANDWIDTHS, limits_dbm, strict=True)
        if limit_dbm < level_dbm
    ]
    return min(usable, key=lambda tuning: tuning.modulation.airtime_us(_LENGTH))


def _tuning(sf: int, bandwidth_hz: int, coding: int) -> Tuning:
    low_rate = sf >= 11 and bandwidth_hz == 125_000
    return Tuning(_HERTZ, sf, bandwidth_hz, coding, low_rate=low_rate)
