"""Vehicles on a street, for the radar and the contact: who passes when, how fast, which way.

Place: (seed, time) -> `Street` -> Ld2415h, Pulses.
Guarantee: the same seed and times give the same vehicles, however the time is cut into pieces.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

# From (included) and to (not included) in seconds: the vehicles that pass in between, in order.
Traffic = Callable[[float, float], "list[Vehicle]"]


@dataclass(frozen=True)
class Vehicle:
    """`seconds` is when it passes the sensor; `direction` is 1 towards it, -1 away."""

    seconds: float
    speed_kmh: float
    direction: int = 1


class Street:
    """One slot of `slot_s` holds at most one vehicle, with the chance that gives `per_hour`.

    It passes in the middle of the slot, so that no two are nearer than a slot.
    """

    def __init__(self, seed: int, per_hour: float = 360, slot_s: float = 5.0):
        self._seed = seed
        self._slot_s = slot_s
        self._chance = min(per_hour * slot_s / 3600, 1.0)

    def __call__(self, begin_s: float, end_s: float) -> list[Vehicle]:
        """Return the vehicles of a span."""
        slots = range(int(begin_s // self._slot_s), int(end_s // self._slot_s) + 1)
        vehicles = [vehicle for slot in slots if (vehicle := self._vehicle(slot))]
        return [vehicle for vehicle in vehicles if begin_s <= vehicle.seconds < end_s]

    def _vehicle(self, slot: int) -> Vehicle | None:
        luck = random.Random(f"{self._seed}/{slot}")  # noqa: S311
        if slot < 0 or luck.random() >= self._chance:
            return None
        speed_kmh = min(max(luck.gauss(47, 9), 12), 120)
        return Vehicle((slot + 0.5) * self._slot_s, speed_kmh, luck.choice((-1, 1)))
