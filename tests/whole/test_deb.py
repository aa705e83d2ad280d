"""The Debian package: each build the same bytes, and its whole life in a copy of this machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.whole.machine_copy import ARCH, build_package, copy_checkout, needed_files, run

ROOT = Path(__file__).parents[2]
WHEELS = ROOT / "build" / "wheels"  # where people's builds keep them

pytestmark = [
    pytest.mark.whole,
    pytest.mark.xdist_group("deb"),
    pytest.mark.skipif(
        not (ARCH and shutil.which("dpkg-deb")), reason="no dpkg-deb, or no machine we build for"
    ),
]

# What happens in the copy, with a line `== name` before the output of each part.
LIFE = r"""
set -eu
export DEBIAN_FRONTEND=noninteractive
say() { echo "== $1"; }
state() {
  for path in /var/lib/neckar/spool.db /etc/neckar/gateway.toml /etc/credstore/neckar.key \
    /usr/lib/neckar /usr/bin/neckar-gateway; do
    if [ -e $path ]; then echo "there $path"; else echo "gone $path"; fi
  done
}
cd /
say install; dpkg -i /var/tmp/*_0*.deb 2>&1
say user; getent passwd neckar; stat -c '%U %a' /var/lib/neckar /etc/credstore /etc/credstore/*
say wants; ls /etc/systemd/system/multi-user.target.wants | grep neckar
say network; /usr/bin/python3 -c 'import socket; print(socket.if_nameindex())'
say help; neckar-gateway --help; neckar-udev-rule --help
say modules; /usr/bin/python3 -I -S -c "$MODULES"
say files; (cd /usr/lib/neckar && find gateway protocol radio -type f ! -name '*.pyc')
say check; neckar-gateway -c /nowhere/gateway.toml check 2>&1 || echo "exit code $?"
say verify; dpkg --verify neckar-gateway; find /usr/lib/neckar -name '*.pyc' | wc -l
say trigger; find /usr/lib/neckar -name '*.pyc' -delete
dpkg-trigger --no-await --by-package=python3-minimal /usr/bin/python3
dpkg --triggers-only --pending; find /usr/lib/neckar -name '*.pyc' | wc -l
mkdir -p /etc/neckar
echo readings > /var/lib/neckar/spool.db
echo settings > /etc/neckar/gateway.toml
cp /etc/credstore/neckar.key /var/tmp/
say upgrade; dpkg -i /var/tmp/newer.deb 2>&1
say upgraded; state; dpkg --verify neckar-gateway; cmp /etc/credstore/neckar.key /var/tmp/neckar.key
say remove; dpkg -r neckar-gateway 2>&1
say removed; state
say again; dpkg -i /var/tmp/newer.deb 2>&1
say purge; dpkg -P neckar-gateway 2>&1
say purged; state; getent passwd neckar; ls /etc/systemd/system/neckar-gateway.service* 2>&1 || true
"""
MODULES = """
import sys
sys.path.insert(0, "/usr/lib/neckar")
import importlib.metadata, aiomqtt, cryptography, gateway, protocol, radio.sx126x, serial
outside = [m.__file__ for m in (aiomqtt, cryptography, gateway, protocol, radio, serial)]
print(all(path.startswith("/usr/lib/neckar/") for path in outside))
print(importlib.metadata.version("neckar"))
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(ROOT, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def package(checkout, tmp_path_factory):
    return build_package(checkout, tmp_path_factory.mktemp("first"), WHEELS)


@pytest.fixture(scope="module")
def life(package, tmp_path_factory):
    """Let the package live through install, upgrade, removal and purge; return {part: output}."""
    folder = tmp_path_factory.mktemp("life")
    tree, newer = folder / "tree", folder / "newer.deb"
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub("(?m)^Version: .*", "Version: 999", control.read_text()))
    subprocess.run(["dpkg-deb", "-Znone", "-b", str(tree), str(newer)], check=True)
    (folder / "copy").mkdir()
    done = run(folder / "copy", [package, newer], LIFE, MODULES=MODULES)
    assert done.returncode == 0, done.stdout + done.stderr
    parts = re.split(r"(?m)^== (\w+)\n", done.stdout)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_two_builds_in_two_places_are_equal_byte_for_byte(checkout, package, tmp_path):
    elsewhere = copy_checkout(checkout, tmp_path / "elsewhere")
    mask = os.umask(0o077)
    try:
        second = build_package(elsewhere, tmp_path / "second", WHEELS)
    finally:
        os.umask(mask)
    assert second.name == package.name
    assert second.read_bytes() == package.read_bytes()


def test_it_installs_and_runs_without_a_network(life):
    assert life["network"].strip() == "[(1, 'lo')]"
    assert "usage: neckar-gateway" in life["help"]
    assert "usage: neckar-udev-rule" in life["help"]


def test_an_installation_without_a_configuration_says_what_comes_next(life):
    assert "write /etc/neckar/gateway.toml, then: systemctl start" in life["install"]


def test_it_brings_a_user_without_a_shell_and_a_key_for_root_alone(life):
    user, *owners = life["user"].splitlines()
    assert user.startswith("neckar:")
    assert user.endswith(":/var/lib/neckar:/usr/sbin/nologin")
    assert owners == ["neckar 700", "root 700", "root 600"]


def test_it_starts_with_the_machine(life):
    assert life["wants"].strip() == "neckar-gateway.service"


def test_every_module_is_the_packages_own(life):
    assert life["modules"].split()[0] == "True"


def test_every_file_that_the_gateway_reads_is_there(life, checkout):
    assert set(life["files"].split()) == needed_files(checkout)


def test_it_runs_with_the_python_of_this_test_too(package, tmp_path):
    """One package for Debian 12 and 13: CI runs the tests with 3.11 and with 3.13."""
    subprocess.run(["dpkg-deb", "-x", str(package), str(tmp_path)], check=True)
    modules = MODULES.replace("/usr/lib/neckar", str(tmp_path / "usr/lib/neckar"))
    command = [sys.executable, "-I", "-S", "-c", modules + "import _cffi_backend, gateway.app"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.split()[0]) == ("", "True")


def test_a_missing_configuration_is_one_line_and_exit_code_2(life):
    *lines, code = life["check"].splitlines()
    assert code == "exit code 2"
    assert len(lines) == 1


def test_dpkg_finds_every_file_as_it_was_built_and_modules_are_compiled(life):
    *differences, compiled = life["verify"].splitlines()
    assert not differences
    assert int(compiled) > 100


def test_another_python_of_the_system_compiles_them_again(life):
    assert int(life["trigger"].split()[-1]) > 100


def kept(text):
    return [line.split()[0] for line in text.splitlines()]


def test_an_upgrade_keeps_readings_settings_and_keys(life):
    assert kept(life["upgraded"]) == ["there"] * 5  # and dpkg and cmp found nothing to say


def test_removing_takes_the_program_and_keeps_the_rest(life):
    assert kept(life["removed"]) == ["there"] * 3 + ["gone"] * 2


def test_purging_takes_everything_but_the_users_number(life):
    *paths, user, units = life["purged"].splitlines()
    assert kept("\n".join(paths)) == ["gone"] * 5
    assert user.startswith("neckar:")
    assert "No such file" in units
