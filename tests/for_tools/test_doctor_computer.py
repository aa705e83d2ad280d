"""What stands between a computer and a board: cable, driver, permission, other programs."""

import dataclasses
import os
from pathlib import Path

import pytest

from tools.flashing.doctor import host, usb
from tools.flashing.doctor.examine import judged
from tools.flashing.doctor.facts import Facts, Heard, PortFacts, System, UsbDevice
from tools.flashing.doctor.finding import Sure
from tools.flashing.errors import FlashError
from tools.flashing.ports import Holder

CP2102 = UsbDevice("1-1.4", "10c4", "ea60", "CP2102 USB to UART", "cp210x", ("/dev/ttyUSB0",))
CH340 = UsbDevice("1-2", "1a86", "7523", "USB Serial", "ch341", ("/dev/ttyUSB1",))
MOUSE = UsbDevice("1-3", "046d", "c077", "USB Optical Mouse", "usbhid")
USER = System(user="uli", groups=("uli",), listed_groups=("uli",))
PORT = PortFacts("/dev/ttyUSB0", True, "root", "dialout", 0o660, True)
CLOSED = dataclasses.replace(PORT, may_open=False)
HEARD = Heard(b"neckar: node 17 profile air boot 1\r\n", seconds=2.0)
RUNS = Facts(USER, (CP2102,), None, ("/dev/ttyUSB0",), PORT, HEARD)


def codes(facts: Facts) -> list[str]:
    return [finding.error.code for finding in judged(facts)]


def surest(facts: Facts):
    return judged(facts)[0]


def with_usb(*devices: UsbDevice, **system) -> Facts:
    return Facts(dataclasses.replace(USER, **system), devices)


def test_a_board_that_runs_has_nothing_wrong_with_its_computer():
    assert codes(RUNS) == ["F762"]


def test_without_a_usb_device_it_asks_for_another_cable():
    assert codes(with_usb(MOUSE)) == ["F701"]


def test_when_nothing_appears_after_plugging_in_the_cable_only_charges():
    assert codes(dataclasses.replace(with_usb(MOUSE), replugged=())) == ["F702"]


def test_something_else_that_appears_is_named():
    found = surest(dataclasses.replace(with_usb(MOUSE), replugged=(MOUSE,)))
    assert found.error.code == "F714"
    assert found.error.values["device"] == "USB Optical Mouse"


def test_within_windows_usb_has_to_be_handed_over_first():
    found = surest(with_usb(is_wsl=True))
    assert (found.error.code, found.sure) == ("F705", Sure.CERTAIN)


@pytest.mark.parametrize(
    ("device", "module"),
    [(CP2102, "cp210x"), (CH340, "ch341"), (CP2102._replace(product="ea70"), "cp210x")],
)
def test_a_board_without_a_driver_names_the_module_to_load(device, module):
    found = surest(with_usb(device._replace(driver="", ttys=())))
    assert (found.error.code, found.sure) == ("F703", Sure.CERTAIN)
    assert found.error.values["module"] == module


def test_a_driver_that_gives_no_port_is_named():
    assert codes(with_usb(CP2102._replace(ttys=()))) == ["F715"]


@pytest.mark.parametrize(
    ("driver", "programs"), [("usbfs", ()), ("", (Holder("brltty", 812),)), ("usbfs", ())]
)
def test_brltty_that_took_the_chip_for_a_braille_display_is_named(driver, programs):
    device = CH340._replace(driver=driver, ttys=())
    assert codes(with_usb(device, programs=programs)) == ["F704"]


def test_brltty_is_not_to_blame_while_the_port_is_there():
    assert codes(dataclasses.replace(RUNS, usb=(CH340,))) == ["F762"]


def test_a_user_outside_of_the_group_gets_the_command_to_type():
    found = surest(dataclasses.replace(RUNS, port=CLOSED, heard=None))
    assert found.error.code == "F706"
    assert found.error.values == {"port": "/dev/ttyUSB0", "group": "dialout", "user": "uli"}


def test_a_user_who_is_in_the_group_since_today_has_to_log_in_again():
    system = dataclasses.replace(USER, listed_groups=("dialout", "uli"))
    facts = dataclasses.replace(RUNS, system=system, port=CLOSED, heard=None)
    assert codes(facts) == ["F707"]


def test_a_port_that_no_group_may_open_names_owner_and_mode():
    port = dataclasses.replace(CLOSED, mode=0o600)
    found = surest(dataclasses.replace(RUNS, port=port, heard=None))
    assert found.error.code == "F708"
    assert found.error.values["mode"] == "0600"


def test_root_is_never_told_of_permissions():
    system = dataclasses.replace(USER, is_root=True)
    assert "F706" not in codes(dataclasses.replace(RUNS, system=system, port=CLOSED))


def test_another_program_at_the_port_is_named_with_its_pid():
    port = dataclasses.replace(PORT, holders=(Holder("minicom", 4711),))
    found = surest(dataclasses.replace(RUNS, port=port, heard=None))
    assert (found.error.code, found.sure) == ("F709", Sure.CERTAIN)
    assert found.error.values == {"port": "/dev/ttyUSB0", "name": "minicom", "pid": 4711}


