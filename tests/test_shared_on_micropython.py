"""The shared tests again, in the real MicroPython: what passes on CPython must pass there."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MODULES = sorted(path.stem for path in (TESTS / "shared").glob("test_*.py"))


def interpreter() -> str | None:
    """Return MicroPython beside this Python, or on the PATH."""
    return shutil.which("micropython", path=Path(sys.executable).parent) or shutil.which(
        "micropython"
    )


def count_tests(module: str) -> int:
    """Return how many tests a shared module defines at its outermost level."""
    tree = ast.parse((TESTS / "shared" / f"{module}.py").read_text(encoding="utf-8"))
    return sum(isinstance(n, ast.FunctionDef) and n.name.startswith("test_") for n in tree.body)


def run(program: str, *names: str) -> subprocess.CompletedProcess[str]:
    """Run shared modules with an interpreter."""
    command = [program, str(TESTS / "run_on_device.py"), *names]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=TESTS.parent, check=False
    )


@pytest.fixture(scope="module")
def micropython() -> str:
    found = interpreter()
    if found is None:
        pytest.skip("no micropython beside this Python or on the PATH: make setup installs one")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_shared_tests_pass_in_the_real_micropython(micropython: str, module: str):
    done = run(micropython, module)
    assert done.returncode == 0, done.stdout + done.stderr
    passed, _, failed, _ = done.stdout.splitlines()[-1].replace(",", "").split()
    assert failed == "0"
    assert int(passed) >= max(count_tests(module), 1)


def test_there_are_shared_tests():
    assert len(MODULES) > 10


FAILING = "def test_good():\n    pass\n\n\ndef test_bad():\n    assert 1 == 2, 'so it is'\n"


@pytest.mark.parametrize("source", [FAILING, "import no_such_module\n"])
def test_a_failure_is_told_and_sets_the_exit_status(micropython: str, tmp_path: Path, source: str):
    folder = tmp_path / "tests" / "shared"
    folder.mkdir(parents=True)
    shutil.copy(TESTS / "run_on_device.py", tmp_path / "tests")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    for program in (micropython, sys.executable):
        command = [program, str(tmp_path / "tests" / "run_on_device.py")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        passed = source.count("test_good")
        assert done.stdout.splitlines()[-1] == f"{passed} passed, 1 failed"
        assert done.returncode == 1
        assert "FAIL test_it" in done.stdout
        assert "Traceback" in done.stdout + done.stderr


def test_nothing_to_run_is_a_failure(micropython: str, tmp_path: Path):
    (tmp_path / "tests" / "shared").mkdir(parents=True)
    shutil.copy(TESTS / "run_on_device.py", tmp_path / "tests")
    command = [micropython, str(tmp_path / "tests" / "run_on_device.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed"
