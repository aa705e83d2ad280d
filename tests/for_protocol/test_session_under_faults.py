"""Loss, doubles, disorder, replays, reboots and crashes: every sample arrives exactly once.

The promises are checked after every step: see `simulation`.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.session import radio, wired
from tests.for_protocol.simulation import STEPS, World

STEP = st.tuples(st.sampled_from(STEPS), st.integers(0, 999))
# Lists of a drawn length: left alone, Hypothesis prefers about five steps.
HISTORIES = st.integers(0, 150).flatmap(lambda n: st.lists(STEP, min_size=n, max_size=n))

# How often each step is drawn in the long histories, in the order of STEPS.
KINDS = {
    "a good link": (6, 9, 9, 0, 0, 9, 9, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1),
    "a bad link": (6, 9, 6, 4, 3, 7, 6, 4, 3, 6, 0, 2, 0, 1, 1, 1, 1),
    "power cuts": (6, 9, 8, 1, 1, 8, 8, 1, 1, 5, 0.5, 0, 0.5, 1, 1, 0, 1),
    "everything": (5, 9, 6, 2, 2, 6, 6, 2, 2, 6, 0.4, 2, 0.4, 1, 1, 1, 1),
}


def long_history(seed: int, kind: str, steps: int) -> list[tuple[str, int]]:
    """Return a history that a seed repeats."""
    chance = random.Random(seed)
    names = chance.choices(STEPS, KINDS[kind], k=steps)
    return [(name, chance.randrange(1000)) for name in names]


POLICIES = {
    "wired": wired(),
    "windows": radio(every=4, ask_every=3, plain_limit=80),
    "single frames": radio(every=1, ask_every=5, plain_limit=60),
}


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=150)
@given(history=HISTORIES)
def test_every_sample_arrives_exactly_once_whatever_happens(policy, history):
    world = World(policy=POLICIES[policy])
    world.run(history)
    world.calm()


@pytest.mark.parametrize("kind", [wired, radio])
@settings(max_examples=100)
@given(history=HISTORIES, capacity=st.integers(1, 30), limit=st.integers(25, 60))
def test_what_a_small_journal_drops_is_told_and_the_rest_arrives_once(
    kind, history, capacity, limit
):
    world = World(capacity, policy=kind(plain_limit=limit))
    world.run(history)
    world.calm()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_a_long_history_ends_well(policy, kind, seed):
    world = World(first=65_000 if seed % 2 else 0, policy=POLICIES[policy])
    world.run(long_history(seed, kind, 2000))
    world.calm()
    assert len(world.gateway.stored) > 500


@pytest.mark.parametrize("link", [wired, radio])
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_history_with_a_journal_that_overflows_ends_well(link, kind):
    world = World(capacity=40, policy=link(plain_limit=40))
    world.run(long_history(77, kind, 2000))
    world.calm()
    assert world.dropped
    assert world.gateway.stored


def good_run() -> list[tuple[str, int]]:
    """Return a history in which a few samples arrive, one step after the other."""
    carried = ("poll", "up_arrives", "gateway_commits", "down_arrives")
    names = [*carried, "sample", *carried, "sample", "note_is_sent", *carried, *carried]
    return [(name, 3) for name in names]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("cut", ["node_reboots", "gateway_crashes", "both"])
def test_a_cut_at_every_step_loses_nothing(policy, cut):
    good = good_run()
    cuts = ["node_reboots", "gateway_crashes"] if cut == "both" else [cut]
    for i in range(len(good) + 1):
        world = World(policy=POLICIES[policy])
        world.run(good[:i] + [(name, 0) for name in cuts] + good[i:])
        world.calm()
        assert len(world.gateway.stored) == 8


def test_a_cut_at_every_pair_of_steps_loses_nothing():
    good = good_run()
    for i in range(len(good) + 1):
        for j in range(i, len(good) + 1):
            world = World()
            world.run(
                [*good[:i], ("node_reboots", 0), *good[i:j], ("gateway_crashes", 0), *good[j:]]
            )
            world.calm()
            assert len(world.gateway.stored) == 8


@pytest.mark.parametrize("step", STEPS)
def test_every_step_can_happen_first(step):
    world = World()
    world.run([(step, 5)])
    world.calm()


def test_the_watch_sees_a_node_that_forgets_too_early():
    world = World()
    world.sample(8)
    world.node.journal.release(3)
    with pytest.raises(AssertionError, match="forgotten"):
        world.check()


def test_the_watch_sees_a_ledger_that_is_wrong():
    world = World()
    world.run(good_run())
    top, mask, (expected, above, end) = world.gateway.windows
    world.gateway.windows = (top, mask, (expected + 1, above, end + 1))
    with pytest.raises(AssertionError):
        world.check()
