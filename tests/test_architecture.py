"""Who may import whom, and what device code may use: read from the sources, proven to bite.

firmware/node, gateway, tools -> protocol -> nothing of ours
firmware/node, gateway -> firmware/radio -> nothing of ours; nobody imports tests
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def words(text: str) -> set[str]:
    return set(text.split())


OURS = {"protocol", "gateway", "tools", "node", "radio", "boards", "tests", "hil_tests"}
PURE = {"array", "binascii", "collections", "hashlib", "math", "struct"}
# What MicroPython has on an ESP32 (genhdr and frozen modules), but nothing of Wi-Fi and Bluetooth.
BOARD = PURE | words(
    "asyncio builtins cryptolib deflate dht ds18x20 errno esp esp32 flashbdev framebuf gc heapq io "
    "json machine micropython neopixel onewire os platform random re select sys time uctypes vfs"
)

WORLDS = words("cryptography cryptolib micropython time")  # what differs between the two

# The first that fits a path: (prefix, what of ours, what else or None for anything, on a device).
ZONES = (
    ("protocol/_compat.py", {"protocol"}, PURE | WORLDS, True),
    ("protocol/", {"protocol"}, PURE, True),
    ("firmware/radio/", {"radio"}, BOARD, True),
    ("firmware/", {"protocol", "node", "radio", "boards"}, BOARD, True),
    ("gateway/", {"protocol", "gateway", "radio"}, None, False),
    ("tools/rig/device/", {"protocol", "tools"}, None, True),
    ("tools/flashing/device/", {"node", "protocol"}, BOARD, True),  # runs on a board's firmware
    ("tools/", {"protocol", "tools"}, None, False),
)

FOREIGN_NAMES = {"open", "print", "input", "exec", "eval", "globals"}  # I/O, for protocol

# Each was tried on MicroPython 1.29 and is not there.
LACKING_MODULES = words(
    "__future__ abc contextlib contextvars copy dataclasses datetime enum functools hmac itertools "
    "logging pathlib string subprocess threading traceback typing unittest"
)
LACKING_NAMES = words(
    "BufferError ConnectionError FileNotFoundError IOError PermissionError RecursionError "
    "TimeoutError UnicodeDecodeError vars"
)
LACKING_OF_MODULES = {
    "struct": {"Struct"},
    "binascii": {"crc_hqx"},
    "collections": {"defaultdict", "Counter"},
    "random": {"Random"},
    "time": {"monotonic", "perf_counter"},
    "asyncio": {"Queue", "TaskGroup", "timeout", "to_thread"},
    "os": {"path"},
}
LACKING_METHODS = words(
    "bit_count bit_length casefold isascii is_integer ljust removeprefix removesuffix rjust zfill"
)
LACKING_KEYWORDS = {
    ("zip", "strict"),
    ("print", "flush"),
    ("from_bytes", "signed"),
    ("to_bytes", "signed"),
    ("namedtuple", "defaults"),
    ("create_task", "name"),
}


def zone_of(path: str) -> tuple | None:
    """Return the zone of a path below the root."""
    return next((zone for zone in ZONES if path.startswith(zone[0])), None)


def violations(path: str, source: str) -> list[str]:
    """Return what a source breaks, as `line: words`."""
    zone = zone_of(path)
    if zone is None:
        return []
    tree = ast.parse(source, path)
    found = [*import_violations(zone, tree)]
    if path.startswith("protocol/"):
        found += purity_violations(tree)
    if zone[3]:
        found += device_violations(tree)
    return [f"{path}:{line}: {words}" for line, words in sorted(set(found))]


def imported(tree: ast.AST) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (line, module, names) of every import, also of those made by a call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, []
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module or "", [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and called(node) in ("__import__", "import_module"):
            yield node.lineno, leading_text(node.args[0] if node.args else None), []


def leading_text(node: ast.AST | None) -> str:
    """Return the constant that a computed name begins with, or `?`."""
    while isinstance(node, (ast.BinOp, ast.JoinedStr)):
        node = node.left if isinstance(node, ast.BinOp) else next(iter(node.values), None)
    return str(node.value) if isinstance(node, ast.Constant) else "?"


def called(call: ast.Call) -> str:
    """Return the last name of what is called."""
    function = call.func
    return getattr(function, "id", getattr(function, "attr", ""))


def import_violations(zone: tuple, tree: ast.AST) -> Iterator[tuple[int, str]]:
    prefix, ours, others, _ = zone
    for line, module, names in imported(tree):
        parts = module.split(".")
        if parts[0] == "firmware":
            parts = parts[1:] or names
        top = parts[0] if parts else ""
        if top in OURS:
            if top not in ours:
                yield line, f"{prefix} must not import {module}"
        elif others is not None and top not in others:
            yield line, f"{prefix} must not import {module or 'relatively'}"
        if top == "time" and prefix.startswith("protocol/"):
            bad = [name for name in names if not name.startswith("ticks_")] or not names
            if bad or "ticks_ms" in names or "ticks_us" in names or "ticks_cpu" in names:
                yield line, "protocol reads no clock"


def purity_violations(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in FOREIGN_NAMES:
            yield node.lineno, f"protocol does no I/O: {node.id}"
        if isinstance(node, (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)):
            yield node.lineno, "protocol knows no asyncio"


def device_violations(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for line, module, names in imported(tree):
        lacking = LACKING_OF_MODULES.get(module, set()) & set(names)
        if module.split(".")[0] in LACKING_MODULES or module == "os.path" or lacking:
            yield line, f"MicroPython lacks {module} {' '.join(sorted(lacking))}".rstrip()
    for node in ast.walk(tree):
        what = lacking_syntax(node) or lacking_name(node)
        if what:
            yield getattr(node, "lineno", 0), f"MicroPython lacks {what}"


def lacking_syntax(node: ast.AST) -> str | None:
    """Return what MicroPython's compiler does not take."""
    if isinstance(node, (ast.Match, ast.TryStar)):
        return type(node).__name__.lower()
    if isinstance(node, ast.arguments) and node.posonlyargs:
        return "positional-only arguments"
    if isinstance(node, ast.ClassDef) and node.keywords:
        return "keywords of a class"
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)) and not is_target(node):
        return "a star inside a display" if any_star(node.elts) else None
    if isinstance(node, ast.Dict) and None in node.keys:
        return "two stars inside a display"
    if isinstance(node, ast.comprehension) and node.is_async:
        return "asynchronous comprehensions"
    return None


