"""The die of the node's firmware: as wide as the pauses that are drawn with it."""

import sys

import pytest

from protocol.access import START_MS
from tests.fakes.machine import Machine


@pytest.fixture
def die(monkeypatch):
    monkeypatch.setitem(sys.modules, "machine", Machine())
    monkeypatch.delitem(sys.modules, "node.app", raising=False)
    from node import app

    yield app._jitter
    sys.modules.pop("node.app", None)


@pytest.mark.parametrize("span", [START_MS + 1, 3600000 // 4 + 1])
def test_after_a_power_cut_a_city_is_spread_over_the_whole_time(die, span):
    """START_MS is 900 s, and a retry pause up to an hour: more than 16 bits of ms."""
    tenths = [0] * 10
    for _ in range(5000):
        tenths[10 * die(span) // span] += 1
    assert min(tenths) > 400
    assert max(tenths) < 600


@pytest.mark.parametrize("span", [1, 2, 7, 65536])
def test_the_die_is_fair_below_too(die, span):
    assert {die(span) < span for _ in range(1000)} == {True}
    assert span == 1 or len({die(span) for _ in range(1000)}) > 1
