"""One TOML file -> frozen dataclasses, checked whole before anything starts.

Place: `cli` -> here -> app.
Guarantee: every wrong field raises a ConfigError that names it (`serial[1].port`), shows the value
and says what would be right; unknown keys are wrong. What a file of secrets holds is never shown.
Nothing is created, opened or sent here.

The tables of the broker are in `config_mqtt`, those of links in `links.config`.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from gateway.config_mqtt import Mqtt, parse_mqtt
from gateway.credentials import too_open
from gateway.errors import ConfigError
from gateway.fields import Table
from gateway.links.config import (
    Hat,
    SerialPort,
    UdpPort,
    check_links,
    parse_hat,
    parse_serial,
    parse_udp,
)

_SECTIONS = (
    "gateway",
    "mqtt",
    "spool",
    "registry",
    "http",
    "log",
    "commands",
    "serial",
    "udp",
    "hat",
)
_SLUG = "lower-case letters, digits, '-' and '_' (it becomes part of a topic)"
_STATE = "/var/lib/neckar"


@dataclass(frozen=True)
class Spool:
    """What the disk may hold while the broker is away; the oldest is dropped beyond."""

    path: Path
    max_mb: int
    max_age_days: float
    commit_ms: int
    min_free_mb: float


@dataclass(frozen=True)
class Registry:
    """Who may be heard; `key_file` holds the private key that nodes' keys are sealed to."""

    path: Path
    key_file: Path | None


@dataclass(frozen=True)
class Http:
    """Where metrics and health are asked for, on 127.0.0.1; port 0: nowhere."""

    port: int


@dataclass(frozen=True)
class Log:
    """What is logged, and how: `auto` is the journal under systemd, else text."""

    level: str
    format: str


@dataclass(frozen=True)
class Commands:
    """Commands to nodes: where they wait, how many for each node, and for how long."""

    path: Path
    max_queued: int
    default_expiry_s: int


@dataclass(frozen=True)
class Config:
    """All of it; `late_after_s` is the age beyond which a reading is published as late.

    `warnings`: lines that an operator has to see at each start.
    """

    gateway: str
    city: str
    late_after_s: int
    status_s: float
    mqtt: Mqtt
    spool: Spool
    registry: Registry
    http: Http
    log: Log
    commands: Commands
    serial: tuple[SerialPort, ...] = ()
    udp: tuple[UdpPort, ...] = ()
    hat: tuple[Hat, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def links(self) -> tuple[SerialPort | UdpPort | Hat, ...]:
        """Return the links of every kind."""
        return (*self.serial, *self.udp, *self.hat)


def load(path: Path) -> Config:
    """Read and check a configuration file, or raise ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as e:
        raise ConfigError("config file", str(path), f"a readable UTF-8 file ({e})") from e
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        raise ConfigError("config file", str(path), f"TOML ({e})") from e
    return _config(Table("", document), path.parent)


def _config(root: Table, folder: Path) -> Config:
    root.expect(*_SECTIONS)
    gateway = root.table("gateway")
    warnings: list[str] = []
    registry = _registry(root.table("registry"), folder, warnings)
    config = Config(
        gateway=gateway.text("id", pattern=r"[a-z0-9_-]+", wanted=_SLUG),
        city=gateway.text("city", pattern=r"[a-z0-9_-]+", wanted=_SLUG),
        late_after_s=gateway.integer("late_after_s", 1, 10**8, 300),
        status_s=gateway.number("status_s", 0.1, 86400, 30),
        mqtt=parse_mqtt(root.table("mqtt"), folder, warnings),
        spool=_spool(root.table("spool"), folder),
        registry=registry,
        http=_http(root.table("http")),
        log=_log(root.table("log")),
        commands=_commands(root.table("commands"), folder, registry),
        serial=tuple(parse_serial(t) for t in root.tables("serial")),
        udp=tuple(parse_udp(t) for t in root.tables("udp")),
        hat=tuple(parse_hat(t) for t in root.tables("hat")),
        warnings=tuple(warnings),
    )
    gateway.finish()
    check_links(config.serial, config.udp, config.hat)
    _stores_differ(config)
    return config


def _stores_differ(config: Config) -> None:
    """Refuse one file for two stores: each would find a database that is not its own."""
    taken: dict[Path, str] = {}
    stores = (
        ("spool", config.spool.path),
        ("registry", config.registry.path),
        ("commands", config.commands.path),
    )
    for name, path in stores:
        other = taken.setdefault(path.resolve(), name)
        if other != name:
            raise ConfigError(f"{name}.path", str(path), f"different from {other}.path")


def _spool(table: Table, folder: Path) -> Spool:
    spool = Spool(
        path=table.store("path", folder, f"{_STATE}/spool.db"),
        max_mb=table.integer("max_mb", 1, 10**6, 1024),
        max_age_days=table.number("max_age_days", 0.0001, 3660, 30),
        commit_ms=table.integer("commit_ms", 0, 10000, 20),
        min_free_mb=table.number("min_free_mb", 0, 10**6, 32),
    )
    table.finish()
    return spool


def _registry(table: Table, folder: Path, warnings: list[str]) -> Registry:
    registry = Registry(
        path=table.store("path", folder, f"{_STATE}/registry.db"),
        key_file=table.file("key_file", folder),
    )
    table.finish()
    if registry.key_file and (warning := too_open("registry.key_file", registry.key_file)):
        warnings.append(warning)
    return registry


def _http(table: Table) -> Http:
    http = Http(port=table.integer("port", 0, 65535, 9464))
    table.finish()
    return http


def _log(table: Table) -> Log:
    log = Log(
        level=table.choice("level", ("debug", "info", "warning", "error"), "info"),
        format=table.choice("format", ("auto", "journal", "json", "text"), "auto"),
    )
    table.finish()
    return log


def _commands(table: Table, folder: Path, registry: Registry) -> Commands:
    """Read [commands]; the queue lies beside the registry unless it is told another place."""
    commands = Commands(
        path=table.store("path", folder, str(registry.path.absolute().with_name("commands.db"))),
        max_queued=table.integer("max_queued", 1, 10_000, 64),
        default_expiry_s=table.integer("default_expiry_s", 1, 366 * 86400, 86400),
    )
    table.finish()
    return commands
