"""The gateway killed while everything fails: a short run of `tools/soak`, see `make soak`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[2]


def soak(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.soaking", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )


def test_fifteen_kills_lose_nothing_change_no_id_and_keep_the_order():
    done = soak("--kills", "15", "--seed", "7", "--json", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["kills"] == 15
    assert result["acknowledged"] > 1_000
    assert result["delivered"] >= result["acknowledged"]
    assert (result["lost"], result["id_changes"], result["order_violations"]) == (0, 0, 0)
    assert sum(result["faults"].values()) >= 10
    assert result["seconds"] > 0


@pytest.mark.parametrize(
    "arguments", [("--kills", "0"), ("--kills", "many"), ("--seed", "-1"), ("--what",)]
)
def test_bad_arguments_are_one_line_and_exit_2(arguments):
    done = soak(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("tools/soak: ")
