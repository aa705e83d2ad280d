"""Nodes that know nothing of each other and send when they like, and one who counts what arrives.

Place: scenario -> here -> ether of the rig. Guarantee: the same seed sends at the same moments.
"""

import random

from tools.rig.air.antenna import Antenna
from tools.rig.air.ether import Ether
from tools.rig.air.signal import Reception, Tuning
from tools.rig.air.timeline import Timeline


class Traffic:
    """Frames that were sent, and those of them that arrived whole at the gateway."""

    def __init__(self) -> None:
        self.sent = 0
        self.arrived = 0

    def preamble(self) -> None:
        """Of no interest here."""

    def header(self, ok: bool) -> None:
        """Of no interest here."""

    def frame(self, reception: Reception) -> None:
        """Count a frame."""
        self.arrived += reception.crc_ok


class Node:
    """Sends, and again after a time that begins with the end of its frame, exponentially."""

    def __init__(
        self,
        timeline: Timeline,
        antenna: Antenna,
        tuning: Tuning,
        length: int,
        mean_us: float,
        until_us: int,
        chance: random.Random,
        traffic: Traffic,
    ):
        self._timeline = timeline
        self._antenna = antenna
        self._tuning = tuning
        self._frame = bytes(length)
        self._mean_us = mean_us
        self._until_us = until_us
        self._chance = chance
        self._traffic = traffic
        self._wait()

    def _wait(self) -> None:
        when_us = self._timeline.now_us + round(self._chance.expovariate(1) * self._mean_us)
        if when_us < self._until_us:
            self._timeline.at(when_us, self._send)

    def _send(self) -> None:
        self._traffic.sent += 1
        self._antenna.transmit(self._tuning, self._frame, 14.0, self._wait)


class Crowd:
    """Endlessly many nodes at one place, that is, a Poisson process; slotted or not.

    Slots are as long as a frame, and a frame waits for the next one.
    """

    def __init__(
        self,
        timeline: Timeline,
        ether: Ether,
        tuning: Tuning,
        length: int,
        load: float,
        until_us: int,
        slotted: bool,
        traffic: Traffic,
        chance: random.Random,
    ):
        self._timeline = timeline
        self._ether = ether
        self._tuning = tuning
        self._frame = bytes(length)
        self._airtime_us = tuning.modulation.airtime_us(length)
        self._mean_us = self._airtime_us / load
        self._until_us = until_us
        self._slotted = slotted
        self._traffic = traffic
        self._chance = chance
        self._idle: list[Antenna] = []
        self._antennas = 0
        self._exact_us = 0.0
        self._next()

    def _next(self) -> None:
        self._exact_us += self._chance.expovariate(1) * self._mean_us
        when_us = round(self._exact_us)
        if self._slotted:
            when_us = -(-when_us // self._airtime_us) * self._airtime_us
        if when_us < self._until_us:
            self._timeline.at(when_us, self._send)

    def _send(self) -> None:
        self._next()
        if not self._idle:
            self._antennas += 1
            self._idle.append(self._ether.antenna(f"node {self._antennas}", (100.0, 0.0)))
        antenna = self._idle.pop()
        self._traffic.sent += 1
        antenna.transmit(self._tuning, self._frame, 14.0, lambda: self._idle.append(antenna))
