"""Plausible series of a city's quantities, the same for the same seed.

Place: (quantities, interval, seed) -> columns of scaled integers -> batches.
Guarantee: values stay in the range of their sensor. What is plausible here is how much neighbours
differ, because that is what a frame costs: each quantity has a daily course, a slow walk that
returns to its mean, and the jitter of a sensor. Real series are better: `--data`.
"""

import math
import random

from protocol import quantities

_DAY_S = 86400

# name: mean, amplitude of the day, spread of the walk, jitter, lowest, highest; in scaled integers
_COURSE = {
    "temperature": (120, 45, 25, 0.7, -300, 450),
    "humidity": (66, -16, 8, 0.5, 10, 100),
    "pressure": (10140, 4, 60, 0.7, 9500, 10600),
    "battery_pct": (82, 3, 5, 0.2, 0, 100),
    "pm25": (11, 4, 4, 0.9, 0, 900),
    "pm10": (18, 7, 6, 1.4, 0, 900),
    "laeq": (570, 75, 12, 11.0, 300, 1200),
    "lamax": (700, 55, 12, 42.0, 300, 1300),
    "vehicles": (42, 36, 6, 5.5, 0, 400),
    "water_level": (120, 1, 35, 0.4, 0, 900),
}
_WALK_S = 6 * 3600  # how long the walk remembers
_SPEED_SHARES = (0.14, 0.47, 0.27, 0.09, 0.025)  # the rest is the last class


def generate(names: tuple[str, ...], count: int, interval_s: int, seed: int) -> list[list[int]]:
    """Return the columns of these quantities; a histogram has several, of `vehicles` before it."""
    made: dict[str, list[int]] = {}
    columns: list[list[int]] = []
    for name in names:
        chance = random.Random(f"{seed} {name}")  # noqa: S311 - repeatable on purpose
        if name == "speed_classes":
            columns += _histogram(made["vehicles"], chance)
        else:
            made[name] = _course(name, count, interval_s, chance)
            columns.append(made[name])
    return columns


def _course(name: str, count: int, interval_s: int, chance: random.Random) -> list[int]:
    mean, amplitude, spread, jitter, lowest, highest = _COURSE[name]
    memory = math.exp(-interval_s / _WALK_S)
    step = spread * math.sqrt(1 - memory * memory)
    walk = chance.gauss(0, spread)
    values = []
    for i in range(count):
        walk = walk * memory + chance.gauss(0, step)
        # The day is warmest, driest and loudest in the afternoon.
        day = amplitude * math.sin(2 * math.pi * (i * interval_s / _DAY_S - 0.375))
        value = mean + day + walk + chance.gauss(0, jitter)
        values.append(round(min(max(value, lowest), highest)))
    return values


def _histogram(counts: list[int], chance: random.Random) -> list[list[int]]:
    """Deal each interval's vehicles out to the classes of speed."""
    classes = range(quantities.by_name("speed_classes").width)
    shares = (*_SPEED_SHARES, 1 - sum(_SPEED_SHARES))
    dealt = [chance.choices(classes, shares, k=count) for count in counts]
    return [[row.count(speed) for row in dealt] for speed in classes]
