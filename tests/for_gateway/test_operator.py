"""Mistakes of operators that ended in a traceback, in the wrong exit code, or in silence."""

import subprocess
import sys

import pytest


@pytest.fixture
def right(tmp_path):
    """Return the text of a configuration without a fault, but for a port that may be missing."""
    (tmp_path / "no.pem").write_text("no certificate\n")
    return f"""
[gateway]
id = "gw-1"
city = "heilbronn"

[mqtt]
url = "mqtt://127.0.0.1:1"

[spool]
path = "spool.db"

[registry]
path = "registry.db"

[http]
port = 0

[[serial]]
name = "mast-1"
port = "{tmp_path}/tty0"
optional = true
"""


def _start(tmp_path, text, *arguments):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "gateway", "-c", str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("mqtt://127.0.0.1:1", "mqtt://[::1", "mqtt.url"),
        ("mqtt://127.0.0.1:1", "mqtt://broker..local", "mqtt.url"),
        ('port = "', 'port = "\\u0000', "serial[0].port"),
        ('url = "mqtt:', 'ca_file = "no.pem"\nurl = "mqtts:', "mqtt.ca_file"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_and_exit_code_2(
    tmp_path, right, old, new, field, command
):
    done = _start(tmp_path, right.replace(old, new, 1), command)
    assert done.returncode == 2, done.stderr[-300:]
    assert len(done.stderr.strip().splitlines()) == 1
    assert field in done.stderr
    assert done.stdout == ""


def test_a_folder_in_place_of_the_spool_is_a_mistake_of_the_operator(tmp_path, right):
    (tmp_path / "store").mkdir()
    done = _start(tmp_path, right.replace("spool.db", "store"), "run")
    assert done.returncode == 2, done.stderr[-300:]
    assert "spool.path" in done.stderr


def test_the_words_of_older_versions_are_a_mistake_that_is_named(tmp_path, right):
    path = tmp_path / "gateway.toml"
    path.write_text(right)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", str(path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert "choose from 'run'" in done.stderr or "choose from run" in done.stderr
    assert len(done.stderr.splitlines()) == 1


_FAILING_DISK = """
import sys
from gateway import ingest
from gateway.cli import main
from gateway.errors import SpoolError
async def fail(self):
    raise SpoolError("disk I/O error")
ingest.Ingest.run = fail
sys.exit(main(["run", "-c", sys.argv[1]]))
"""


def test_a_disk_that_fails_while_running_ends_in_one_line(tmp_path, right):
    """As the text of gateway/cli says: 1, the disk or something else failed."""
    path = tmp_path / "gateway.toml"
    path.write_text(right)
    done = subprocess.run(
        [sys.executable, "-c", _FAILING_DISK, str(path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1, done.stderr[-500:]
    assert "Traceback" not in done.stderr, done.stderr[-500:]
    assert "disk I/O error" in done.stderr
