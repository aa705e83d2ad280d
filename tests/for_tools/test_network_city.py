"""A small city on the virtual air: what the benchmark counts, and that nothing of it is missing."""

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.benchmark.__main__ import _is_bad
from tools.benchmark.network import city

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "journaled",
    "delivered",
    "missing",
    "missing_named",
    "duty_violations",
    "airtime_ms_per_reading",
    "frame_delivery",
    "reading_delivery",
}


@pytest.mark.board
@pytest.mark.whole
def test_three_boards_deliver_all_they_measured_through_loss_and_a_dead_gateway(monkeypatch):
    monkeypatch.setattr(city, "_RESTART_EVERY_S", 3600.0)
    said = []
    plan = city.Plan(nodes=3, days=0.15, loss=0.3, seed=2)
    result = asyncio.run(asyncio.wait_for(city.measure(plan, said.append), 300))
    assert result.keys() >= KEYS
    assert result["gateway_kills"] == 3
    assert result["journaled"] > 60
    assert (result["delivered"], result["missing"]) == (result["journaled"], 0)
    assert (result["missing_named"], result["duty_violations"]) == (0, 0)
    assert result["reading_delivery"] == 1
    assert 0.2 < result["frame_delivery"] < 0.9
    predicted = result["airtime_ms_predicted"]
    assert abs(result["airtime_ms_per_reading"] - predicted) < 0.1 * predicted
    assert any("3 nodes" in text for text in said)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["network", "--nodes", "0"], "1 to 60"),
        (["network", "--days", "never"], "0.01 to 60"),
        (["network", "--loss", "1"], "0 to 0.9"),
        (["network", "--svg", "x.svg"], "--table"),
        (["bytes", "--days", "2"], "belongs to network"),
    ],
)
def test_a_wrong_argument_is_one_line_that_says_what_would_be_right(arguments, words):
    command = [sys.executable, "-m", "tools.benchmark", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_the_exit_code_tells_of_what_is_missing_without_a_name():
    fine = {"missing": 3, "missing_named": 3, "duty_violations": 0}
    assert not _is_bad({"network": fine})
    assert _is_bad({"network": fine | {"missing": 4}})
    assert _is_bad({"network": fine | {"duty_violations": 1}})
    assert not _is_bad({})


def test_a_node_that_names_too_much_hides_nothing_that_another_lost(monkeypatch):
    """Of two nodes with ten samples each, one lost two in silence, the other named three."""

    class Node:
        def __init__(self, name, missing):
            self.name = name
            self._missing = missing

        def missing(self, readings, count):
            return self._missing

    monkeypatch.setattr(city, "readings_per_sample", lambda node: 1)
    its = city.City(city.Plan(nodes=2), Path(), lambda text: None)
    its._nodes = [Node("silent", 2), Node("loud", 0)]
    its._modem = SimpleNamespace(name="modem")
    its._gateway = SimpleNamespace(kills=0)
    views = {
        "silent": SimpleNamespace(status={"lost": 0, "missing": 0}),
        "loud": SimpleNamespace(status={"lost": 3, "missing": 0}),
    }
    its._platform = SimpleNamespace(nodes=views, readings={})
    counts = {"silent": 1, "loud": 1}
    lived = {"frames": counts, "airtime_us": {}, "bytes": {}, "heard": {"modem": {}}}
    result = its._result(lived, {"violations": {}}, [10, 10])
    assert (result["missing"], result["missing_named"]) == (2, 0)
