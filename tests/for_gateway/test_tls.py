"""Brokers that are not who they say, keys that do not fit, and a real mosquitto behind TLS."""

import asyncio
import ssl

import aiomqtt
import pytest

from gateway import config, tls
from gateway.broker import Broker
from gateway.config_mqtt import Mqtt
from gateway.errors import ConfigError
from tests.brokers import TestBroker, mosquitto
from tests.for_gateway.certificates import Authority

needs_mosquitto = pytest.mark.skipif(mosquitto() is None, reason="needs mosquitto, for TLS")


@pytest.fixture
def ours(tmp_path):
    """Return the city's CA."""
    return Authority(tmp_path, "city")


def _load(tmp_path, good, fields):
    path = tmp_path / "gateway.toml"
    path.write_text(good.replace('url = "mqtt://127', f'{fields}\nurl = "mqtts://127'))
    return config.load(path)


def test_a_ca_and_a_certificate_of_our_own_load(tmp_path, good, ours):
    ours.issue("gw")
    fields = 'ca_file = "city.pem"\ncert_file = "gw.crt"\nkey_file = "gw.key"'
    loaded = _load(tmp_path, good, fields)
    assert loaded.mqtt.tls
    assert loaded.mqtt.ca_file == tmp_path / "city.pem"
    assert loaded.mqtt.key_file == tmp_path / "gw.key"
    assert loaded.warnings == ()


def test_a_private_key_that_others_can_read_is_a_warning(tmp_path, good, ours):
    ours.issue("gw")[1].chmod(0o644)
    (warning,) = _load(tmp_path, good, 'cert_file = "gw.crt"\nkey_file = "gw.key"').warnings
    assert warning.startswith("mqtt.key_file: ")


@pytest.mark.parametrize(
    ("fields", "field", "wanted"),
    [
        ('cert_file = "gw.crt"', "mqtt.key_file", "go together"),
        ('key_file = "gw.key"', "mqtt.cert_file", "go together"),
        ('cert_file = "gw.crt"\nkey_file = "locked.key"', "mqtt.key_file", "without a passphrase"),
        ('cert_file = "gw.crt"\nkey_file = "other.key"', "mqtt.key_file", "the key of "),
        ('cert_file = "gw.crt"\nkey_file = "gw.crt"', "mqtt.key_file", "a private key in PEM"),
        ('cert_file = "gw.key"\nkey_file = "gw.key"', "mqtt.cert_file", "a certificate in PEM"),
        ('cert_file = "none"\nkey_file = "gw.key"', "mqtt.cert_file", "exists"),
        ('ca_file = "gw.key"', "mqtt.ca_file", "PEM certificates"),
        ('ca_file = "tty0"', "mqtt.ca_file", "PEM certificates"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path, good, ours, fields, field, wanted):
    ours.issue("gw")
    ours.issue("other")
    ours.issue("locked", passphrase="open sesame")  # noqa: S106 - of a test
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good, fields)
    assert str(e.value).startswith(f"{field} is ")
    assert wanted in str(e.value)
    assert "\n" not in str(e.value)
    assert "PRIVATE" not in str(e.value)


def test_nothing_older_than_tls_1_2_and_no_way_around_verification():
    made = tls.context(None, None, None)
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
    assert made.verify_mode == ssl.CERT_REQUIRED
    assert made.check_hostname


class Behind:
    """A mosquitto behind TLS; `connect` as a gateway with these settings."""

    def __init__(self, tmp_path, files, extra=""):
        certificate, key = files
        lines = f"certfile {certificate}\nkeyfile {key}\n{extra}"
        self.broker = TestBroker(tmp_path, lines)

    async def deliver(self, host="127.0.0.1", **fields):
        """Deliver one message, or raise."""
        mqtt = Mqtt(host, self.broker.port, tls=True, timeout_s=5, **fields)
        async with Broker(mqtt, "gw", None) as broker:
            await broker.deliver([("a/b", bytes(30_000))] * 200)  # more than any buffer takes

    def reason(self, **fields):
        """Return why a delivery fails."""
        with pytest.raises(aiomqtt.MqttError) as e:
            self.run(**fields)
        return str(e.value)

    def run(self, **fields):
        """Start the broker and deliver one message."""
        self.broker.start()
        try:
            asyncio.run(self.deliver(**fields))
        finally:
            self.broker.stop()


@needs_mosquitto
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_of_our_ca_is_delivered_to(tmp_path, ours, version):
    Behind(tmp_path, ours.issue("broker", "127.0.0.1")).run(ca_file=ours.ca, version=version)


@needs_mosquitto
def test_a_broker_of_another_ca_is_refused(tmp_path, ours):
    stranger = Authority(tmp_path, "stranger")
    behind = Behind(tmp_path, ours.issue("broker", "127.0.0.1"))
    assert "the broker's certificate is refused: " in behind.reason(ca_file=stranger.ca)


@needs_mosquitto
def test_a_ca_of_our_own_is_not_trusted_by_the_system(tmp_path, ours):
    assert "refused" in Behind(tmp_path, ours.issue("broker", "127.0.0.1")).reason()


@needs_mosquitto
def test_a_certificate_for_another_host_is_refused(tmp_path, ours):
    behind = Behind(tmp_path, ours.issue("broker", "broker.example"))
    assert "127.0.0.1" in behind.reason(ca_file=ours.ca)


@needs_mosquitto
def test_an_expired_certificate_is_refused(tmp_path, ours):
    behind = Behind(tmp_path, ours.issue("broker", "127.0.0.1", days=-1))
    assert "expired" in behind.reason(ca_file=ours.ca)


@needs_mosquitto
class TestOfAClient:
    """A broker that wants to know who we are."""

    @pytest.fixture
    def behind(self, tmp_path, ours):
        extra = f"cafile {ours.ca}\nrequire_certificate true"
        return Behind(tmp_path, ours.issue("broker", "127.0.0.1"), extra)

    def test_our_certificate_lets_us_in(self, ours, behind):
        certificate, key = ours.issue("gw")
        behind.run(ca_file=ours.ca, cert_file=certificate, key_file=key)

    def test_without_one_the_reason_is_said_at_once(self, ours, behind):
        assert "certificate required" in behind.reason(ca_file=ours.ca)

    def test_one_of_a_stranger_is_refused(self, tmp_path, ours, behind):
        certificate, key = Authority(tmp_path, "stranger").issue("gw")
        said = behind.reason(ca_file=ours.ca, cert_file=certificate, key_file=key)
        assert "unknown ca" in said
