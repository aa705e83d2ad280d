"""Whatever an operator writes wrong is named in one line, before anything starts."""

import subprocess
import sys

import pytest

from gateway import config
from gateway.errors import ConfigError
from gateway.links.config import Radio


def _load(tmp_path, text):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return config.load(path)


def test_a_good_file_loads_with_defaults(tmp_path, good):
    loaded = _load(tmp_path, good)
    assert loaded.mqtt.port == 1883
    assert loaded.mqtt.version == "5"
    assert loaded.spool.path == tmp_path / "spool.db"
    assert loaded.registry == config.Registry(tmp_path / "registry.db", None)
    assert loaded.commands == config.Commands(tmp_path / "commands.db", 64, 86400)
    assert loaded.http == config.Http(9464)
    assert loaded.log == config.Log("info", "auto")
    assert loaded.warnings == ()


ALL = """
[http]
port = 0

[log]
level = "debug"
format = "json"

[commands]
path = "queue.db"
max_queued = 3
default_expiry_s = 60

[[udp]]
listen = "0.0.0.0:1700"
[[udp.concentrator]]
eui = "b827ebfffe000001"

[[hat]]
busy = 20
dio1 = 16
reset = 18
frequency_hz = 868300000
"""


def test_every_section_loads(tmp_path, good):
    loaded = _load(tmp_path, good + ALL)
    assert loaded.http.port == 0
    assert loaded.log == config.Log("debug", "json")
    assert loaded.commands == config.Commands(tmp_path / "queue.db", 3, 60)
    assert [type(link).__name__ for link in loaded.links] == ["SerialPort", "UdpPort", "Hat"]
    assert loaded.links == (*loaded.serial, *loaded.udp, *loaded.hat)


def test_one_link_of_any_kind_is_enough_and_none_is_too_few(tmp_path, good):
    without = good[: good.index("[[serial]]")]
    udp = '[[udp]]\nlisten = "[::]:1700"\n[[udp.concentrator]]\neui = "b827ebfffe000001"\n'
    assert len(_load(tmp_path, without + udp).links) == 1
    with pytest.raises(ConfigError, match="at least one link"):
        _load(tmp_path, without)


RADIO = "[serial.radio]\nfrequency_hz = 868100000\n"


def test_a_modem_loads_with_defaults_and_with_all_its_fields(tmp_path, good):
    assert _load(tmp_path, good).serial[0].radio is None
    assert _load(tmp_path, good + RADIO).serial[0].radio == Radio(868100000, 9, 14)
    full = _load(tmp_path, f"{good}{RADIO}sf = 12\ndownlink_dbm = 27\n")
    assert full.serial[0].radio == Radio(868100000, 12, 27)


