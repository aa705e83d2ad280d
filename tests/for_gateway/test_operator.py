"""Mistakes of operators that ended in a traceback, in the wrong exit code, or in silence."""

import subprocess
import sys

import pytest


def _start(tmp_path, text, *arguments):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "gateway", str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("mqtt://127.0.0.1:1883", "mqtt://[::1", "mqtt.url"),
        ("mqtt://127.0.0.1:1883", "mqtt://broker..local", "mqtt.url"),
        ('port = "', 'port = "\\u0000', "serial[0].port"),
        ('url = "mqtt:', 'ca_file = "17.key"\nurl = "mqtts:', "mqtt.ca_file"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_and_exit_code_2(tmp_path, good, old, new, field):
    done = _start(tmp_path, good.replace(old, new, 1), "--check")
    assert done.returncode == 2, done.stderr[-300:]
    assert len(done.stderr.strip().splitlines()) == 1
    assert field in done.stderr


def test_a_folder_in_place_of_the_spool_is_a_mistake_of_the_operator(tmp_path, good):
    (tmp_path / "store").mkdir()
    done = _start(tmp_path, good.replace("spool.db", "store"))
    assert done.returncode == 2, done.stderr[-300:]
    assert "spool.path" in done.stderr


_FAILING_DISK = """
import sys
from gateway import ingest
from gateway.__main__ import main
from gateway.errors import SpoolError
async def fail(self):
    raise SpoolError("disk I/O error")
ingest.Ingest.run = fail
sys.exit(main([sys.argv[1]]))
"""


def test_a_disk_that_fails_while_running_ends_in_one_line(tmp_path, good):
    """As the text of __main__ says: 1, the disk or something else failed."""
    path = tmp_path / "gateway.toml"
    path.write_text(good.replace('name = "mast-1"', 'name = "mast-1"\noptional = true'))
    done = subprocess.run(
        [sys.executable, "-c", _FAILING_DISK, str(path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr, done.stderr[-500:]
    assert "disk I/O error" in done.stderr
