"""The bound is one: near the entropy of a source that is known, and nothing is known for free."""

import math
import random
from itertools import accumulate, pairwise

import pytest

from tools.benchmark import bits, datasets, sizes
from tools.benchmark.bound import code_length

COUNT = 4000


def entropy(density, spread: int) -> float:
    """Return the bits of an integer drawn with this density, integrated over each unit."""
    steps = 64
    found = 0.0
    for x in range(-spread, spread + 1):
        p = sum(density(x + (i + 0.5) / steps - 0.5) for i in range(steps)) / steps
        found -= p * math.log2(p) if p > 0 else 0.0
    return found


def walk(steps: list[float]) -> list[int]:
    return list(accumulate((round(step) for step in steps), initial=200))


@pytest.mark.parametrize("scale", [0.8, 3.0, 20.0])
def test_laplace_differences_cost_their_entropy(scale: float):
    chance = random.Random(3)
    steps = [chance.choice((-1, 1)) * chance.expovariate(1 / scale) for _ in range(COUNT)]
    least = entropy(lambda x: math.exp(-abs(x) / scale) / (2 * scale), round(40 * scale))
    assert 0.97 * least < code_length(walk(steps), 200) / COUNT < 1.03 * least


@pytest.mark.parametrize("spread", [1.5, 6.0])
def test_gaussian_differences_cost_little_more_than_their_entropy(spread: float):
    chance = random.Random(4)
    steps = [chance.gauss(0, spread) for _ in range(COUNT)]
    norm = spread * math.sqrt(2 * math.pi)
    least = entropy(lambda x: math.exp(-x * x / (2 * spread**2)) / norm, round(12 * spread))
    # A Gaussian told by a Laplace distribution costs 0.07 bits more.
    assert 0.97 * least < code_length(walk(steps), 200) / COUNT < 1.05 * least


def test_a_series_without_memory_is_told_from_its_mean():
    chance = random.Random(5)
    values = [round(500 + chance.choice((-1, 1)) * chance.expovariate(0.2)) for _ in range(COUNT)]
    least = entropy(lambda x: math.exp(-abs(x) / 5) / 10, 200)
    assert 0.97 * least < code_length(values, 480) / COUNT < 1.04 * least


def test_a_swing_is_told_by_autoregression():
    chance = random.Random(6)
    values = [round(3000 * math.sin(i / 30) + chance.gauss(0, 0.5)) for i in range(COUNT)]
    differences = [abs(b - a) for a, b in pairwise(values)]
    by_last = math.log2(2 * math.e * sum(differences) / COUNT)
    assert code_length(values) / COUNT < by_last - 3


def test_what_stands_still_costs_next_to_nothing():
    assert code_length([90] * COUNT, 90) / COUNT < 0.02


def test_the_first_value_and_a_leap_are_paid_for():
    assert code_length([90], 90) < code_length([900], 90) < code_length([90000], 90) < 40
    assert code_length([90] * 50 + [90000], 90) > code_length([90] * 51, 90) + 15


@pytest.mark.parametrize("extreme", [524287, -524287])
def test_the_whole_range_has_a_price(extreme: int):
    assert math.isfinite(code_length([0, extreme, -extreme, extreme, 0] * 20))


def test_coded_and_whole_frames_lie_above_the_bound():
    sets = datasets.generated()
    rows = sizes.measure(sets)["rows"]
    ours = [row for row in rows if (row["format"], row["window"]) == ("neckar", bits.WINDOW)]
    found = bits.measure(sets, {row["set"]: row["bytes"] for row in ours})
    assert [row["set"] for row in found if row["quantity"] == "all"] == [s.name for s in sets]
    for row in found:
        assert 0 < row["bound_bits"] < row["coded_bits"] < row["frame_bits"]
    for row in ours:
        (whole,) = (r for r in found if (r["set"], r["quantity"]) == (row["set"], "all"))
        assert whole["frame_bits"] == pytest.approx(8 * row["bytes"] / row["readings"], abs=0.01)


def test_a_quantity_that_stands_still_adds_little_and_a_wild_one_much():
    chance = random.Random(7)
    rows: list[tuple[int, list[int | None]]] = [
        (900 * i, [90, chance.randrange(1000)]) for i in range(320)
    ]
    data = datasets.Dataset("both", (3, 7), 900, rows)
    calm, wild, _ = bits.measure([data], {"both": 10_000})
    assert calm["coded_bits"] < 2
    assert 9 < wild["coded_bits"] < 14
