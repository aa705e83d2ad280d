"""Small files, one idea each, and functions that fit a screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import is_script

ROOT = Path(__file__).parents[1]
FOLDERS = ("protocol", "gateway", "firmware", "tools", "tests", "hil_tests")
FILE_LINES = 300
FUNCTION_LINES = 60

# path or path::function: (lines, since when, why). An entry that is no longer needed fails too.
EXCEPTIONS: dict[str, tuple[int, str, str]] = {}


def lengths(path: str, source: str) -> Iterator[tuple[str, int, int]]:
    """Yield (what, lines, limit) of a file and of each of its functions."""
    yield path, len(source.splitlines()), FILE_LINES
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield f"{path}::{node.name}", lines, FUNCTION_LINES


def all_lengths() -> Iterator[tuple[str, int, int]]:
    """Yield the lengths of everything we wrote."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            if path.suffix == ".py" or (not path.suffix and is_script(path)):
                source = path.read_text(encoding="utf-8")
                yield from lengths(path.relative_to(ROOT).as_posix(), source)


def test_files_and_functions_keep_their_limits():
    long = []
    for what, lines, limit in all_lengths():
        allowed = EXCEPTIONS.get(what, (limit,))[0]
        if lines > allowed:
            long.append(f"{what}: {lines} lines, {allowed} are allowed")
    assert not long, "\n".join(long)


def test_every_exception_is_still_needed():
    needed = {what for what, lines, limit in all_lengths() if lines > limit}
    assert EXCEPTIONS.keys() <= needed


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("x = 1\n" * 301, "a.py"),
        ("def f():\n" + "    x = 1\n" * 60, "a.py::f"),
        ("class A:\n    async def g(self):\n" + "        x = 1\n" * 60, "a.py::g"),
    ],
)
def test_each_limit_can_fail(source, what):
    assert [name for name, lines, limit in lengths("a.py", source) if lines > limit] == [what]


def test_what_fits_exactly_passes():
    for source in ("x = 1\n" * 300, "def f():\n" + "    x = 1\n" * 59):
        assert all(lines <= limit for _, lines, limit in lengths("a.py", source))
