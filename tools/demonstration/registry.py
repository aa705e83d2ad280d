"""Registers nodes with a gateway as technicians' records do: sealed keys, and the command line.

Place: stage -> here -> `neckar-gateway nodes import` -> registry.db.
Guarantee: nothing is written into the gateway's files behind its back, and no key in clear.
The format of the records: docs/registry.md.
"""

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tools.demonstration.errors import DemoError
from tools.flashing import keys, record_format, sealing

_MADE = "2026-01-01T00:00:00Z"


class Registered(NamedTuple):
    """What a gateway has to know of a node."""

    address: int
    name: str
    lab: str
    key: bytes
    epoch: int = 1
    radio: bool = False


def write_private_key(path: Path) -> bytes:
    """Make a gateway's key file; return what nodes' keys are sealed to."""
    return keys.make_private_key(path)


def record(node: Registered, public: bytes) -> str:
    """Return a node's record as a line of JSON."""
    return json.dumps(
        {
            "record": record_format.FORMAT,
            "address": node.address,
            "epoch": node.epoch,
            "hardware": f"02{node.address:010x}",
            "radio": node.radio,
            "lab": node.lab,
            "point": node.name,
            "made": _MADE,
            "by": "tools/demo",
            "sealed": sealing.seal(node.key, node.address, node.epoch, [public]),
        }
    )


async def register(config: Path, public: bytes, nodes: Iterable[Registered]) -> None:
    """Have the gateway of a configuration import nodes; DemoError says why it did not."""
    lines = "".join(f"{record(node, public)}\n" for node in nodes)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "-c", str(config), "nodes", "import", "-", "--create"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(lines.encode())
    if process.returncode:
        raise DemoError(f"the gateway takes no nodes: {said.decode(errors='replace').strip()}")