def test_several_modems_may_listen_to_one_channel_or_to_several(tmp_path, good):
    ports = "".join(
        f'[[serial]]\nport = "{tmp_path}/lora{i}"\n[serial.radio]\nfrequency_hz = {hz}\n'
        for i, hz in enumerate((868100000, 868100000, 868300000, 868500000))
    )
    loaded = _load(tmp_path, good + ports)
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
        _load(tmp_path, f"{good}[serial.radio]\n{fields}\n")
    assert str(e.value).startswith(f"serial[0].radio.{field}")
    assert value in str(e.value)
    assert wanted in str(e.value)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("[[serial]]", "[[node]]\nid = 17\n[[serial]]", "node", "unknown"),
        ("[[serial]]", "[serial]", "serial", "a table with 'name', 'port'"),
        ("[gateway]", "[[gateway]]", "gateway", "[a table with 'id', 'city']"),
        ("[gateway]", '[gateway]\nlog_level = "info"', "gateway.log_level", "'info'"),
        ("[gateway]", "[gateway]\nlate_after_s = 0", "gateway.late_after_s", "0"),
        ("[gateway]", "[gateway]\nstatus_s = nan", "gateway.status_s", "nan"),
        ("[gateway]", "[gateway]\nstatus_s = inf", "gateway.status_s", "inf"),
        ("[spool]", "[spool]\ncommit_ms = 1.5", "spool.commit_ms", "1.5"),
        ('path = "registry.db"', "path = 7", "registry.path", "7"),
        ('path = "registry.db"', 'path = "."', "registry.path", "a file in a folder"),
        ('path = "registry.db"', 'path = "no/r.db"', "registry.path", "no/r.db"),
        ('path = "registry.db"', 'path = "spool.db"', "registry.path", "from spool.path"),
        ("[registry]", '[registry]\nkey_file = "no.key"', "registry.key_file", "no.key"),
        ("[registry]", "[registry]\nkey_file = true", "registry.key_file", "True"),
        ("[registry]", "[http]\nport = 70000\n[registry]", "http.port", "70000"),
        ("[registry]", '[http]\nport = "9464"\n[registry]', "http.port", "'9464'"),
        ("[registry]", "[http]\nhost = 1\n[registry]", "http.host", "known are port"),
        ("[registry]", '[log]\nlevel = "all"\n[registry]', "log.level", "'all'"),
        ("[registry]", '[log]\nformat = "xml"\n[registry]', "log.format", "'xml'"),
        ("[registry]", '[log]\nfile = "x"\n[registry]', "log.file", "unknown"),
        ("[registry]", "[commands]\nmax_queued = 0\n[registry]", "commands.max_queued", "0"),
        ("[registry]", "[commands]\ndefault_expiry_s = 0\n[registry]", "commands.def", "0"),
        ("[registry]", '[commands]\npath = "spool.db"\n[registry]', "commands.path", "spool"),
        ("[registry]", "[commands]\nmax = 1\n[registry]", "commands.max", "unknown"),
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
        ("port = ", "prot = ", "serial[0].prot", "tty0"),
        ('name = "mast-1"', "name = 5", "serial[0].name", "5"),
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


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("[spool]", "[spol]", "spol is a table with 'path', should be spool? it is unknown"),
        ("[registry]", "[regstry]", "regstry is a table with 'path', should be registry?"),
        ("[[serial]]", "[[serials]]", "should be serial? it is unknown"),
        ("[spool]", "[spool]\nmax_mbb = 1", "spool.max_mbb is 1, should be spool.max_mb?"),
        ("port = ", "prot = ", "should be serial[0].port?"),
        ("url = ", "ulr = ", "(is mqtt.ulr meant?)"),
        ("[mqtt]", "[mqtt]\ntopic = 1", "mqtt.topic is 1, should be removed: it is unknown"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest_known_one(tmp_path, good, old, new, meant):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good.replace(old, new, 1))
    assert meant in str(e.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[mqtt]", '[mqtt]\npassword = "hunter2"'),
        ("[mqtt]", '[mqtt]\npasswrd = "hunter2"'),
        ("[mqtt]", '[mqqt]\npassword = "hunter2"\n[mqtt]'),
        ("[mqtt]", '[[mqtt]]\npassword = "hunter2"'),
        ("[gateway]", '[gateway]\napi_token = "hunter2"'),
        ("[registry]", '[registry]\nprivate_key = "hunter2"'),
        ("[registry]", '[registry]\nkey = "hunter2"'),
        ("mqtt://127", "mqtt://me:hunter2@[127"),
        ("mqtt://127", "mqtt://hunter2@127"),
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_shown(tmp_path, good, old, new):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good.replace(old, new, 1))
    assert "hunter2" not in str(e.value)


def test_an_endless_value_is_shown_in_part(tmp_path, good):
    with pytest.raises(ConfigError) as e:
        _load(tmp_path, good.replace("heilbronn", "x/" * 5000))
    assert len(str(e.value)) < 400


@pytest.mark.parametrize("text", ["a = " + "[" * 20000, "\x00", "a = 1\na = 2", "[a]\n[a]"])
def test_what_is_no_toml_is_said_in_one_line(tmp_path, text):
    with pytest.raises(ConfigError, match="TOML") as e:
        _load(tmp_path, text)
    assert "\n" not in str(e.value)


def test_credentials_in_the_url_are_refused_and_not_shown(tmp_path, good):
    with pytest.raises(ConfigError, match=r"mqtt\.url") as e:
        _load(tmp_path, good.replace("mqtt://127", "mqtt://me:secret@127"))
    assert "secret" not in str(e.value)


def _run(tmp_path, text, *arguments):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    command = [sys.executable, "-m", "gateway", "-c", str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("verb", ["run", "check"])
def test_the_command_ends_with_2_and_one_line(tmp_path, good, verb):
    done = _run(tmp_path, good + "baud = -1\n", verb)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "serial[0].baud is -1, should be a whole number from 1200 to 4000000" in done.stderr
    assert not list(tmp_path.glob("*.db"))


def test_a_port_that_is_not_there_ends_with_1_for_it_may_come(tmp_path, good):
    """systemd starts it again after 1, and not after 2, which only an operator can mend."""
    (tmp_path / "tty0").unlink()
    done = _run(tmp_path, good, "run")
    assert done.returncode == 1
    assert done.stderr.count("serial[0].port") == 1
    assert "plugged in" in done.stderr


def test_a_port_that_is_no_port_is_named(tmp_path, good):
    done = _run(tmp_path, good, "run")
    assert done.returncode == 1
    assert "serial[0].port" in done.stderr
