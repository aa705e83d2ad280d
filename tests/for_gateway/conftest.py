"""Fixtures of the gateway's tests: a configuration that is right, to be spoilt."""

import pytest

from tests.for_gateway.bench import KEY, Bench


@pytest.fixture
def good(tmp_path):
    """Return {file name: content} of a configuration without a fault."""
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

[[serial]]
name = "mast-1"
port = "{tmp_path}/tty0"

[[node]]
id = 17
name = "air-17"
lab = "innenstadt"
key_file = "17.key"
"""


@pytest.fixture
def bench(tmp_path):
    """Return an Ingest on a real spool."""
    return Bench(tmp_path / "spool.db")
