"""Whatever an operator writes wrong is named in one line, before anything starts."""

import subprocess
import sys

import pytest

from gateway import config
from gateway.errors import ConfigError


def _load(tmp_path, text):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return config.load(path)


def test_a_good_file_loads_with_defaults(tmp_path, good):
    loaded = _load(tmp_path, good)
    assert loaded.mqtt.port == 1883
    assert loaded.mqtt.version == "5"
    assert loaded.spool.path == tmp_path / "spool.db"
    assert loaded.nodes[0].key == bytes(range(16))
    assert loaded.nodes[0].epoch == 1


RADIO = "[serial.radio]\nfrequency_hz = 868100000\n"


def test_a_modem_loads_with_defaults_and_with_all_its_fields(tmp_path, good):
    assert _load(tmp_path, good).serial[0].radio is None
    assert not _load(tmp_path, good).nodes[0].radio
    plain = _load(tmp_path, good.replace("[[node]]", f"{RADIO}[[node]]\nradio = true", 1))
    assert plain.serial[0].radio == config.Radio(868100000, 9, 14)
    assert plain.nodes[0].radio
    fields = f"{RADIO}sf = 12\ndownlink_dbm = 27\n"
    full = _load(tmp_path, good.replace("[[node]]", f"{fields}[[node]]", 1))
    assert full.serial[0].radio == config.Radio(868100000, 12, 27)


def test_several_modems_may_listen_to_one_channel_or_to_several(tmp_path, good):
    ports = "".join(
        f'[[serial]]\nport = "{tmp_path}/lora{i}"\n[serial.radio]\nfrequency_hz = {hz}\n'
        for i, hz in enumerate((868100000, 868100000, 868300000, 868500000))
    )
    loaded = _load(tmp_path, good.replace("[[node]]", f"{ports}[[node]]", 1))
    assert [port.radio and port.radio.frequency_hz for port in loaded.serial] == [
        None,
        868100000,
        868100000,
        868300000,
        868500000,
    ]


@pytest.mark.parametrize(
    ("fields", "field", "value", "wanted"),
    [
        ("", "frequency_hz", "missing", "whole number from 863000000 to 870000000"),
        ("frequency_hz = 868.1", "frequency_hz", "868.1", "whole number"),
        ("frequency_hz = 433000000", "frequency_hz", "433000000", "from 863000000"),
        ("frequency_hz = 868650000", "frequency_hz", "868650000", "sub-band of EU868"),
        ("frequency_hz = 868000000", "frequency_hz", "868000000", "channel of 125 kHz"),
        ("frequency_hz = 868100000\nsf = 6", "sf", "6", "from 7 to 12"),
        ("frequency_hz = 868100000\nsf = 13", "sf", "13", "from 7 to 12"),
        ("frequency_hz = 868100000\nsf = true", "sf", "True", "whole number"),
        ("frequency_hz = 868100000\ndownlink_dbm = 28", "downlink_dbm", "28", "from -9 to 27"),
        ("frequency_hz = 868100000\ndownlink_dbm = -10", "downlink_dbm", "-10", "from -9"),
        ("frequency_hz = 868100000\ndownlink_hz = 869525000", "downlink_hz", "8695", "unknown"),
        ("frequency_hz = 868100000\nantenna = 3", "antenna", "3", "unknown"),
    ],
)
def test_a_wrong_field_of_a_modem_is_named(tmp_path, good, fields, field, value, wanted):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good.replace("[[node]]", f"[serial.radio]\n{fields}\n[[node]]", 1))
    assert str(e.value).startswith(f"serial[0].radio.{field}")
    assert value in str(e.value)
    assert wanted in str(e.value)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("[[node]]", "[[node]]\nradio = 1", "node[0].radio", "1"),
        ("[[node]]", '[[node]]\nradio = "yes"', "node[0].radio", "'yes'"),
        ("[[serial]]", "[[serial]]\nradio = true", "serial[0].radio", "True"),
        ("[spool]", "[spool]\nmax_mbb = 1", "spool.max_mbb", "1"),
        ("[spool]", "[spol]\na = 1\n[spool]", "spol", "'a'"),
        ("[spool]", "[spool]\nmax_mb = '1'", "spool.max_mb", "'1'"),
        ("[spool]", "[spool]\nmax_mb = true", "spool.max_mb", "True"),
        ("[spool]", "[spool]\nmax_mb = 0", "spool.max_mb", "0"),
        ('path = "spool.db"', 'path = "no/spool.db"', "spool.path", "no/spool.db"),
        ('city = "heilbronn"', "", "gateway.city", "missing"),
        ('city = "heilbronn"', 'city = "Heil/bronn"', "gateway.city", "Heil/bronn"),
        ("mqtt://127.0.0.1:1883", "http://x", "mqtt.url", "http://x"),
        ("mqtt://127.0.0.1:1883", "mqtt://h:99999", "mqtt.url", "99999"),
        ("[mqtt]", '[mqtt]\nversion = "4"', "mqtt.version", "'4'"),
        ("[mqtt]", '[mqtt]\nca_file = "none.pem"', "mqtt.ca_file", "none.pem"),
        ("port = ", "prot = ", "serial[0].port", "missing"),
        ('name = "mast-1"', "name = 5", "serial[0].name", "5"),
        ("id = 17", "id = 70000", "node[0].id", "70000"),
        ("id = 17", 'id = "17"', "node[0].id", "'17'"),
        ('lab = "innenstadt"', 'lab = "gateways"', "node[0].lab", "gateways"),
        ('key_file = "17.key"', 'key_file = "18.key"', "node[0].key_file", "18.key"),
        ("[[serial]]", "[[node]]", "node[0]", "missing"),
        ("[gateway]", "[gateway", "config file", "gateway.toml"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(tmp_path, good, old, new, field, value):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good.replace(old, new, 1))
    assert str(e.value).startswith(field)
    assert value in str(e.value)
    assert ", should be " in str(e.value)
    assert "\n" not in str(e.value)