def test_modem_manager_at_the_port_is_told_with_what_ends_it():
    program = Holder("ModemManager", 99)
    port = dataclasses.replace(PORT, holders=(program,))
    system = dataclasses.replace(USER, programs=(program,))
    assert codes(dataclasses.replace(RUNS, system=system, port=port, heard=None)) == ["F710"]


def test_modem_manager_that_only_runs_is_possible_and_comes_last():
    system = dataclasses.replace(USER, programs=(Holder("ModemManager", 99),))
    port = dataclasses.replace(PORT, error=FlashError("F105", port="/dev/ttyUSB0", why="busy"))
    found = judged(dataclasses.replace(RUNS, system=system, port=port, heard=None))
    assert [(each.error.code, each.sure) for each in found] == [
        ("F105", Sure.CERTAIN),
        ("F716", Sure.POSSIBLE),
    ]


def test_a_port_that_is_not_there_names_those_that_are():
    port = PortFacts("/dev/ttyUSB7", exists=False, may_open=False)
    found = surest(dataclasses.replace(RUNS, port=port, heard=None))
    assert found.error.values == {"port": "/dev/ttyUSB7", "ports": ("/dev/ttyUSB0",)}


def test_of_several_boards_one_has_to_be_named():
    facts = Facts(USER, (CP2102, CH340), ports=("/dev/ttyUSB0", "/dev/ttyUSB1"))
    assert codes(facts) == ["F712"]


def test_a_port_that_vanishes_while_it_is_listened_at_is_told():
    facts = dataclasses.replace(RUNS, heard=Heard(is_lost=True))
    assert codes(facts) == ["F717"]


def make_device(root: Path, name: str, **files: str) -> Path:
    folder = root / "sys/bus/usb/devices" / name
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_text(content + "\n")
    return folder


def make_interface(folder: Path, driver: str, tty: str = "") -> None:
    interface = folder / f"{folder.name}:1.0"
    (interface / tty).mkdir(parents=True)
    (interface / "driver").symlink_to(f"../../../../bus/usb/drivers/{driver}")


def test_devices_are_read_as_the_kernel_has_them(tmp_path):
    bridge = make_device(
        tmp_path, "1-1.4", bDeviceClass="00", idVendor="10c4", idProduct="ea60", product="CP2102"
    )
    make_interface(bridge, "cp210x", "ttyUSB0")
    own = make_device(
        tmp_path, "1-2", bDeviceClass="ef", idVendor="303a", idProduct="1001", manufacturer="E"
    )
    make_interface(own, "cdc_acm", "tty/ttyACM0")
    make_device(tmp_path, "1-3", bDeviceClass="ff", idVendor="1a86", idProduct="7523")
    make_device(tmp_path, "usb1", bDeviceClass="09", idVendor="1d6b", idProduct="0002")
    assert usb.devices(tmp_path) == (
        UsbDevice("1-1.4", "10c4", "ea60", "CP2102", "cp210x", ("/dev/ttyUSB0",)),
        UsbDevice("1-2", "303a", "1001", "E", "cdc_acm", ("/dev/ttyACM0",)),
        UsbDevice("1-3", "1a86", "7523", "", "", ()),
    )


def test_a_computer_without_usb_has_no_devices(tmp_path):
    assert usb.devices(tmp_path) == ()


def test_programs_that_disturb_are_found_by_their_names(tmp_path):
    for pid, name in ((12, "ModemManager"), (7, "bash"), (99, "brltty")):
        folder = tmp_path / "proc" / str(pid)
        folder.mkdir(parents=True)
        (folder / "comm").write_text(name + "\n")
    (tmp_path / "proc/version").write_text("Linux version 5.15.90.1-microsoft-standard-WSL2 #1\n")
    (tmp_path / "etc").mkdir()
    user = host.system(tmp_path).user
    (tmp_path / "etc/group").write_text(f"root:x:0:\ndialout:x:20:pi,{user}\nvideo:x:44:pi\n")
    system = host.system(tmp_path)
    assert system.programs == (Holder("ModemManager", 12), Holder("brltty", 99))
    assert system.is_wsl
    assert system.listed_groups == ("dialout",)


def test_a_computer_of_which_nothing_can_be_read_has_a_user_all_the_same(tmp_path):
    system = host.system(tmp_path)
    assert system.user and not system.programs and not system.is_wsl


def test_a_port_has_owner_group_and_mode(tmp_path):
    path = tmp_path / "tty"
    path.write_bytes(b"")
    path.chmod(0o640)
    port = host.port(str(path), [Holder("cat", 1)])
    assert (port.exists, port.mode, port.holders) == (True, 0o640, (Holder("cat", 1),))
    assert port.may_open == os.access(path, os.R_OK | os.W_OK)
    assert not host.port(str(tmp_path / "none"), []).exists
