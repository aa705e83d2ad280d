"""The way to the broker: certificates and how long they last, and whether it can be reached.

Place: under `cli/check`.
Guarantee: no login, so a gateway that runs keeps its connection; no secret is shown.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from gateway import tls
from gateway.cli.findings import ERROR, OK, WARNING, Finding
from gateway.config_mqtt import Mqtt
from gateway.logs import utc

_SOON_S = 30 * 86_400


def files(config: Mqtt, now_s: float | None = None) -> Iterator[Finding]:
    """Yield until when each certificate of the configuration is valid."""
    now_s = time.time() if now_s is None else now_s
    if not config.tls:
        text = f"{config.host}:{config.port} without TLS"
        yield Finding(WARNING if config.exposed else OK, "broker", text)
        return
    if config.ca_file is None:
        yield Finding(OK, "broker's CA", "those of this system")
    for name, path in (("broker's CA", config.ca_file), ("own certificate", config.cert_file)):
        if path is not None:
            yield _file(name, path, now_s)


def _file(name: str, path: Path, now_s: float) -> Finding:
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as e:
        return Finding(ERROR, name, f"{path}: no certificates can be read ({e})")
    ends_s = [_end_s(certificate) for certificate in certificates]
    if name != "own certificate":  # of several CAs one is enough
        return expiry(name, str(path), max(ends_s), now_s)
    return expiry(name, str(path), min(ends_s), now_s)


def _end_s(certificate: x509.Certificate) -> float:
    # not_valid_after_utc came with cryptography 42.
    return certificate.not_valid_after_utc.timestamp()


def expiry(name: str, what: str, end_s: float, now_s: float) -> Finding:
    """Judge the end of a certificate."""
    if end_s <= now_s:
        return Finding(ERROR, name, f"{what} has expired on {utc(end_s)}: renew it")
    days = int((end_s - now_s) // 86_400)
    if end_s - now_s < _SOON_S:
        return Finding(WARNING, name, f"{what} expires in {days} days ({utc(end_s)}): renew it")
    return Finding(OK, name, f"{what} is valid until {utc(end_s)}")


def reach(config: Mqtt) -> Iterator[Finding]:
    """Connect to the broker, with TLS where it is to be; yield how far it came."""
    where = f"{config.host}:{config.port}"
    try:
        plain = socket.create_connection((config.host, config.port), config.timeout_s)
    except OSError as e:
        yield Finding(ERROR, "broker", f"{where} cannot be reached: {e.strerror or e}")
        return
    with plain:
        yield Finding(OK, "broker", f"{where} accepts connections")
        if config.tls:
            yield _shake_hands(config, plain)


def _shake_hands(config: Mqtt, plain: socket.socket) -> Finding:
    context = tls.context(config.ca_file, config.cert_file, config.key_file)
    try:
        with context.wrap_socket(plain, server_hostname=config.host) as line:
            shown = line.getpeercert() or {}
            version = line.version()
    except ssl.SSLCertVerificationError as e:
        return Finding(ERROR, "broker's certificate", f"not trusted: {e.verify_message}")
    except (OSError, ValueError) as e:
        return Finding(ERROR, "broker's certificate", f"no TLS: {getattr(e, 'reason', None) or e}")
    end_s = float(ssl.cert_time_to_seconds(str(shown["notAfter"])))
    return expiry("broker's certificate", f"verified, {version}; it", end_s, time.time())
