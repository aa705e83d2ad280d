"""Rules that name ports, from a tree like sysfs; and rules that a udev would refuse."""

import re
from pathlib import Path

import pytest

from gateway.packaging.udev_rule import PortError, main, rule

RULES = Path(__file__).parents[2] / "gateway" / "packaging" / "70-neckar.rules"
# udev(7): a key, with an attribute in braces where it takes one, an operator, a quoted value.
TERM = re.compile(
    r"(ACTION|KERNEL|SUBSYSTEM|ENV\{[.\w]+\}|ATTRS?\{\w+\}|GOTO|LABEL|GROUP|MODE|TAG|SYMLINK)"
    r'(==|!=|=|\+=)"[^"]*"'
)
PATH = "platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.2:1.0"
GRANTED = (
    'GROUP="dialout", MODE="0660", TAG+="systemd", '
    'ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1"'
)


class Machine:
    """A tree with a USB device; serial chips have a folder more than CDC ACM (as in Linux 6)."""

    def __init__(self, root):
        self.root = root
        self.usb = root / "sys/devices/platform/scb/fd500000.pcie/usb1/1-1/1-1.2"
        self.interface = self.usb / "1-1.2:1.0"
        for folder in (self.interface, root / "sys/class/tty", root / "dev/serial/by-path"):
            folder.mkdir(parents=True)

    def plug(self, tty, *, port=None, links=(PATH,), **attributes):
        """Plug a board: attributes of the USB device; `port` is the number on a serial chip."""
        device = self.interface
        if port is not None:
            device = self.interface / tty
            device.mkdir()
            (device / "port_number").write_text(f"{port}\n")
        (self.interface / "bInterfaceNumber").write_text("00\n")
        for name, value in attributes.items():
            (self.usb / name).write_text(f"{value}\n")
        folder = device / "tty" / tty
        folder.mkdir(parents=True)
        (folder / "device").symlink_to(device)
        (self.root / "sys/class/tty" / tty).symlink_to(folder)
        (self.root / "dev" / tty).touch()
        for link in links:
            (self.root / "dev/serial/by-path" / link).symlink_to(f"../../{tty}")


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


CP2102 = {"idVendor": "10c4", "idProduct": "ea60", "serial": "0001", "product": "CP2102 Bridge"}
ESP32S3 = {
    "idVendor": "303a",
    "idProduct": "1001",
    "serial": "34:85:18:AB:CD:EF",
    "manufacturer": "Espressif",
    "product": "USB JTAG/serial debug unit",
}


def test_a_socket_gets_a_name_whatever_is_plugged_into_it(machine):
    machine.plug("ttyUSB0", port=0, links=[f"{PATH}-port0"], **CP2102)
    assert rule("/dev/ttyUSB0", "mast-1", "path", machine.root) == (
        f"# mast-1: CP2102 Bridge at {PATH}\n"
        f'SUBSYSTEM=="tty", ENV{{ID_PATH}}=="{PATH}", ATTRS{{port_number}}=="0", '
        f'SYMLINK+="neckar/mast-1", {GRANTED}'
    )


def test_a_board_with_a_number_of_its_own_keeps_its_name_in_any_socket(machine):
    machine.plug("ttyACM0", **ESP32S3)
    assert rule("/dev/ttyACM0", "roof", "serial", machine.root) == (
        "# roof: Espressif USB JTAG/serial debug unit at serial number 34:85:18:AB:CD:EF\n"
        'SUBSYSTEM=="tty", ENV{ID_VENDOR_ID}=="303a", ENV{ID_MODEL_ID}=="1001", '
        'ENV{ID_SERIAL_SHORT}=="34:85:18:AB:CD:EF", ENV{ID_USB_INTERFACE_NUM}=="00", '
        f'SYMLINK+="neckar/roof", {GRANTED}'
    )


