"""The ether reproduces LoRaSim and the formulas of Aloha: a small part of what the benchmark does.

Few frames, so the tolerance is .02 where the benchmark with its sixty thousand keeps .01.
"""

import pytest

from tools.benchmark.network.validation import LORASIM, NODES, aloha_row, lorasim_row, table

TOLERANCE = 0.02


@pytest.mark.parametrize(
    ("experiment", "capture", "nodes"),
    [
        (0, False, 100),
        (0, False, 400),
        (0, True, 100),
        (0, True, 400),
        (4, False, 50),
        (4, False, 200),
        (4, True, 10),
        (4, True, 200),
        (4, True, 800),
        (3, False, 800),
        (3, True, 1600),
    ],
)
def test_lorasims_figures_come_out_again(experiment, capture, nodes):
    reference = LORASIM[experiment, capture][NODES.index(nodes)]
    row = lorasim_row(experiment, capture, nodes, reference, frames=12_000, layouts=6)
    assert row.frames > 11_000
    assert abs(row.error) < TOLERANCE, table([row])


@pytest.mark.parametrize("slotted", [False, True])
@pytest.mark.parametrize("load", [0.01, 0.1, 0.46])
def test_aloha_follows_its_formula(load, slotted):
    row = aloha_row(load, slotted, frames=12_000)
    assert abs(row.error) < TOLERANCE, table([row])


def test_the_same_seed_gives_the_same_row():
    first, second = (lorasim_row(0, True, 50, 0.873, 2000, 2) for _ in range(2))
    assert first == second
