"""A short fuzzing of every target, with bounds on steps and memory, and of the command itself.

Steps are lines of our own code that ran, counted: the same on every machine, where time is not.
"""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz import __main__ as command
from tests.shared import fuzz

ROOT = Path(__file__).parents[2]
CODE = tuple(str(ROOT / folder) for folder in ("protocol", "firmware"))
SEED = 11
RUNS = 1500
SAMPLE = 60
STEPS = 45_000  # twice what the costliest of 15,000 inputs took
PEAK_BYTES = 50_000

# Lengths and counts that lie.
HOSTILE = [
    b"\x9b" + b"\xff" * 8,
    b"\x5a\x7f\xff\xff\xff" + bytes(20),
    b"\xbb\x00\x00\x00\x01" + bytes(8),
    b"\x81" * 600,
    b"\x98\xff" * 300,
    b"\xff" * 700,
    bytes(700),
    b"\x01\x00" * 350,
]


def bounded(target: Callable[[bytes], bool], limit: int) -> Callable[[bytes], int]:
    """Return a function that counts the steps of a target, and stops it at the limit."""

    def count(data: bytes) -> int:
        steps = 0

        def step(frame, event, _):
            nonlocal steps
            if not frame.f_code.co_filename.startswith(CODE):
                return None
            steps += 1
            assert steps < limit, f"too many steps for {data.hex()}"
            return step

        sys.settrace(step)
        try:
            target(data)
        finally:
            sys.settrace(None)
        return steps

    return count


def sample(name: str) -> list[bytes]:
    """Return what is right, what lies, and some of what lies between."""
    source = fuzz.inputs(name, SEED)
    return [*fuzz.corpus(name), *HOSTILE, *[source.next() for _ in range(SAMPLE)]]


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_a_target_keeps_its_promise(name):
    fuzz.run(name, RUNS, SEED)


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_no_input_takes_more_than_so_many_steps(name):
    count = bounded(fuzz.TARGETS[name][0], STEPS)
    for data in sample(name):
        count(data)


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_no_input_takes_more_than_so_much_memory(name):
    target = fuzz.TARGETS[name][0]
    for data in sample(name):
        tracemalloc.start()
        try:
            target(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < PEAK_BYTES, data.hex()


def test_the_command_runs_a_target_and_says_what_it_did(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(command, "interpreter", lambda: None)
    (job,) = command.jobs(["frame"], 200, SEED, tmp_path)
    assert command.run(job)
    no_atheris, no_micropython, line = capsys.readouterr().out.splitlines()
    assert (no_atheris, no_micropython) == (command.NO_ATHERIS, command.NO_MICROPYTHON)
    assert line.startswith("frame ") and " 200 inputs " in line and line.endswith(" taken")


def test_a_failure_shows_its_input_and_how_to_see_it_again(capsys):
    program = "print('input 9bff'); raise AssertionError"
    job = command.Job("cbor", "cpython", 10, [sys.executable, "-c", program])
    assert not command.run(job)
    told = capsys.readouterr().out
    assert "FAILED" in told and "AssertionError" in told
    assert told.endswith("again: python -m tests.fuzz --target cbor --replay '9bff'\n")


def test_a_process_that_dies_without_a_word_is_a_failure_too(capsys):
    assert not command.run(command.Job("cbor", "cpython", 10, [sys.executable, "-c", ""]))
    assert capsys.readouterr().out.endswith("FAILED\n\n")


@pytest.mark.parametrize(("data", "words"), [("9bff", "refused"), ("8100", "taken")])
def test_one_input_can_be_replayed(data, words):
    line = [sys.executable, "-m", "tests.fuzz", "--target", "cbor", "--replay", data]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == words + "\n"