def test_a_port_that_is_named_by_its_link_is_the_same_port(machine):
    machine.plug("ttyACM0", **ESP32S3)
    by_link = rule(f"/dev/serial/by-path/{PATH}", "roof", "path", machine.root)
    assert by_link == rule("/dev/ttyACM0", "roof", "path", machine.root)


def test_the_link_of_a_newer_udev_with_the_usb_revision_is_not_taken(machine):
    newer = PATH.replace("-usb-", "-usbv2-")
    machine.plug("ttyACM0", links=sorted([newer, PATH]), **ESP32S3)
    assert f'"{PATH}"' in rule("/dev/ttyACM0", "roof", "path", machine.root)


@pytest.mark.parametrize("serial", ["", "0001", "0000000000", "12345678", 'a"b,RUN="x', "a*bcdefg"])
def test_a_serial_number_that_is_nobodys_own_is_refused(serial, machine):
    machine.plug("ttyUSB0", port=0, links=[f"{PATH}-port0"], **CP2102 | {"serial": serial})
    with pytest.raises(PortError, match="use --by path"):
        rule("/dev/ttyUSB0", "mast-1", "serial", machine.root)


@pytest.mark.parametrize("name", ["", "Mast", "a/b", "../x", 'a"', "a b", "-a", "a" * 33])
def test_a_name_that_is_no_name_is_refused(name, machine):
    with pytest.raises(PortError, match="NAME is"):
        rule("/dev/ttyUSB0", name, "path", machine.root)


def test_what_a_board_says_of_itself_stays_in_its_comment(machine):
    machine.plug("ttyACM0", **ESP32S3 | {"product": 'x\n KERNEL=="sda", MODE="0666"'})
    text = rule("/dev/ttyACM0", "roof", "path", machine.root)
    assert len(text.splitlines()) == 2


def test_a_port_that_is_not_there_is_one_line_and_exit_code_2(machine, capsys):
    assert main(["/dev/ttyUSB7", "mast-1"], machine.root) == 2
    assert capsys.readouterr().err == (
        "neckar-udev-rule: /dev/ttyUSB7 is not there: is the board plugged in?\n"
    )


def test_a_file_that_is_no_port_is_refused(machine):
    (machine.root / "dev/null").touch()
    with pytest.raises(PortError, match="no serial port"):
        rule("/dev/null", "mast-1", "path", machine.root)


def test_a_port_that_is_not_on_usb_needs_no_rule(machine):
    uart = machine.root / "sys/devices/platform/fe201000.serial"
    (uart / "tty/ttyAMA0").mkdir(parents=True)
    (uart / "tty/ttyAMA0/device").symlink_to(uart)
    (machine.root / "sys/class/tty/ttyAMA0").symlink_to(uart / "tty/ttyAMA0")
    (machine.root / "dev/ttyAMA0").touch()
    with pytest.raises(PortError, match="use it as it is"):
        rule("/dev/ttyAMA0", "mast-1", "path", machine.root)


def test_without_udevs_links_it_says_so(machine):
    machine.plug("ttyACM0", links=(), **ESP32S3)
    with pytest.raises(PortError, match="does udev run"):
        rule("/dev/ttyACM0", "roof", "path", machine.root)


def lines_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_line_has_the_form_that_udev_reads(machine):
    machine.plug("ttyACM0", **ESP32S3)
    printed = [rule("/dev/ttyACM0", "roof", by, machine.root) for by in ("path", "serial")]
    for line in lines_of("\n".join([RULES.read_text(encoding="utf-8"), *printed])):
        terms = line.split(", ")
        assert all(TERM.fullmatch(term) for term in terms), line


def test_every_jump_of_the_rules_has_a_target_below():
    lines = lines_of(RULES.read_text(encoding="utf-8"))
    for number, line in enumerate(lines):
        for label in re.findall(r'GOTO="(\w+)"', line):
            assert f'LABEL="{label}"' in lines[number + 1 :]
