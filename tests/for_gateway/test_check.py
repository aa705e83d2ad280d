"""What may be missing on the evening before: `check` names it, and changes nothing."""

import os
import pty
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import check_links, check_machine, main, status
from gateway.cli.findings import ERROR, OK, WARNING
from gateway.config import load
from gateway.links.config import Concentrator, SerialPort, UdpPort
from gateway.registry.database import Database
from gateway.registry.gateway_key import make
from gateway.spool import Spool
from tests.for_gateway.registered import GATEWAY, record, take

NOW_S = 1_800_000_000.0


@pytest.fixture
def port():
    """Return the path of a serial port that nobody holds."""
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    os.close(slave)
    yield path
    os.close(master)


@pytest.fixture
def config(tmp_path, port):
    """Return the path of a configuration without a fault."""
    make(tmp_path / "gateway.key")
    path = tmp_path / "gateway.toml"
    path.write_text(f"""
[gateway]
id = "gw-1"
city = "heilbronn"
[mqtt]
url = "mqtt://127.0.0.1:1"
[spool]
path = "spool.db"
max_mb = 1
[registry]
path = "registry.db"
key_file = "gateway.key"
[http]
port = 0
[[serial]]
name = "mast-1"
port = "{port}"
""")
    return path


def checked(path, capsys, *words):
    """Return (exit code, {what: (level, text)}) of a check; the last of each kind counts."""
    code = main(["check", "-c", str(path), *words])
    lines = capsys.readouterr().out.splitlines()[:-1]
    found = [line.split(maxsplit=1) for line in lines]
    return code, {rest.split(": ", 1)[0]: (level, rest.split(": ", 1)[1]) for level, rest in found}


