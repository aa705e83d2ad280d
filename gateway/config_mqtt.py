"""The table [mqtt] -> how to reach the city's broker, and how readings are handed over.

Place: under `config`; `tls` tries the certificates, `credentials` finds the files.
Guarantee: plain text to another machine is refused unless the operator says that it is meant.
The password is never part of `repr`, an error or a warning.
"""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway import credentials, tls
from gateway.errors import ConfigError
from gateway.fields import Table

_URL = "mqtt://host:port or mqtts://host:port"


@dataclass(frozen=True)
class Mqtt:
    """How to reach the city's broker, and how to hand readings over.

    cert_file, key_file   this gateway's own certificate, where the broker wants one
    allow_plaintext       the operator accepts that everybody on the way can read and change all
    samples_per_message   at most so many samples in one message
    linger_ms             how long a sample may wait for company in its message
    window                messages under way at once; the broker may ask for fewer
    expiry_s              MQTT 5: how long a broker keeps a message for somebody; 0: for ever
    timeout_s             how long a broker may acknowledge nothing
    retry_max_s           the longest pause between attempts
    """

    host: str
    port: int
    tls: bool = False
    version: str = "5"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    allow_plaintext: bool = False
    samples_per_message: int = 100
    linger_ms: int = 100
    window: int = 1000
    expiry_s: int = 0
    timeout_s: float = 10
    retry_max_s: float = 60

    @property
    def exposed(self) -> bool:
        """Say whether readings and the password leave this machine in plain text."""
        return not self.tls and not is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine for certain, whatever a resolver says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_mqtt(table: Table, folder: Path, warnings: list[str]) -> Mqtt:
    """Return what [mqtt] says; lines for the operator are added to `warnings`."""
    host, port, over_tls = _address(table.text("url"))
    password_file = table.file("password_file", folder)
    mqtt = Mqtt(
        host=host,
        port=port,
        tls=over_tls,
        version=table.choice("version", ("5", "3.1.1"), "5"),
        username=table.text("username", default=None),
        password=_password(password_file),
        ca_file=table.file("ca_file", folder),
        cert_file=table.file("cert_file", folder),
        key_file=table.file("key_file", folder),
        allow_plaintext=table.boolean("allow_plaintext", False),
        samples_per_message=table.integer("samples_per_message", 1, 10000, 100),
        linger_ms=table.integer("linger_ms", 0, 60_000, 100),
        window=table.integer("window", 1, 60_000, 1000),
        expiry_s=table.integer("expiry_s", 0, 2**32 - 1, 0),
        timeout_s=table.number("timeout_s", 0.1, 600, 10),
        retry_max_s=table.number("retry_max_s", 0.1, 3600, 60),
    )
    table.finish()
    _check_secrets(mqtt, password_file, warnings)
    _check_tls(mqtt)
    _check_plaintext(mqtt, warnings)
    return mqtt


def _address(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether it is TLS."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as e:
        raise ConfigError("mqtt.url", _without_credentials(url), _URL) from e
    if parts.username is not None or parts.password is not None:
        raise ConfigError("mqtt.url", "***", "without credentials: use username, password_file")
    if parts.scheme not in ("mqtt", "mqtts") or not host or parts.path.strip("/") or parts.query:
        raise ConfigError("mqtt.url", url, _URL)
    over_tls = parts.scheme == "mqtts"
    return host, port or (8883 if over_tls else 1883), over_tls


def _without_credentials(url: str) -> str:
    return "***" if "@" in url else url


def _password(path: Path | None) -> str | None:
    return credentials.read_line("mqtt.password_file", path) if path else None


def _check_secrets(mqtt: Mqtt, password_file: Path | None, warnings: list[str]) -> None:
    if password_file and mqtt.username is None:
        raise ConfigError("mqtt.username", "missing", "the user whose password_file is given")
    for name, path in (("password_file", password_file), ("key_file", mqtt.key_file)):
        if path and (warning := credentials.too_open(f"mqtt.{name}", path)):
            warnings.append(warning)


def _check_tls(mqtt: Mqtt) -> None:
    """Try certificates and keys now: an operator is there to read what is wrong."""
    names = ("ca_file", "cert_file", "key_file")
    if not mqtt.tls:
        for name in names:
            if (path := getattr(mqtt, name)) is not None:
                raise ConfigError(f"mqtt.{name}", str(path), "used with a url mqtts://, or removed")
        return
    if (mqtt.cert_file is None) != (mqtt.key_file is None):
        missing = "cert_file" if mqtt.cert_file is None else "key_file"
        raise ConfigError(f"mqtt.{missing}", "missing", "given: cert_file and key_file go together")
    tls.context(mqtt.ca_file, mqtt.cert_file, mqtt.key_file)


def _check_plaintext(mqtt: Mqtt, warnings: list[str]) -> None:
    if not mqtt.exposed:
        return
    url = f"mqtt://{mqtt.host}:{mqtt.port}"
    if not mqtt.allow_plaintext:
        wanted = "mqtts://, for it leaves this machine; or allow_plaintext = true with all its risk"
        raise ConfigError("mqtt.url", url, wanted)
    warnings.append(
        f"NOT ENCRYPTED: {url} (mqtt.allow_plaintext = true): everybody on the way can read and "
        "change readings, commands and the password"
    )
