"""A city in which everything fails: what is counted, what is told, and that it can be found bad."""

import asyncio
import json
from collections import Counter
from types import SimpleNamespace

import pytest

from tools.benchmark.__main__ import _is_bad
from tools.benchmark.network import city, risks, trouble, verdict
from tools.benchmark.network.fleet import kind_of, parts_of
from tools.benchmark.network.risks import Raised, risky
from tools.rig.profiles import HARDWARE, PROFILES

KEYS = {
    "power_cuts",
    "brown_outs",
    "sensor_faults",
    "crashes_raised",
    "crashes_told",
    "safe_mode",
    "boots_max",
    "unsampled_slots",
    "rtc_lost",
}
CONSOLE = b"""bench: starts
neckar: node 101 profile air boot 1
bench: raises KeyError release
Traceback (most recent call last):
  File "node/supervise.py", line 40, in _keep
  File "main.py", line 50, in now
KeyError: bench
bench: kept KeyError
bench: recorded KeyError downlink
bench: raises IndexError fields
IndexError: bench
bench: recorded IndexError health
bench: starts
bench: raises NameError jobs
neckar: cannot start: bench
Traceback (most recent call last):
  File "node/start.py", line 50, in main
NameError: bench
bench: behind NameError
bench: recorded NameError start
"""


def heard(text: bytes) -> Raised:
    """Return what a console is understood to say, whatever pieces it comes in."""
    raised = Raised()
    for i in range(0, len(text), 7):
        raised.feed(text[i : i + 7])
    return raised


def test_the_console_tells_lives_and_digests_from_single_exceptions():
    raised = heard(CONSOLE.replace(b"\n", b"\r\n"))
    assert raised.raised == ["KeyError", "IndexError", "NameError"]
    assert raised.lives == ["KeyError", "NameError"]
    assert raised.kept == ["KeyError"]
    assert raised.own == []


@pytest.mark.parametrize(
    "line",
    [
        b'Traceback (most recent call last):\n  File "node/a.py", line 4, in b\nMemoryError: 512',
        b"neckar: cannot start: memory allocation failed",
        b"neckar: /profiles/water.json: /board.json: sensors.onewire is null",
    ],
)
def test_what_the_bench_did_not_raise_is_a_fault_of_the_firmware(line):
    assert len(heard(CONSOLE + line + b"\n").own) == 1


def test_a_digest_counts_as_told_once_however_often_it_came():
    assert verdict.untold(["A", "B", "A"], ["A", "A", "B", "B", "A"]) == []
    assert verdict.untold(["A", "B", "A"], ["A", "A", "B"]) == ["A"]
    assert verdict.untold(["A", "B"], []) == ["A", "B"]


def found(**more) -> verdict.Found:
    """Return a node that crashed in two lives, told of both, and booted as often as it had to."""
    fields = {
        "node": SimpleNamespace(name="air-101"),
        "kind": kind_of(1),
        "samples": 90,
        "slots": 96,
        "rtc_lost": 2,
        "boots": 4,
        "starts": 2,
        "raised": heard(CONSOLE),
        "told": ["KeyError"],
        "status": {"self": {"crashes": 2}},
        "qualities": Counter(fault=3),
        "faulty": {1},
    }
    return verdict.Found(**(fields | more))


FINE = {"missing": 0, "missing_named": 0, "duty_violations": 0, "days": 1}


@pytest.mark.parametrize(
    "more",
    [
        {"told": []},
        {"status": {"self": {"crashes": 1}}},
        {"status": {"self": {"crashes": 2, "safe_mode": 1}}},
        {"boots": 6},
        {"raised": heard(CONSOLE + b"neckar: cannot start: no heap\n")},
        {"raised": heard(CONSOLE + b"neckar: SAFE MODE after failed boots\n")},
        {"faulty": set()},
    ],
)
def test_each_thing_that_must_not_be_makes_a_run_bad(more, monkeypatch):
    monkeypatch.setattr(verdict, "_row", lambda one: {})
    assert not _is_bad({"network": FINE | verdict.of([found()])})
    assert _is_bad({"network": FINE | verdict.of([found(**more)])})


def test_the_samples_that_go_with_rtc_memory_are_counted(tmp_path):
    node = SimpleNamespace(image=tmp_path / "air-7.img", name="air-7")
    assert trouble.waiting_in_rtc(node) == 0
    folder = tmp_path / "air-7.state"
    folder.mkdir()
    text = bytes(5) + json.dumps({"pending": [[1], [2], [3]]}).encode()
    memory = len(text).to_bytes(2, "little") + text
    (folder / "air-7-rtc.bin").write_bytes(memory + bytes(500))
    assert trouble.waiting_in_rtc(node) == 3
    (folder / "air-7-rtc.bin").write_bytes(bytes(2) + memory[2:])
    assert trouble.waiting_in_rtc(node) == 0


def test_twenty_nodes_are_all_profiles_but_one_and_every_board_has_their_wires():
    kinds = [kind_of(i) for i in range(20)]
    assert {kind.profile for kind in kinds} == {*PROFILES, *HARDWARE} - {"noise-street"}
    assert {kind.power for kind in kinds} == {"mains", "solar", "battery"}
    assert len({kind.board for kind in kinds}) >= 2
    for i, kind in enumerate(kinds):
        around = parts_of(kind, 100 + i)
        assert bool(around.sensors) == (kind.profile in HARDWARE)


def test_the_main_that_fails_is_code_and_goes_on_as_the_firmwares():
    text = risky(b"main()\n", 7)
    compile(text, "main.py", "exec")
    assert text.startswith(b"SEED = 7\n")
    assert text.endswith(b"main()\n")


@pytest.mark.board
@pytest.mark.whole
def test_four_nodes_live_through_some_hours_of_it(monkeypatch):
    monkeypatch.setattr(city, "_RESTART_EVERY_S", 2 * 3600.0)
    often = risks._RISKS.replace(b'"fields", 25', b'"fields", 4')  # or nothing would, in some hours
    monkeypatch.setattr(risks, "_RISKS", often)
    plan = city.Plan(nodes=4, days=0.15, loss=0.3, seed=3)
    result = asyncio.run(asyncio.wait_for(trouble.measure(plan, lambda text: None), 300))
    assert result.keys() >= KEYS
    assert result["missing"] == result["missing_named"], result["by_node"]
    assert result["crashes_own"] == []
    assert not verdict.is_bad(result), result["by_node"]
    assert min(result["power_cuts"], result["brown_outs"], result["sensor_faults"]) > 0
    assert result["crashes_raised"] > 0
    assert result["gateway_kills"] == 1
