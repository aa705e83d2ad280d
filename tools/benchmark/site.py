"""A gateway's folder as an operator makes it: configuration, private key, registered nodes.

Place: benchmark and soak -> here -> files, and `neckar-gateway nodes import` -> registry.db.
Guarantee: the gateway's own command line registers the nodes; nothing is written into its files
behind its back. Keys of nodes are sealed as `tools/flash` seals them (docs/registry.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tools.benchmark.sealing import EPOCH
from tools.demonstration.registry import Registered, register, write_private_key

LAB = "bench"


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
        """Write the configuration: what is not named is as it is by default."""
        self.store.mkdir(exist_ok=True)
        key_file = self.folder / "gateway.key"
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
        """Register nodes, (address, key) each; DemoError where the gateway refuses them."""
        known = (Registered(n, f"{LAB}-{n}", LAB, key, EPOCH) for n, key in nodes)
        await register(self.config, write_private_key(self.folder / "gateway.key"), known)
