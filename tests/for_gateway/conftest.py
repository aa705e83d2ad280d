"""Fixtures of the gateway's tests: a configuration that is right, to be spoilt."""

import pytest

from tests.for_gateway.bench import KEY, Bench


@pytest.fixture
def good(tmp_path):
    """Return the text of a configuration without a fault; its files are there."""
    (tmp_path / "17.key").write_text(KEY.hex() + "\n")
    (tmp_path / "tty0").write_text("")
    return f"""
[gateway]
id = "gw-1"
city = "heilbronn"

[mqtt]
url = "mqtt://127.0.0.1:1883"

[spool]
path = "spool.db"

[registry]
path = "registry.db"

[[serial]]
name = "mast-1"
port = "{tmp_path}/tty0"
"""


@pytest.fixture
def bench(tmp_path):
    """Return an Ingest on a real spool."""
    return Bench(tmp_path / "spool.db")
