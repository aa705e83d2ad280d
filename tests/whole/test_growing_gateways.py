"""The benches of growth and of a month's backlog, in small: they run, and nothing is lost."""

import asyncio

import pytest

from tools.benchmark import backlog, growth

pytestmark = pytest.mark.whole


def say(text: str) -> None:
    """Say nothing."""


def test_a_frame_is_measured_with_more_nodes_and_with_a_full_spool():
    result = asyncio.run(growth.measure(say, registered=(10, 30), rows=20_000, frames=2_000))
    assert list(result["nodes"]) == ["10", "30"]
    empty, full = (int(size) for size in result["spool"])
    assert empty == 0
    assert full >= 20_000
    assert result["worst_ratio"] > 0


def test_a_backlog_leaves_while_live_samples_go_on():
    result = asyncio.run(backlog.measure(say, nodes=20, days=4, alone_s=1))
    assert result["lost"] == 0
    assert result["samples"] == 20 * 6 * 64
    assert result["samples_per_s"] > 0
    assert result["latency_ms"]["before"]["p50"] > 0
    assert result["latency_ms"]["after"]["p50"] > 0
