"""Certificates that end, brokers that are somebody else: `check` says so before the night."""

import socket
import ssl
import threading

import pytest

from gateway.cli import check_broker
from gateway.cli.findings import ERROR, OK, WARNING
from gateway.config_mqtt import Mqtt
from tests.for_gateway.certificates import Authority

NOW_S = 1_800_000_000.0


@pytest.mark.parametrize(
    ("days", "level"), [(-1, ERROR), (0.5, WARNING), (29, WARNING), (31, OK), (3650, OK)]
)
def test_a_certificate_is_named_before_it_ends(days, level):
    found = check_broker.expiry("it", "a.pem", NOW_S + days * 86400, NOW_S)
    assert found.level == level


def test_certificates_of_the_configuration_are_looked_at(tmp_path):
    ca, old = Authority(tmp_path, "ca"), Authority(tmp_path, "old")
    certificate, key = ca.issue("gw-1", days=60)
    expired, _ = old.issue("expired", days=-3)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(certificate.read_bytes() + expired.read_bytes())
    both = tmp_path / "both.pem"
    both.write_bytes(expired.read_bytes() + certificate.read_bytes())
    config = Mqtt("broker.example", 8883, True, ca_file=both, cert_file=chain, key_file=key)
    found = list(check_broker.files(config))
    assert [(f.level, f.what) for f in found] == [
        (OK, "broker's CA"),  # of several that are trusted one is enough
        (ERROR, "own certificate"),
    ]
    config = Mqtt("broker.example", 8883, True, cert_file=certificate, key_file=key)
    assert [f.level for f in check_broker.files(config)] == [OK, OK]


def test_a_file_without_certificates_is_an_error(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    config = Mqtt("broker.example", 8883, True, ca_file=tmp_path / "ca.pem")
    assert [f.level for f in check_broker.files(config)] == [ERROR]


class TlsBroker:
    """Accepts connections and shakes hands; knows no MQTT."""

    def __init__(self, certificate, key):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def _serve(self):
        line, _ = self._socket.accept()
        try:
            with self._context.wrap_socket(line, server_side=True) as safe:
                safe.recv(1)
        except OSError:  # the other side does not trust us
            line.close()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._thread.join(10)
        self._socket.close()


@pytest.mark.parametrize(
    ("host", "days", "level", "said"),
    [
        ("127.0.0.1", 365, OK, "is valid until"),
        ("127.0.0.1", 5, WARNING, "expires in"),
        ("127.0.0.1", -2, ERROR, "not trusted: certificate has expired"),
        ("10.0.0.1", 365, ERROR, "not trusted: "),
    ],
)
def test_the_certificate_of_the_broker_is_looked_at_on_the_way(tmp_path, host, days, level, said):
    ca = Authority(tmp_path, "ca")
    with TlsBroker(*ca.issue("broker", host, days)) as broker:
        config = Mqtt("127.0.0.1", broker.port, tls=True, ca_file=ca.ca, timeout_s=5)
        reached, shown = check_broker.reach(config)
    assert reached.level == OK
    assert shown.level == level
    assert said in shown.text


def test_a_broker_that_is_not_trusted_is_an_error(tmp_path):
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    with TlsBroker(*other.issue("broker", "127.0.0.1")) as broker:
        config = Mqtt("127.0.0.1", broker.port, tls=True, ca_file=ours.ca, timeout_s=5)
        _, shown = check_broker.reach(config)
    assert shown.level == ERROR
