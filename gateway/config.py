"""One TOML file -> frozen dataclasses, checked whole before anything starts.

Place: `__main__` -> here -> app.
Guarantee: every wrong field raises a ConfigError that names it (`serial[1].port`), shows the value
and says what would be right; unknown keys are wrong. A key file's content is never shown.
"""

import re
import ssl
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import ConfigError
from gateway.fields import Table
from protocol.airtime import sub_band
from protocol.lora import BANDWIDTH_HZ, DEFAULT_SF

_URL = "mqtt://host:port or mqtts://host:port"
_SLUG = "lower-case letters, digits, '-' and '_' (it becomes part of a topic)"


@dataclass(frozen=True)
class Mqtt:
    """How to reach the city's broker, and how to hand readings over."""

    host: str
    port: int
    tls: bool
    version: str
    username: str | None
    password: str | None
    ca_file: Path | None
    samples_per_message: int
    timeout_s: float
    retry_max_s: float


@dataclass(frozen=True)
class Spool:
    """What the disk may hold while the broker is away; the oldest is dropped beyond."""

    path: Path
    max_mb: int
    max_age_days: float
    commit_ms: int
    min_free_mb: float


@dataclass(frozen=True)
class Radio:
    """What a LoRa modem listens to, and the power of its answers at the antenna's connector."""

    frequency_hz: int
    sf: int
    downlink_dbm: int


@dataclass(frozen=True)
class SerialPort:
    """A cable to a wired node, or to a LoRa modem if it has a `radio`.

    An `optional` port may be missing at the start.
    """

    name: str
    path: Path
    baud: int
    optional: bool
    radio: Radio | None = None


@dataclass(frozen=True)
class Node:
    """A node that may be heard: its address, key epoch and key, and where its topics lie.

    `radio`: it sends by LoRa, with the short tags of that.
    """

    id: int
    name: str
    lab: str
    epoch: int
    key: bytes
    radio: bool = False


@dataclass(frozen=True)
class Config:
    """All of it; `late_after_s` is the age beyond which a reading is published as late."""

    gateway: str
    city: str
    late_after_s: int
    status_s: float
    log_level: str
    mqtt: Mqtt
    spool: Spool
    serial: tuple[SerialPort, ...]
    nodes: tuple[Node, ...]


