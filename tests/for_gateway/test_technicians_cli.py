"""Whose mount records are taken, as an operator types it."""

import base64
import json

import pytest

from tests.for_gateway.registered import TECHNICIAN, mount, public, record
from tests.for_gateway.registry_shell import make_shell


@pytest.fixture
def shell(tmp_path, capsys, monkeypatch):
    return make_shell(tmp_path, capsys, monkeypatch)


def test_a_technician_is_trusted_and_what_he_has_mounted_is_imported(shell):
    key = base64.b64encode(public(TECHNICIAN)).decode()
    both = shell.file("a.json", mount(17), record(17, point=None))
    code, _, err = shell("nodes", "import", both, "--create")
    assert code == 2
    assert "technicians add NAME KEY" in err
    assert shell.fine("technicians", "add", "E. Maier", key) == "E. Maier is added\n"
    assert shell.fine("technicians", "add", "E. Maier", key) == "E. Maier is known already\n"
    out = shell.fine("nodes", "import", both, "--create")
    assert out == f"{both}: 1 new nodes, 1 new keys, 1 mounts\n"
    assert shell.fine("nodes", "import", both) == f"{both}: 2 known already\n"
    listed = shell.fine("technicians", "list").splitlines()
    assert listed[1].startswith("E. Maier") and listed[1].endswith(" 1")
    assert json.loads(shell.fine("technicians", "list", "--json"))[0]["public"] == key
    assert "mast-17" in shell.fine("points", "list")
    assert "mounted" in shell.fine("nodes", "show", 17)
    assert "is removed" in shell.fine("technicians", "remove", "E. Maier")
    assert "is unknown" in shell.wrong("technicians", "remove", "E. Maier")
    assert "base64 of 32 bytes" in shell.wrong("technicians", "add", "E. Maier", "x")
    kinds = [json.loads(line)["kind"] for line in shell.fine("nodes", "export").splitlines()]
    assert "mount" in kinds