def test_two_ports_with_one_path_are_refused_even_through_a_link(tmp_path, good):
    (tmp_path / "alias").symlink_to(tmp_path / "tty0")
    second = f'\n[[serial]]\nname = "b"\nport = "{tmp_path}/alias"\n'
    with pytest.raises(ConfigError, match=r"serial\[1\]\.port"):
        _load(tmp_path, good + second)


@pytest.mark.parametrize("field", ["id", "name"])
def test_two_nodes_with_one_id_or_name_are_refused(tmp_path, good, field):
    other = {"id": "18", "name": '"air-18"'}
    other[field] = {"id": "17", "name": '"air-17"'}[field]
    second = "".join(f"{key} = {value}\n" for key, value in other.items())
    with pytest.raises(ConfigError, match=rf"node\[1\]\.{field}"):
        _load(tmp_path, f'{good}\n[[node]]\n{second}lab = "x"\nkey_file = "17.key"\n')


@pytest.mark.parametrize("key", ["", "00" * 15, "zz" * 16, "00" * 17])
def test_a_bad_key_is_refused_and_never_shown(tmp_path, good, key):
    (tmp_path / "17.key").write_text(key)
    with pytest.raises(ConfigError, match="32 hexadecimal digits") as e:
        _load(tmp_path, good)
    assert not key or key not in str(e.value)


def test_credentials_in_the_url_are_refused_and_not_shown(tmp_path, good):
    with pytest.raises(ConfigError, match=r"mqtt\.url") as e:
        _load(tmp_path, good.replace("mqtt://127", "mqtt://me:secret@127"))
    assert "secret" not in str(e.value)


def _run(tmp_path, text, *arguments):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    command = [sys.executable, "-m", "gateway", str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_the_command_ends_with_2_and_one_line(tmp_path, good):
    done = _run(tmp_path, good.replace("id = 17", "id = -1"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "node[0].id is -1, should be a whole number from 0 to 65535" in done.stderr
    assert not (tmp_path / "spool.db").exists()


def test_check_says_fine_and_ends_with_0(tmp_path, good):
    done = _run(tmp_path, good, "--check")
    assert done.returncode == 0
    assert "1 ports, 1 nodes" in done.stdout


def test_a_port_that_is_not_there_ends_with_2(tmp_path, good):
    (tmp_path / "tty0").unlink()
    done = _run(tmp_path, good)
    assert done.returncode == 2
    assert "serial[0].port" in done.stderr
    assert "plugged in" in done.stderr


def test_a_port_that_is_no_port_ends_with_2(tmp_path, good):
    done = _run(tmp_path, good)
    assert done.returncode == 2
    assert "serial[0].port" in done.stderr
