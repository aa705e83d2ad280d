"""`install.sh` in a copy of this machine: installs, updates, says in one line what is missing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.whole.machine_copy import ARCH, copy_checkout, needed_files, run

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "gateway" / "packaging" / "install.sh"
PYTHON = "/usr/bin/python3"  # of the system, as on a Pi


def system_has(code):
    return subprocess.run([PYTHON, "-c", code], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.whole,
    pytest.mark.xdist_group("install"),
    pytest.mark.skipif(not ARCH, reason="no machine we install on"),
    pytest.mark.skipif(
        not Path(PYTHON).exists()
        or not system_has("import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"),
        reason="the system's Python cannot make a venv: apt install python3-venv",
    ),
    pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="no systemd-sysusers"),
]

STEPS = r"""
set -eu
say() { echo "== $1"; }
installer=/var/tmp/checkout/gateway/packaging/install.sh
cd /
say install; $installer --wheels /var/tmp/wheels 2>&1
say commands; neckar-gateway --help; neckar-udev-rule --help
say files; (cd /opt/neckar/current/lib/python3.*/site-packages && \
  find gateway protocol radio -type f ! -name '*.pyc')
say user; getent passwd neckar; stat -c '%U %a' /var/lib/neckar /etc/credstore /etc/credstore/*
say unit; grep ExecStart= /etc/systemd/system/neckar-gateway.service
systemd-analyze verify /etc/systemd/system/neckar-gateway.service 2>&1
ls /etc/systemd/system/multi-user.target.wants | grep neckar
echo settings > /etc/neckar/gateway.toml
echo readings > /var/lib/neckar/spool.db
cp /etc/credstore/neckar.key /var/tmp
mkdir /opt/neckar/20200101T000000Z /opt/neckar/20200102T000000Z
say again; $installer --wheels /var/tmp/wheels 2>&1
say kept; cat /etc/neckar/gateway.toml /var/lib/neckar/spool.db
cmp /etc/credstore/neckar.key /var/tmp/neckar.key
say releases; ls /opt/neckar | wc -l; readlink /opt/neckar/current
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install twice, without a network; return {part: output}."""
    folder = tmp_path_factory.mktemp("install")
    wheels = folder / "wheels"
    # The tests may run with another Python than the system's, which is the one that installs.
    asked = [PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(wheels)]
    command += ["--only-binary", ":all:", "--python-version", version]
    names = ["setuptools>=68", "wheel", "aiomqtt>=2.5,<3", "cryptography", "pyserial", "gpiod"]
    fetched = subprocess.run([*command, *names], capture_output=True, check=False)
    if fetched.returncode:
        pytest.skip("no package index to take wheels from")
    copy_checkout(ROOT, folder / "checkout")
    (folder / "copy").mkdir()
    done = run(folder / "copy", [folder / "checkout", wheels], STEPS)
    assert done.returncode == 0, done.stdout + done.stderr
    parts = re.split(r"(?m)^== (\w+)\n", done.stdout)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_it_installs_without_a_network_and_says_what_comes_next(installed):
    assert "Next: write /etc/neckar/gateway.toml" in installed["install"]
    assert "usage: neckar-gateway" in installed["commands"]
    assert "usage: neckar-udev-rule" in installed["commands"]


def test_every_file_that_the_gateway_reads_is_there(installed):
    assert set(installed["files"].split()) == needed_files(ROOT)


def test_it_brings_a_user_without_a_shell_and_a_key_for_root_alone(installed):
    user, *owners = installed["user"].splitlines()
    assert user.endswith(":/var/lib/neckar:/usr/sbin/nologin")
    assert owners == ["neckar 700", "root 700", "root 600"]


def test_the_service_runs_what_was_installed_and_systemd_understands_it(installed):
    command, enabled = installed["unit"].splitlines()
    assert command.startswith("ExecStart=/usr/local/bin/neckar-gateway ")
    assert enabled == "neckar-gateway.service"


def test_a_second_run_keeps_settings_readings_and_the_key(installed):
    assert installed["kept"] == "settings\nreadings\n"
    assert "Next:" not in installed["again"]


def test_two_versions_are_kept(installed):
    count, current = installed["releases"].split()
    assert int(count) == 3  # two, and the link
    assert re.fullmatch(r"\d{8}T\d{6}Z", current)


def said(*arguments, **environment):
    return subprocess.run(
        [str(SCRIPT), *arguments],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_dry_run_does_nothing_and_names_each_step():
    done = said("--dry-run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any("systemd-sysusers" in line for line in lines)
    assert all(line.startswith(("would: ", "Next: ", "then: ")) for line in lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dry-run", "--python", "/nowhere/python"], "/nowhere/python is missing"),
        (["--dry-run", "--wheels", "/nowhere"], "--wheels: /nowhere is no folder"),
        (["--dry-run", "--root"], "--root needs a value"),
        (["--verbose"], "--verbose is no option"),
    ],
)
def test_what_is_wrong_is_one_line(arguments, words):
    done = said(*arguments)
    assert done.returncode == 1
    assert words in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("answers", "words"),
    [("exit 1", "does not fit"), ("case $* in *version_info*) ;; *) exit 1; esac", "venv")],
)
def test_a_python_that_does_not_fit_is_one_line(answers, words, tmp_path):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{answers}\n")
    python.chmod(0o755)
    done = said("--dry-run", "--python", str(python))
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
