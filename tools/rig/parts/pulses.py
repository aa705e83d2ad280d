"""A contact that closes once for each vehicle: a loop detector's relay, or a tube across the road.

Place: bus -> Pulses -> a street's traffic (see `street`).
Guarantee: as part.py. `bounces` are edges on top of the one of each vehicle, at the same moment.
"""

from tools.rig.parts.part import PulsePart
from tools.rig.parts.street import Traffic


class Pulses(PulsePart):
    """`missing` and `hang` are a cut wire and one at ground: no edges, which tells nothing."""

    def __init__(self, traffic: Traffic, bounces: int = 0):
        super().__init__(lambda seconds: {})
        self._traffic = traffic
        self._bounces = bounces
        self._since_us = 0

    def edges(self, now_us: int) -> int:
        """Return how many falling edges there were since the last call."""
        begin_us, self._since_us = self._since_us, now_us
        if self.faults.missing or self.faults.hang or self.faults.stuck:
            return 0
        vehicles = len(self._traffic(begin_us / 1e6, now_us / 1e6))
        return vehicles * (1 + self._bounces) + (7 if self.faults.garbage else 0)
