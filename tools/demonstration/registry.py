"""Registers nodes with a gateway as technicians' records do: sealed keys, and the command line.

Place: stage -> here -> `neckar-gateway nodes import` -> registry.db.
Guarantee: nothing is written into the gateway's files behind its back, and no key in clear.
The format of the records: docs/registry.md.
"""

import asyncio
import base64
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tools.demonstration.errors import DemoError

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_MADE = "2026-01-01T00:00:00Z"


class Registered(NamedTuple):
    """What a gateway has to know of a node."""

    address: int
    name: str
    lab: str
    key: bytes
    epoch: int = 1
    radio: bool = False


def write_private_key(path: Path) -> X25519PublicKey:
    """Make a gateway's key file; return what nodes' keys are sealed to."""
    private = X25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(base64.b64encode(private.private_bytes_raw()) + b"\n")
    return private.public_key()


def record(node: Registered, public: X25519PublicKey) -> str:
    """Return a node's record as a line of JSON."""
    gateway = hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]
    info = b"neckar key 1 %d/%d" % (node.address, node.epoch)
    sealed = _SUITE.encrypt(node.key, public, info=info)
    return json.dumps(
        {
            "record": "neckar/node/1",
            "address": node.address,
            "epoch": node.epoch,
            "hardware": f"02{node.address:010x}",
            "radio": node.radio,
            "lab": node.lab,
            "point": node.name,
            "made": _MADE,
            "by": "tools/demo",
            "sealed": {gateway: base64.b64encode(sealed).decode()},
        }
    )


async def register(config: Path, public: X25519PublicKey, nodes: Iterable[Registered]) -> None:
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
