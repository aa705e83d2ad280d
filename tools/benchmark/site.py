"""A gateway's folder as an operator makes it: configuration, private key, registered nodes.

Place: benchmark and soak -> here -> files, and `neckar-gateway nodes import` -> registry.db.
Guarantee: the gateway's own command line registers the nodes; nothing is written into its files
behind its back. Keys of nodes are sealed as `tools/flash` seals them (docs/registry.md).
"""

import asyncio
import base64
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tools.benchmark.errors import BenchError
from tools.benchmark.sealing import EPOCH

LAB = "bench"
_PRIVATE = hashlib.sha256(b"a gateway that is measured").digest()
_MADE = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Site:
    """`ports` by name; `settings` are lines of TOML by table, beside what every site has."""

    folder: Path
    city: str
    broker_port: int
    mqtt: str
    ports: dict[str, Path]
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """Return the path of the configuration."""
        return self.folder / "gateway.toml"

    @property
    def store(self) -> Path:
        """Return the folder of everything that the gateway writes."""
        return self.folder / "store"

    def write(self) -> None:
        """Write the configuration and the private key: what is not named is as it is by default."""
        self.store.mkdir(exist_ok=True)
        key_file = self.folder / "gateway.key"
        key_file.write_bytes(base64.b64encode(_PRIVATE) + b"\n")
        key_file.chmod(0o600)
        tables = {
            "gateway": f'id = "{self.city}"\ncity = "{self.city}"\n',
            "mqtt": f'url = "mqtt://127.0.0.1:{self.broker_port}"\nversion = "{self.mqtt}"\n',
            "spool": f'path = "{self.store / "spool.db"}"\n',
            "registry": f'path = "{self.store / "registry.db"}"\nkey_file = "{key_file}"\n',
            "http": "port = 0\n",
        }
        for name, lines in self.settings.items():
            tables[name] = tables.get(name, "") + lines + "\n"
        text = "".join(f"[{name}]\n{lines}" for name, lines in tables.items())
        for name, path in self.ports.items():
            text += f'[[serial]]\nname = "{name}"\nport = "{path}"\noptional = true\n'
        self.config.write_text(text, encoding="utf-8")

    async def register(self, nodes: Iterable[tuple[int, bytes]]) -> None:
        """Register nodes, (address, key) each; BenchError where the gateway refuses them."""
        records = self.folder / "nodes.jsonl"
        public = X25519PrivateKey.from_private_bytes(_PRIVATE).public_key()
        gateway = hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]
        suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
        with records.open("w", encoding="utf-8") as file:
            for address, key in nodes:
                info = b"neckar key 1 %d/%d" % (address, EPOCH)
                sealed = base64.b64encode(suite.encrypt(key, public, info=info)).decode()
                file.write(json.dumps(_record(address) | {"sealed": {gateway: sealed}}) + "\n")
        await self._run("nodes", "import", "--create", str(records))

    async def _run(self, *words: str) -> None:
        command = (sys.executable, "-m", "gateway", "-c", str(self.config), *words)
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        if process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise BenchError(f"neckar-gateway {' '.join(words[:2])}: {''.join(last)}")


def _record(address: int) -> dict[str, object]:
    return {
        "record": "neckar/node/1",
        "address": address,
        "epoch": EPOCH,
        "hardware": f"{address:012x}",
        "lab": LAB,
        "point": f"bench-{address}",
        "made": _MADE,
        "by": "tools/bench",
    }
