"""An operator who tries the service's configuration as root, and leaves files that are root's."""

import os

import pytest

from gateway.cli import main

CONFIG = """
[gateway]
id = "gw"
city = "heilbronn"
[mqtt]
url = "mqtt://127.0.0.1"
[spool]
path = "spool.db"
[registry]
path = "registry.db"
[[serial]]
name = "mast-1"
port = "tty0"
optional = true
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_is_refused_where_the_state_is_somebody_elses(tmp_path, capsys):
    (tmp_path / "gateway.toml").write_text(CONFIG)
    os.chown(tmp_path, 65534, 65534)
    assert main(["-c", str(tmp_path / "gateway.toml"), "run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"root may not run it, for {tmp_path} belongs to another user: systemctl start" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gateway.toml"]