def is_target(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def any_star(items: list[ast.expr]) -> bool:
    return any(isinstance(item, ast.Starred) for item in items)


def lacking_name(node: ast.AST) -> str | None:
    """Return what MicroPython's library does not have."""
    if isinstance(node, ast.Name) and node.id in LACKING_NAMES:
        return node.id
    if isinstance(node, ast.Attribute):
        module = getattr(node.value, "id", "")
        if node.attr in LACKING_METHODS or node.attr in LACKING_OF_MODULES.get(module, ()):
            return f"{module}.{node.attr}"
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if (called(node), keyword.arg) in LACKING_KEYWORDS:
                return f"{called(node)}({keyword.arg}=)"
    return None


def sources() -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every Python source in a zone, executables without suffix included."""
    for folder in ("protocol", "firmware", "gateway", "tools"):
        for path in sorted((ROOT / folder).rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            if path.suffix == ".py" or (not path.suffix and is_script(path)):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def is_script(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(100)
    return first.startswith(b"#!") and b"python" in first


def test_every_source_keeps_the_rules():
    found = [line for path, text in sources() for line in violations(path, text)]
    assert not found, "\n".join(found)


def test_the_rules_are_applied_to_something():
    assert any(path == "protocol/session.py" for path, _ in sources())


BROKEN = [
    ("protocol/a.py", "import gateway.spool", "must not import gateway"),
    ("protocol/a.py", "from tools import rig", "must not import tools"),
    ("protocol/a.py", "import asyncio", "must not import asyncio"),
    ("protocol/a.py", "def f():\n    import random", "must not import random"),
    ("protocol/a.py", "import time", "must not import time"),
    ("protocol/a.py", "import machine", "must not import machine"),
    ("protocol/a.py", "from cryptography import x", "must not import cryptography"),
    ("protocol/a.py", "import cryptolib", "must not import cryptolib"),
    ("protocol/a.py", "__import__('os')", "must not import os"),
    ("firmware/node/a.py", "__import__('gateway.' + a)", "must not import gateway"),
    ("firmware/node/a.py", "__import__(f'tools.{a}')", "must not import tools"),
    ("firmware/node/a.py", "__import__(a)", "must not import ?"),
    ("protocol/a.py", "print(1)", "no I/O"),
    ("protocol/a.py", "f = open", "no I/O"),
    ("protocol/a.py", "async def f():\n    pass", "no asyncio"),
    ("protocol/_compat.py", "import time", "no clock"),
    ("protocol/_compat.py", "from time import ticks_ms", "no clock"),
    ("protocol/_compat.py", "from time import sleep, ticks_add", "no clock"),
    ("protocol/_compat.py", "import random", "must not import random"),
    ("firmware/node/a.py", "import gateway", "must not import gateway"),
    ("firmware/node/a.py", "from tools.rig import x", "must not import tools"),
    ("firmware/node/a.py", "import tests.shared", "must not import tests"),
    ("firmware/node/a.py", "import cbor2", "must not import cbor2"),
    ("firmware/main.py", "import cryptography", "must not import cryptography"),
    ("firmware/node/a.py", "import network", "must not import network"),
    ("firmware/node/a.py", "def f():\n    import bluetooth", "must not import bluetooth"),
    ("firmware/node/a.py", "from socket import socket", "must not import socket"),
    ("firmware/node/a.py", "__import__('requests')", "must not import requests"),
    ("firmware/radio/a.py", "from protocol import airtime", "must not import protocol"),
    ("firmware/radio/a.py", "from node import app", "must not import node"),
    ("gateway/a.py", "import tools.rig", "must not import tools"),
    ("gateway/links/a.py", "from node.app import App", "must not import node"),
    ("gateway/a.py", "from firmware.node import app", "must not import firmware.node"),
    ("gateway/a.py", "import importlib\nimportlib.import_module('tools.x')", "tools.x"),
    ("gateway/a.py", "from tests.fakes import x", "must not import tests"),
    ("tools/a.py", "from gateway import app", "must not import gateway"),
    ("tools/rig/a.py", "from firmware import node", "must not import firmware"),
    ("tools/demo", "import hil_tests", "must not import hil_tests"),
    ("firmware/node/a.py", "from dataclasses import dataclass", "lacks dataclasses"),
    ("protocol/a.py", "from __future__ import annotations", "lacks __future__"),
    ("tools/rig/device/a.py", "import enum, typing, abc, contextlib", "lacks enum"),
    ("tools/rig/device/a.py", "import asyncio\nasyncio.TaskGroup()", "lacks asyncio.TaskGroup"),
    ("protocol/a.py", "import struct\nstruct.Struct('I')", "lacks struct.Struct"),
    ("protocol/a.py", "from struct import Struct", "lacks struct Struct"),
    ("protocol/a.py", "match 1:\n    case 1:\n        pass", "lacks match"),
    ("protocol/a.py", "def f(a, /):\n    pass", "lacks positional-only"),
    ("protocol/a.py", "class A(metaclass=type):\n    pass", "lacks keywords of a class"),
    ("protocol/a.py", "try:\n    pass\nexcept* OSError:\n    pass", "lacks trystar"),
    ("protocol/a.py", "b = [*a, 1]", "lacks a star inside"),
    ("protocol/a.py", "b = {**a}", "lacks two stars"),
    ("protocol/a.py", "(5).bit_length()", "bit_length"),
    ("protocol/a.py", "x.to_bytes(2, 'big', signed=True)", "signed="),
    ("firmware/node/a.py", "try:\n    x\nexcept TimeoutError:\n    pass", "lacks TimeoutError"),
]


@pytest.mark.parametrize(("path", "source", "words"), BROKEN)
def test_each_rule_can_fail(path, source, words):
    assert any(words in line for line in violations(path, source)), violations(path, source)


ALLOWED = [
    ("protocol/a.py", "import struct\nfrom binascii import crc32\nfrom protocol import cbor"),
    ("protocol/_compat.py", "from time import ticks_add, ticks_diff\nfrom cryptolib import aes"),
    ("protocol/a.py", "a, *b = c\nf(*a, **b)\nx: list[int] | None = None\nif (n := 3):\n    pass"),
    ("firmware/node/a.py", "import asyncio, machine\nfrom node import b\nimport radio.sx126x"),
    ("firmware/node/a.py", "__import__('node.sensors.' + a)"),
    ("firmware/radio/a.py", "import time\nfrom micropython import const\nfrom radio import b"),
    ("gateway/links/hat.py", "import asyncio\nfrom firmware.radio import sx126x\nimport protocol"),
    ("tools/rig/a.py", "from tools.rig import b\nfrom protocol import stream\nimport enum"),
    ("tests/a.py", "import gateway, tools, node"),
]


@pytest.mark.parametrize(("path", "source"), ALLOWED)
def test_what_is_allowed_passes(path, source):
    assert violations(path, source) == []
