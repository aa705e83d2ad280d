"""What the unit exposes, pinned by the names of systemd's checks; and that systemd understands it.

A number alone would not say which line was lost. `systemd-analyze` needs no running systemd for it.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.config import _STATE, load

PACKAGING = Path(__file__).parents[2] / "gateway" / "packaging"
UNIT = "neckar-gateway.service"
DROP_INS = sorted(path.name for path in (PACKAGING / "drop-ins").glob("*.conf"))

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt install systemd"
)

# What stays open, each check with the reason. Exposures are systemd's, in tenths.
NEEDED = {
    "PrivateNetwork=",  # MQTT
    "RestrictAddressFamilies=~AF_(INET|INET6)",  # MQTT
    "RestrictAddressFamilies=~AF_UNIX",  # journal and sd_notify
    "PrivateDevices=",  # serial ports
    "DeviceAllow=",  # the same, and no others
    "SupplementaryGroups=",  # dialout
    "RootDirectory=/RootImage=",  # it is a program of the system
    "IPAddressDeny=",  # the broker has a name; for one with an address there is a drop-in
}


def unit_in(folder, *drop_ins, change=lambda text: text):
    """Lay the unit out as systemd would find it, with a program that exists."""
    text = (PACKAGING / UNIT).read_text(encoding="utf-8")
    text, count = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text)
    assert count == 1
    (folder / UNIT).write_text(change(text), encoding="utf-8")
    extra = folder / f"{UNIT}.d"
    extra.mkdir()
    for name in drop_ins:
        shutil.copy(PACKAGING / "drop-ins" / name, extra)
    return folder / UNIT


def analyze(*arguments):
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def exposures(unit):
    """Return (overall exposure, {check: exposure} of those that are not perfect)."""
    done = analyze("security", "--offline=yes", "--json=short", "--no-pager", unit)
    open_ones = {
        check["name"]: float(check["exposure"])
        for check in json.loads(done.stdout)
        if check["exposure"] is not None and float(check["exposure"]) > 0
    }
    text = analyze("security", "--offline=yes", "--no-pager", unit).stdout
    overall = re.search(r"Overall exposure level for \S+: (\d+\.\d)", text)
    assert overall
    return float(overall[1]), open_ones


@needs_systemd
def test_only_what_the_gateway_needs_is_open(tmp_path):
    overall, open_ones = exposures(unit_in(tmp_path))
    assert open_ones.keys() == NEEDED
    assert overall <= 1.3


@needs_systemd
def test_a_hat_costs_nothing_more(tmp_path):
    overall, open_ones = exposures(unit_in(tmp_path, "10-hat.conf"))
    assert open_ones.keys() == NEEDED
    assert overall <= 1.3


@needs_systemd
def test_a_fixed_broker_closes_the_rest_of_the_network(tmp_path):
    _, before = exposures(unit_in(tmp_path))
    (tmp_path / "fixed").mkdir()
    overall, after = exposures(unit_in(tmp_path / "fixed", "20-fixed-broker.conf"))
    assert after["IPAddressDeny="] < before["IPAddressDeny="]
    assert overall <= 1.2


@needs_systemd
def test_a_lost_line_would_be_seen_by_its_name(tmp_path):
    unit = unit_in(tmp_path, change=lambda text: text.replace("NoNewPrivileges=yes\n", ""))
    assert exposures(unit)[1].keys() - NEEDED == {"NoNewPrivileges="}


@needs_systemd
@pytest.mark.parametrize("drop_in", [None, *DROP_INS])
def test_systemd_understands_every_line(drop_in, tmp_path):
    done = analyze("verify", unit_in(tmp_path, *([drop_in] if drop_in else [])))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_a_misspelt_line_would_be_seen(tmp_path):
    unit = unit_in(tmp_path, change=lambda text: text.replace("ProtectHome=", "ProtectHouse="))
    assert "ProtectHouse" in analyze("verify", unit).stderr


def settings(*drop_ins):
    """Return {key: [values]} of the unit and of drop-ins, in their order."""
    found = {}
    paths = [PACKAGING / UNIT, *(PACKAGING / "drop-ins" / name for name in drop_ins)]
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            key, sign, value = line.partition("=")
            if sign and not line.startswith("#"):
                found.setdefault(key, []).append(value)
    return found


def test_devices_are_named_because_protecting_the_clock_would_close_them():
    unit = settings()
    assert unit["ProtectClock"] == ["yes"]
    assert unit["DevicePolicy"] == ["closed"]
    assert unit["DeviceAllow"] == ["char-ttyUSB rw", "char-ttyACM rw"]


def test_a_hat_opens_spi_pins_and_the_pis_uart_and_no_more():
    added = settings("10-hat.conf")["DeviceAllow"][2:]
    assert added == ["char-spi rw", "char-gpiochip rw", "char-ttyAMA rw", "char-ttyS rw"]
    assert settings("10-hat.conf")["SupplementaryGroups"] == ["dialout", "spi gpio"]


def test_it_is_started_again_for_ever_but_not_with_what_an_operator_wrote_wrong():
    unit = settings()
    assert unit["Restart"] == ["always"]
    assert unit["StartLimitIntervalSec"] == ["0"]
    assert unit["RestartPreventExitStatus"] == ["2"]


def test_it_waits_neither_for_a_network_nor_for_the_time():
    awaited = " ".join(settings()["After"] + settings()["Wants"]).split()
    assert not {"network-online.target", "time-sync.target"} & set(awaited)


def test_encrypted_credentials_have_the_names_of_the_plain_ones():
    encrypted = settings("30-encrypted-credentials.conf")
    assert encrypted["LoadCredential"] == [*encrypted["LoadCredentialEncrypted"], ""]
    assert all("/" not in name for name in encrypted["LoadCredential"])  # these may be missing


def test_the_example_of_a_configuration_is_one_that_the_gateway_takes(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setattr("gateway.config._STATE", str(tmp_path))  # StateDirectory= is not here
    (tmp_path / "neckar.key").touch()
    config = load(PACKAGING / "gateway.toml")
    assert config.registry.key_file == tmp_path / "neckar.key"
    assert config.serial[0].path == Path("/dev/neckar/mast-1")


def test_the_state_is_where_the_unit_may_write():
    assert Path("/var/lib", *settings()["StateDirectory"]) == Path(_STATE)


def test_the_unit_loads_every_credential_that_the_example_names():
    named = re.findall(r"credential:([\w.-]+)", (PACKAGING / "gateway.toml").read_text("utf-8"))
    assert sorted(named) == sorted(settings()["LoadCredential"])
