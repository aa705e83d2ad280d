"""What tests of the tools share."""

import functools
import subprocess

import pytest

from tests.for_tools.boards import Bench
from tools.flashing.prompt import open_prompt
from tools.rig.errors import RigError
from tools.rig.interpreter import find_micropython


@pytest.fixture(scope="session")
def micropython():
    """The real interpreter; tests that need it are skipped where it is missing."""
    try:
        return find_micropython()
    except RigError as e:
        pytest.skip(str(e))


@pytest.fixture
def bench(micropython, tmp_path):
    """A place to make virtual boards."""
    return Bench(tmp_path)


@pytest.fixture(scope="session")
def raw_repl(micropython):
    """What mpremote needs; the unix port has it since MicroPython 1.27."""
    code = "import sys; print(sys.implementation[1] >= (1, 27))"
    done = subprocess.run([micropython, "-c", code], capture_output=True, check=True)
    if done.stdout.strip() != b"True":
        pytest.skip("this micropython has no raw REPL: 1.27 or newer is needed")


@pytest.fixture
def impatient(monkeypatch):
    """Wait less for a board that says nothing: no wire and no reset takes time here."""
    quick = functools.partial(open_prompt, patience_s=6.0)
    monkeypatch.setattr("tools.flashing.board.open_prompt", quick)
