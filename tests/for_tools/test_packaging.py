"""What goes wrong where a package is built: wheels that do not fit together, or are not there."""

import os
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools.packaging import tree, wheels
from tools.packaging.__main__ import main
from tools.packaging.errors import PackageError

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "gateway" / "packaging"
EPOCH = 1_700_000_000


def wheel(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def build(folder, *found):
    folder.mkdir()
    tree.build_tree(ROOT, folder, "arm64", list(found), EPOCH)
    return folder / tree.LIBRARY


def test_compiled_modules_of_two_pythons_live_side_by_side(tmp_path):
    common = {"a/__init__.py": "x = 1"}
    one = wheel(tmp_path / "a-cp311.whl", **common, **{"a/_c.cpython-311.so": "1"})
    two = wheel(tmp_path / "a-cp313.whl", **common, **{"a/_c.cpython-313.so": "2"})
    names = sorted(path.name for path in (build(tmp_path / "tree", one, two) / "a").iterdir())
    assert names == ["__init__.py", "_c.cpython-311.so", "_c.cpython-313.so"]


def test_wheels_that_disagree_are_refused(tmp_path):
    one = wheel(tmp_path / "a-1.whl", **{"a/__init__.py": "x = 1"})
    two = wheel(tmp_path / "a-2.whl", **{"a/__init__.py": "x = 2"})
    with pytest.raises(PackageError, match=r"differ in a/__init__\.py"):
        build(tmp_path / "tree", one, two)


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "a/../../evil.py"])
def test_a_wheel_cannot_write_outside_of_its_folder(name, tmp_path):
    with pytest.raises(PackageError, match="outside"):
        build(tmp_path / "tree", wheel(tmp_path / "a-1.whl", **{name: "x"}))


def test_scripts_and_records_of_wheels_are_left_out(tmp_path):
    names = ("a-1.data/scripts/run", "a-1.dist-info/RECORD", "a-1.dist-info/METADATA")
    library = build(tmp_path / "tree", wheel(tmp_path / "a-1.whl", **dict.fromkeys(names, "x")))
    assert not (library / "a-1.data").exists()
    assert [path.name for path in (library / "a-1.dist-info").iterdir()] == ["METADATA"]


def test_everything_has_the_same_time_and_no_mode_of_the_builder(tmp_path):
    mask = os.umask(0o077)
    try:
        build(tmp_path / "tree", wheel(tmp_path / "a-1.whl", **{"a/__init__.py": ""}))
    finally:
        os.umask(mask)
    paths = list((tmp_path / "tree").rglob("*"))
    assert {path.stat().st_mtime for path in paths} == {EPOCH}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o644, 0o755}


def test_nothing_of_etc_is_in_the_package_so_that_no_upgrade_asks(tmp_path):
    build(tmp_path / "tree")
    assert {path.name for path in (tmp_path / "tree").iterdir()} == {"DEBIAN", "usr"}


def test_without_wheels_and_without_a_network_it_says_so(tmp_path, capsys):
    arguments = ["--offline", "--out", str(tmp_path), "--wheels", str(tmp_path / "none")]
    assert main(arguments) == 1
    assert "wheels for Python 3.11 on aarch64: not all in" in capsys.readouterr().err


def test_a_wheel_with_another_content_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "arm64").mkdir()
    (tmp_path / "arm64" / "paho_mqtt-2.2.0-py3-none-any.whl").write_bytes(b"something else")
    monkeypatch.setattr(wheels, "_download", lambda *_, **__: True)
    assert wheels.fetch("arm64", tmp_path, offline=True) == []


@pytest.mark.parametrize("script", ["install.sh", *(f"deb/{name}" for name in tree._SCRIPTS)])
def test_every_script_is_one_that_sh_reads_and_ends_at_the_first_error(script):
    path = PACKAGING / script
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/sh"
    assert {"set -e", "set -eu"} & set(lines)
    assert path.stat().st_mode & 0o111
