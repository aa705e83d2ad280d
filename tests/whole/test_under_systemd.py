"""The unit under a real systemd, in a container: it starts, is watched, and is locked up."""

import re
import shutil
from pathlib import Path

import pytest

from tests.whole.machine_copy import ARCH, boot, build_package, copy_checkout

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.whole,
    pytest.mark.xdist_group("deb"),
    pytest.mark.skipif(
        not (ARCH and shutil.which("dpkg-deb")), reason="no dpkg-deb, or no machine we build for"
    ),
]

STEPS = r"""
say() { echo "== $1"; }
unit=neckar-gateway
extra=/etc/systemd/system/$unit.service.d
show() { systemctl show $unit -p ActiveState -p Result -p NRestarts -p StatusText; }
until_it() { for i in $(seq 100); do show | grep -q "$1" && return; sleep 0.1; done; }
run_instead() {
  printf '[Service]\nRestartSec=100ms\nWatchdogSec=2\nExecStart=\nExecStart=%s\n' "$1" \
    >$extra/t.conf
  systemctl daemon-reload
}
say install
systemctl mask --quiet --now mosquitto
dpkg -i /srv/*.deb
mkdir -p /etc/neckar $extra
sed 's#mqtts://.*"#mqtt://localhost:1"#' /usr/share/doc/neckar-gateway/gateway.toml \
  >/etc/neckar/gateway.toml
say gateway; systemctl start $unit; echo "exit code $?"; show
say status; neckar-gateway status --json | head -c 1; echo
say stop; systemctl stop $unit; show
say log; journalctl -u $unit -o cat

mknod /dev/ttyUSB0 c 188 0; chgrp dialout /dev/ttyUSB0; chmod 660 /dev/ttyUSB0
mknod /dev/other c 1 11; chmod 666 /dev/other
chmod 666 /etc/neckar/gateway.toml
echo read >/srv/dialout; chgrp dialout /srv/dialout; chmod 640 /srv/dialout
run_instead "/usr/bin/python3 /srv/sandboxed.py alive"
say tried; systemctl start $unit; sleep 4; show; journalctl -u $unit -o cat | grep ^tried
run_instead "/usr/bin/python3 /srv/sandboxed.py"
say stuck; systemctl restart $unit; until_it NRestarts=1; journalctl -u $unit -o cat | grep Watchdog
run_instead "/bin/sh -c 'exit 1'"
say fails; systemctl restart $unit; until_it NRestarts=3; show
run_instead "/bin/sh -c 'exit 2'"
say wrong; systemctl stop $unit; systemctl reset-failed $unit; systemctl start $unit; sleep 1; show
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Boot once; return {step: output}."""
    folder = tmp_path_factory.mktemp("systemd")
    checkout = copy_checkout(ROOT, folder / "checkout")
    package = build_package(checkout, folder / "out", ROOT / "build" / "wheels")
    text = boot(folder, [package, Path(__file__).with_name("sandboxed.py")], STEPS)
    parts = re.split(r"(?m)^== (\w+)\n", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_it_says_ready_without_network_broker_or_port(said):
    assert "exit code 0" in said["gateway"], said["log"]
    assert "ActiveState=active" in said["gateway"]


def test_its_status_is_asked_for_on_the_same_machine(said):
    assert said["status"].strip() == "{", said["log"]


def test_it_ends_cleanly(said):
    assert "ActiveState=inactive" in said["stop"], said["log"]
    assert "Result=success" in said["stop"]


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("credential", "True"),
        ("credstore", "Permission denied"),
        ("store", "wal"),
        ("seal", "9"),
        ("config", "Read-only file system"),
        ("usb_port", "No such device or address"),  # it may: only the hardware is not there
        ("other_device", "Operation not permitted"),  # by its mode everybody may
        ("dialout_file", "read"),  # the group works although users are private
        ("home", "Permission denied"),
    ],
)
def test_it_may_do_what_it_needs_and_nothing_else(what, answer, said):
    tried = dict(re.findall(r"(?m)^tried (\w+): (.*)$", said["tried"]))
    assert tried[what] == answer


def test_while_it_moves_the_watchdog_lets_it_live(said):
    assert "NRestarts=0" in said["tried"]
    assert "StatusText=moves" in said["tried"]


def test_when_it_does_not_move_the_watchdog_bites(said):
    assert "Watchdog timeout" in said["stuck"]


def test_a_failure_is_tried_again(said):
    assert re.search(r"NRestarts=[3-9]", said["fails"])


def test_what_an_operator_wrote_wrong_is_not_tried_again(said):
    assert "ActiveState=failed" in said["wrong"]
    assert "NRestarts=0" in said["wrong"]