def load(path: Path) -> Config:
    """Read and check a configuration file, or raise ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError("config file", str(path), f"a readable UTF-8 file ({e})") from e
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError("config file", str(path), f"TOML ({e})") from e
    return _config(Table("", document), path.parent)


def _config(root: Table, folder: Path) -> Config:
    gateway = root.table("gateway")
    config = Config(
        gateway=gateway.text("id", pattern=r"[a-z0-9_-]+", wanted=_SLUG),
        city=gateway.text("city", pattern=r"[a-z0-9_-]+", wanted=_SLUG),
        late_after_s=gateway.integer("late_after_s", 1, 10**8, 300),
        status_s=gateway.number("status_s", 0.1, 86400, 30),
        log_level=gateway.choice("log_level", ("debug", "info", "warning", "error"), "info"),
        mqtt=_mqtt(root.table("mqtt"), folder),
        spool=_spool(root.table("spool"), folder),
        serial=tuple(_serial(t) for t in root.tables("serial")),
        nodes=tuple(_node(t, folder) for t in root.tables("node")),
    )
    gateway.finish()
    root.finish()
    if not config.serial:
        raise ConfigError("serial", [], "at least one [[serial]] table")
    _unique("serial", "port", [str(s.path.resolve()) for s in config.serial])
    _unique("serial", "name", [s.name for s in config.serial])
    _unique("node", "id", [n.id for n in config.nodes])
    _unique("node", "name", [n.name for n in config.nodes])
    return config


def _unique(table: str, field: str, values: list) -> None:
    for i, value in enumerate(values):
        if value in values[:i]:
            other = values.index(value)
            raise ConfigError(
                f"{table}[{i}].{field}", value, f"different from {table}[{other}].{field}"
            )


def _mqtt(table: Table, folder: Path) -> Mqtt:
    url = table.text("url")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as e:
        raise ConfigError("mqtt.url", url, _URL) from e
    if parts.scheme not in ("mqtt", "mqtts") or not host:
        raise ConfigError("mqtt.url", url, _URL)
    if parts.username or parts.password:
        raise ConfigError("mqtt.url", "***", "without credentials: use username, password_file")
    tls = parts.scheme == "mqtts"
    password_file = table.file("password_file", folder)
    mqtt = Mqtt(
        host=host,
        port=port or (8883 if tls else 1883),
        tls=tls,
        version=table.choice("version", ("5", "3.1.1"), "5"),
        username=table.text("username", default=None),
        password=_first_line(password_file, "mqtt.password_file") if password_file else None,
        ca_file=_certificates(table.file("ca_file", folder)),
        samples_per_message=table.integer("samples_per_message", 1, 10000, 100),
        timeout_s=table.number("timeout_s", 0.1, 600, 10),
        retry_max_s=table.number("retry_max_s", 0.1, 3600, 60),
    )
    table.finish()
    return mqtt


def _spool(table: Table, folder: Path) -> Spool:
    spool = Spool(
        path=folder / table.text("path", default="/var/lib/neckar/spool.db"),
        max_mb=table.integer("max_mb", 1, 10**6, 1024),
        max_age_days=table.number("max_age_days", 0.0001, 3660, 30),
        commit_ms=table.integer("commit_ms", 0, 10000, 20),
        min_free_mb=table.number("min_free_mb", 0, 10**6, 32),
    )
    table.finish()
    if not spool.path.parent.is_dir() or spool.path.is_dir():
        raise ConfigError("spool.path", str(spool.path), "a file in a folder that exists")
    return spool


def _serial(table: Table) -> SerialPort:
    path = table.text("port")
    port = SerialPort(
        name=table.text("name", default=path),
        path=Path(path),
        baud=table.integer("baud", 1200, 4_000_000, 115200),
        optional=table.boolean("optional", False),
        radio=_radio(table.table("radio")) if table.has("radio") else None,
    )
    table.finish()
    return port


def _radio(table: Table) -> Radio:
    radio = Radio(
        frequency_hz=table.integer("frequency_hz", 863_000_000, 870_000_000),
        sf=table.integer("sf", 7, 12, DEFAULT_SF),
        downlink_dbm=table.integer("downlink_dbm", -9, 27, 14),
    )
    try:
        sub_band(radio.frequency_hz, BANDWIDTH_HZ)
    except ValueError as e:
        wanted = "the centre of a channel of 125 kHz in a sub-band of EU868"
        raise ConfigError(f"{table.path}.frequency_hz", radio.frequency_hz, wanted) from e
    table.finish()
    return radio


def _node(table: Table, folder: Path) -> Node:
    key_file = table.file("key_file", folder, required=True)
    assert key_file is not None  # noqa: S101 - for the type checker: required
    node = Node(
        id=table.integer("id", 0, 65535),
        name=table.text("name", pattern=r"[a-z0-9_-]+", wanted=_SLUG),
        lab=table.text("lab", pattern=r"(?!gateways$)[a-z0-9_-]+", wanted=_SLUG),
        epoch=table.integer("epoch", 0, 2**32 - 1, 1),
        key=_key(key_file, f"{table.path}.key_file"),
        radio=table.boolean("radio", False),
    )
    table.finish()
    return node


def _certificates(path: Path | None) -> Path | None:
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, OSError) as e:
        raise ConfigError("mqtt.ca_file", str(path), f"a file of PEM certificates ({e})") from e
    return path


def _first_line(path: Path, field: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(field, str(path), f"a readable text file ({e})") from e


def _key(path: Path, field: str) -> bytes:
    text = _first_line(path, field)
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        raise ConfigError(field, str(path), "a file with one key of 32 hexadecimal digits")
    return bytes.fromhex(text)
