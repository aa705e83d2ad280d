"""TLS to the broker: who it has to be, and who we are.

Place: [mqtt] -> here -> broker.
Guarantee: TLS 1.2 or newer, the broker's certificate is verified up to a trusted CA, and the name
in it is the host of the url; there is no switch to do without. A key that needs a passphrase is
refused at once: a service has nobody to ask.
"""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import ConfigError

if TYPE_CHECKING:
    from gateway.config_mqtt import Mqtt


class _EncryptedError(Exception):
    pass


def context(ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts `ca_file` (None: the system), and shows our certificate.

    ConfigError names the file that cannot be used, and never what is in it.
    """
    made = _trusting(ca_file)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if cert_file and key_file:
        _show(made, cert_file, key_file)
    return made


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as e:
        wanted = f"a file of PEM certificates ({_reason(e)})"
        raise ConfigError("mqtt.ca_file", str(ca_file), wanted) from e


def _show(made: ssl.SSLContext, cert_file: Path, key_file: Path) -> None:
    """Load our certificate and key into the context."""
    for name, path in (("cert_file", cert_file), ("key_file", key_file)):
        try:
            path.open("rb").close()
        except OSError as e:
            wanted = f"a readable file ({e.strerror})"
            raise ConfigError(f"mqtt.{name}", str(path), wanted) from e

    def ask() -> bytes:
        raise _EncryptedError

    try:
        # Without `ask` OpenSSL would wait for a passphrase at a terminal.
        made.load_cert_chain(cert_file, key_file, password=ask)
    except _EncryptedError as e:
        wanted = "a key without a passphrase (openssl pkey -in KEY -out NEW); protect the file"
        raise ConfigError("mqtt.key_file", str(key_file), wanted) from e
    except (ssl.SSLError, OSError) as e:
        raise _unusable(cert_file, key_file, e) from e


def _unusable(cert_file: Path, key_file: Path, error: OSError) -> ConfigError:
    if "MISMATCH" in str(error):
        return ConfigError("mqtt.key_file", str(key_file), f"the key of {cert_file}")
    try:  # OpenSSL does not say which of the two it could not read
        ssl.create_default_context(cafile=cert_file)
    except OSError:
        return ConfigError("mqtt.cert_file", str(cert_file), "a certificate in PEM")
    return ConfigError("mqtt.key_file", str(key_file), f"a private key in PEM ({_reason(error)})")


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)


def of(config: "Mqtt") -> ssl.SSLContext | None:
    """Return the context of a connection, or None where it is in plain text."""
    if not config.tls:
        return None
    return context(config.ca_file, config.cert_file, config.key_file)
