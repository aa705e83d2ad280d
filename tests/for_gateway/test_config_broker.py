"""Whatever an operator writes wrong about the broker; plain text that would leave this machine."""

import pytest

from gateway import config
from gateway.config_mqtt import Mqtt, is_loopback
from gateway.errors import ConfigError

LOCAL = "mqtt://127.0.0.1:1883"


def _load(tmp_path, text):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return config.load(path)


def _refusal(tmp_path, text):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, text)
    assert "\n" not in str(e.value)
    return str(e.value)


def test_all_fields_load(tmp_path, good):
    (tmp_path / "secret").write_text(" pässword \n")
    (tmp_path / "secret").chmod(0o600)
    fields = """[mqtt]
version = "3.1.1"
username = "gw-1"
password_file = "secret"
samples_per_message = 10
linger_ms = 0
window = 20
expiry_s = 3600
timeout_s = 1.5
retry_max_s = 7
"""
    loaded = _load(tmp_path, good.replace("[mqtt]\n", fields))
    assert loaded.mqtt == Mqtt(
        "127.0.0.1",
        1883,
        version="3.1.1",
        username="gw-1",
        password="pässword",  # noqa: S106
        samples_per_message=10,
        linger_ms=0,
        window=20,
        expiry_s=3600,
        timeout_s=1.5,
        retry_max_s=7,
    )
    assert "pässword" not in repr(loaded)
    assert loaded.warnings == ()


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        ("samples_per_message = 0", "mqtt.samples_per_message", "0"),
        ("linger_ms = -1", "mqtt.linger_ms", "-1"),
        ("linger_ms = 0.5", "mqtt.linger_ms", "0.5"),
        ("window = 0", "mqtt.window", "0"),
        ("window = 65536", "mqtt.window", "65536"),
        ("expiry_s = -1", "mqtt.expiry_s", "-1"),
        ("expiry_s = 4294967296", "mqtt.expiry_s", "4294967296"),
        ("timeout_s = 0", "mqtt.timeout_s", "0"),
        ("timeout_s = true", "mqtt.timeout_s", "True"),
        ('retry_max_s = "60"', "mqtt.retry_max_s", "'60'"),
        ("version = 5", "mqtt.version", "5"),
        ("username = 5", "mqtt.username", "5"),
        ('username = ""', "mqtt.username", "''"),
        ("password_file = 5", "mqtt.password_file", "5"),
        ('password_file = "none"', "mqtt.password_file", "none"),
        ('username = "u"\npassword_file = "."', "mqtt.password_file", "file that exists"),
        ('password_file = "17.key"', "mqtt.username", "missing"),
        ('allow_plaintext = "yes"', "mqtt.allow_plaintext", "'yes'"),
        ('ca_file = "17.key"', "mqtt.ca_file", "mqtts://"),
        ('cert_file = "17.key"', "mqtt.cert_file", "mqtts://"),
        ('key_file = "17.key"', "mqtt.key_file", "mqtts://"),
        ('ca_file = "none.pem"', "mqtt.ca_file", "none.pem"),
        ("qos = 1", "mqtt.qos", "unknown"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(tmp_path, good, fields, field, value):
    said = _refusal(tmp_path, good.replace("[mqtt]", f"[mqtt]\n{fields}"))
    assert said.startswith(field)
    assert value in said
    assert ", should be " in said


@pytest.mark.parametrize(
    "url",
    [
        "http://broker.example",
        "broker.example:1883",
        "mqtt://",
        "mqtts://:8883",
        "mqtts://h:0x10",
        "mqtts://h:99999",
        "mqtts://[::1",
        "mqtts://broker..local",
        "mqtts://broker.example/topic",
        "mqtts://broker.example?tls=no",
    ],
)
def test_a_url_that_is_none_is_named(tmp_path, good, url):
    said = _refusal(tmp_path, good.replace(LOCAL, url))
    assert said.startswith(f"mqtt.url is {url!r}, should be ")


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("mqtt://localhost", "localhost", 1883),
        ("mqtt://127.8.8.8:1", "127.8.8.8", 1),
        ("mqtt://[::1]", "::1", 1883),
        ("mqtts://broker.example", "broker.example", 8883),
        ("mqtts://bröker.example/", "xn--brker-kua.example", 8883),
    ],
)
def test_a_good_url_needs_no_permission(tmp_path, good, url, host, port):
    loaded = _load(tmp_path, good.replace(LOCAL, url))
    assert (loaded.mqtt.host, loaded.mqtt.port) == (host, port)
    assert not loaded.mqtt.exposed
    assert loaded.warnings == ()


ELSEWHERE = ["broker.example", "10.0.0.1", "localhost.example", "0.0.0.1", "[2001:db8::1]", "127.1"]


@pytest.mark.parametrize("host", ELSEWHERE)
def test_plain_text_to_another_machine_is_refused(tmp_path, good, host):
    said = _refusal(tmp_path, good.replace("127.0.0.1", host))
    assert said.startswith("mqtt.url is ")
    assert "mqtts://" in said
    assert "allow_plaintext = true" in said


def test_plain_text_that_is_allowed_is_a_warning_at_each_start(tmp_path, good):
    text = good.replace(LOCAL, "mqtt://broker.example")
    loaded = _load(tmp_path, text.replace("[mqtt]", "[mqtt]\nallow_plaintext = true"))
    assert loaded.mqtt.exposed
    (warning,) = loaded.warnings
    assert warning.startswith("NOT ENCRYPTED: mqtt://broker.example:1883 ")
    assert "\n" not in warning


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.255.254", "::1"])
def test_loopback_is_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.", "128.0.0.1", "::", "fe80::1%lo", "loopback"])
def test_whatever_may_be_another_machine_is_not_loopback(host):
    assert not is_loopback(host)
