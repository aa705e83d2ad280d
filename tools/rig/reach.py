"""Which modules of this checkout a board can import.

    boot.py, main.py, frozen/_boot.py, node, radio  ->  what they import  ->  what that imports ...

Place: checkout -> `board_modules` -> firmware, rom; `firmware/manifest.py` names the same.
Guarantee: an import counts wherever it stands, also in a function, also `__import__` with a name
that is put together: then all modules count that the beginning of the name leads to.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path


def board_modules(root: Path) -> dict[str, Path]:
    """Return the sources by their place below a folder of libraries, as `node/app.py`."""
    places = {**_package(root / "firmware", "node"), **_package(root / "firmware", "radio")}
    shared = _package(root, "protocol")
    scripts = [root / "firmware" / name for name in ("boot.py", "main.py", "frozen/_boot.py")]
    waiting = [*places.values(), *(script for script in scripts if script.exists())]
    while waiting:
        for name in imported(waiting.pop().read_text(encoding="utf-8")):
            for place in _places(name, shared):
                waiting.append(shared[place])
                places[place] = shared.pop(place)
    return dict(sorted(places.items()))


@functools.lru_cache(maxsize=1024)  # a bundle asks for each board and profile
def imported(source: str, package: str = "") -> tuple[str, ...]:
    """Return what may be a module: `a.b`; `a.*` where only the beginning is known.

    `package` is where the source stands, for what it imports from beside it (`from .b import c`).
    """
    return tuple(_imported(source, package))


def _imported(source: str, package: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # the compiler says it better
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{package if node.level else ''}.{node.module or ''}".strip(".")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "__import__":
            yield _called_for(node.args[0])


def _called_for(argument: ast.expr) -> str:
    """Return the name that a call of `__import__` is given."""
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    begin = argument.left if isinstance(argument, ast.BinOp) else argument
    return f"{begin.value!s}*" if isinstance(begin, ast.Constant) else "*"


def _package(folder: Path, name: str) -> dict[str, Path]:
    return {
        source.relative_to(folder).as_posix(): source for source in (folder / name).rglob("*.py")
    }


def _places(name: str, among: dict[str, Path]) -> list[str]:
    """Return the sources that importing a name runs: the module, and the packages around it."""
    if name.endswith("*"):
        begin = name[:-1].replace(".", "/")
        return [place for place in among if place.startswith(begin)]
    parts = name.split(".")
    wanted = {f"{'/'.join(parts[:count])}/__init__.py" for count in range(1, len(parts) + 1)}
    return [place for place in among if place in wanted or place == f"{'/'.join(parts)}.py"]