def spoilt(path, old, new):
    """Replace a text of a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_where_all_is_there_it_says_so_and_leaves_no_trace(config, capsys):
    Spool(config.parent / "spool.db", 10**6, 10**6).close()
    with Database(config.parent / "registry.db"):
        pass
    before = {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in config.parent.iterdir()}
    code, found = checked(config, capsys)
    assert code == 0
    assert found["link mast-1"][0] == OK
    assert found["key"][0] == OK
    assert found["registry"] == (WARNING, f"{config.parent}/registry.db: 0 nodes may be heard")
    assert found["disk"][0] == OK
    after = {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in config.parent.iterdir()}
    assert after == before


def test_what_is_not_there_yet_is_no_error(config, capsys):
    code, found = checked(config, capsys)
    assert code == 0
    assert "not there yet" in found["registry"][1]
    assert {p.name for p in config.parent.iterdir()} == {"gateway.toml", "gateway.key"}


def test_a_spool_with_a_writer_is_read_with_its_log(config, capsys):
    spool = Spool(config.parent / "spool.db", 10**6, 10**6)
    _, found = checked(config, capsys)
    assert found["disk"][0] == OK
    spool.close()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('port = "/dev/', 'port = "/dev/nowhere/', "link mast-1"),
        ('port = "/dev/', 'port = "/../etc/passwd#', "link mast-1"),
    ],
)
def test_a_port_that_is_none_is_an_error(config, capsys, old, new, what):
    spoilt(config, old, new)
    code, found = checked(config, capsys)
    assert (code, found[what][0]) == (2, ERROR)


def test_a_port_that_may_be_missing_is_a_warning():
    port = SerialPort("mast-1", Path("/dev/nowhere"), 115200, optional=True)
    (found,) = check_links.link(port)
    assert (found.level, found.what) == (WARNING, "link mast-1")


def test_a_file_is_no_port(tmp_path):
    (tmp_path / "tty").touch()
    (found,) = check_links.link(SerialPort("a", tmp_path / "tty", 115200, optional=False))
    assert (found.level, found.text) == (ERROR, f"{tmp_path}/tty is no device")


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [("minicom", ERROR, "is held by"), ("neckar-gateway", OK, "held by the running gateway")],
)
def test_who_holds_a_port_is_named(port, name, level, said):
    code = f"import sys; f = open({port!r}); print(flush=True); sys.stdin.read()  # {name}"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        (found,) = check_links.link(SerialPort("mast-1", Path(port), 115200, optional=False))
        holder.stdin.close()
    assert found.level == level
    assert said in found.text
    assert f"pid {holder.pid}" in found.text


def test_a_udp_port_that_is_taken_is_a_warning_and_one_of_another_machine_an_error():
    concentrators = (Concentrator("0016c001ff10a235", "a", 14, 2),)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        (found,) = check_links.link(UdpPort("air", "127.0.0.1", number, concentrators))
        assert found.level == WARNING
    (found,) = check_links.link(UdpPort("air", "127.0.0.1", number, concentrators))
    assert (found.level, found.text) == (
        OK,
        f"UDP 127.0.0.1:{number} is free, for 1 concentrators",
    )
    (found,) = check_links.link(UdpPort("air", "192.0.2.1", number, concentrators))
    assert found.level == ERROR


def test_a_spool_of_somebody_else_is_an_error(config, capsys):
    sqlite3.connect(config.parent / "spool.db").execute("CREATE TABLE x (y)")
    code, found = checked(config, capsys)
    assert code == 2
    assert "is no spool of this gateway" in found["spool"][1]


@pytest.mark.parametrize("what", ["spool", "registry", "commands"])
def test_a_folder_that_may_not_be_written_is_an_error(config, capsys, monkeypatch, what):
    (config.parent / what).mkdir()
    spoilt(config, "[spool]", '[commands]\npath = "commands.db"\n[spool]')
    spoilt(config, f'path = "{what}.db"', f'path = "{what}/{what}.db"')
    allowed = os.access
    closed = str(config.parent / what)
    # Root may write everywhere, so the answer of the system is spoilt.
    monkeypatch.setattr(
        os, "access", lambda path, mode: str(path) != closed and allowed(path, mode)
    )
    code, found = checked(config, capsys)
    assert (code, found[what]) == (2, (ERROR, f"{closed}: this user may not write there"))


def test_a_registry_that_is_damaged_is_an_error(config, capsys):
    (config.parent / "registry.db").write_bytes(b"no database" * 1000)
    code, found = checked(config, capsys)
    assert (code, found["registry"][0]) == (2, ERROR)


def test_a_key_that_is_none_is_an_error_and_is_not_shown(config, capsys):
    (config.parent / "gateway.key").write_text("c2VjcmV0IGNhbmFyeQ==")
    code, found = checked(config, capsys)
    assert (code, found["key"][0]) == (2, ERROR)
    assert "canary" not in repr(found)
    assert "c2Vj" not in repr(found)


def test_the_key_of_another_gateway_is_an_error(config, capsys):
    with Database(config.parent / "registry.db") as database:
        take(database, record(17))
    assert main(["check", "-c", str(config)]) == 2
    assert f"nodes' keys are sealed to {GATEWAY.id}, not to" in capsys.readouterr().out


def test_a_disk_without_room_is_an_error_and_a_small_one_a_warning(config, capsys):
    spoilt(config, "max_mb = 1", "max_mb = 1000000")
    code, found = checked(config, capsys)
    assert (code, found["disk"][0]) == (0, WARNING)
    spoilt(config, "max_mb", "min_free_mb = 1000000\nmax_mb")
    code, found = checked(config, capsys)
    assert (code, found["disk"][0]) == (2, ERROR)


@pytest.mark.parametrize(
    ("now_s", "synchronized", "level"),
    [
        (NOW_S, True, OK),
        (NOW_S, False, WARNING),
        (NOW_S, None, OK),
        (0.0, True, ERROR),
        (NOW_S - 10 * 86400, True, WARNING),
    ],
)
def test_the_clock_is_doubted_for_a_reason(config, tmp_path, now_s, synchronized, level):
    Spool(config.parent / "spool.db", 10**6, 10**6).close()
    os.utime(config.parent / "spool.db", (NOW_S, NOW_S))
    folder = tmp_path / "timesync"
    if synchronized is not None:
        folder.mkdir()
    if synchronized:
        (folder / "synchronized").touch()
    assert check_machine.clock(load(config), now_s, folder).level == level


def test_a_broker_that_is_away_is_an_error_only_if_it_was_asked_for(config, capsys):
    assert checked(config, capsys)[0] == 0
    code, found = checked(config, capsys, "--online")
    assert code == 2
    assert "cannot be reached: Connection refused" in found["broker"][1]


def test_a_port_for_metrics_that_somebody_else_has_is_a_warning(config, capsys, monkeypatch):
    monkeypatch.setattr(status, "_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        spoilt(config, "port = 0", f"port = {taken.getsockname()[1]}")
        code, found = checked(config, capsys)
    assert (code, found["http"][0]) == (0, WARNING)
    code, found = checked(config, capsys)
    assert (code, found["http"][0]) == (0, OK)
    assert found["http"][1].endswith("is free")
