"""Prints the udev rule that gives a plugged serial port a name of its own: /dev/neckar/NAME.

    python3 udev_rule.py /dev/ttyUSB0 mast-1 >> /etc/udev/rules.d/71-neckar-ports.rules

Place: sysfs and udev's own links -> here -> an operator's file of rules.
Guarantee: reads only; changes nothing. It needs nothing but Python's standard library.

By path, a socket has the name: whatever is plugged into it, also after a board was swapped. By
serial number, a board has the name, in whatever socket; only for chips with a number of their own.

0  printed      2  the port or the name does not fit, one line says why
"""

import argparse
import re
import sys
from pathlib import Path

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
# What udev and its patterns take as it is; other serial numbers are changed on their way to a rule.
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]{6,64}")
# Numbers that a factory gave to all its boards.
_EVERYBODYS = {"0123456789", "0123456789ABCDEF", "12345678", "1234567890"}
_GRANTED = (
    'GROUP="dialout", MODE="0660", TAG+="systemd", '
    'ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1"'
)


class PortError(Exception):
    """A port or a name that no rule can be made of: the text says why, and what to do."""


def main(arguments: list[str] | None = None, root: Path = Path("/")) -> int:
    """Print the rule; return the exit code. `root` is where /dev and /sys are."""
    parser = argparse.ArgumentParser(
        "neckar-udev-rule",
        description="Print the udev rule that names a serial port /dev/neckar/NAME",
    )
    parser.add_argument("device", help="the port as it is called now, like /dev/ttyUSB0")
    parser.add_argument("name", help="its name: lower-case letters, digits, '-' and '_'")
    parser.add_argument("--by", choices=("path", "serial"), default="path")
    given = parser.parse_args(arguments)
    try:
        text = rule(given.device, given.name, given.by, root)
    except PortError as e:
        print(f"neckar-udev-rule: {e}", file=sys.stderr)
        return 2
    print(text)
    return 0


def rule(device: str, name: str, by: str, root: Path = Path("/")) -> str:
    """Return the rule with a comment above it, or raise PortError."""
    if not _NAME.fullmatch(name):
        wanted = "up to 32 lower-case letters, digits, '-' and '_'"
        raise PortError(f"NAME is {name!r}, should be {wanted}")
    tty = _tty(device, root)
    port, board = _places(tty, root)
    chip = " ".join(filter(None, (_read(board, "manufacturer"), _read(board, "product"))))
    matches = ['SUBSYSTEM=="tty"']
    if by == "path":
        where = _path_id(tty, port, root)
        matches.append(f'ENV{{ID_PATH}}=="{where}"')
    else:
        where = f"serial number {_serial(board, tty)}"
        for key, attribute in (("VENDOR_ID", "idVendor"), ("MODEL_ID", "idProduct")):
            matches.append(f'ENV{{ID_{key}}}=="{_read(board, attribute)}"')
        matches.append(f'ENV{{ID_SERIAL_SHORT}}=="{_serial(board, tty)}"')
        if interface := _read(port.parent, "bInterfaceNumber") or _read(port, "bInterfaceNumber"):
            matches.append(f'ENV{{ID_USB_INTERFACE_NUM}}=="{interface}"')
    if number := _read(port, "port_number"):  # of a chip with several ports, or with one
        matches.append(f'ATTRS{{port_number}}=="{number}"')
    comment = f"# {name}: {_printable(chip) or 'a board'} at {where}"
    return f'{comment}\n{", ".join(matches)}, SYMLINK+="neckar/{name}", {_GRANTED}'


def _tty(device: str, root: Path) -> str:
    """Return the kernel's name of a port, also where a link was given."""
    path = root / device.lstrip("/")
    if not path.exists():
        raise PortError(f"{device} is not there: is the board plugged in?")
    return path.resolve().name


def _places(tty: str, root: Path) -> tuple[Path, Path]:
    """Return the folders in sysfs of a port and of the USB device that it belongs to."""
    port = root / "sys/class/tty" / tty / "device"
    if not port.exists():
        raise PortError(f"{tty} is no serial port")
    port = port.resolve()
    for folder in port.parents:
        if (folder / "idVendor").is_file():
            return port, folder
    raise PortError(f"{tty} is not on USB: its name does not change, use it as it is")


def _path_id(tty: str, port: Path, root: Path) -> str:
    """Return udev's name of the socket, from the link that udev made for it."""
    number = _read(port, "port_number")
    ending = f"-port{number}" if number else ""
    for link in sorted((root / "dev/serial/by-path").glob("*")):
        if link.resolve().name == tty and link.name.endswith(ending) and "-usbv" not in link.name:
            return link.name.removesuffix(ending)
    raise PortError(f"udev made no link for {tty} in /dev/serial/by-path: does udev run?")


def _serial(board: Path, tty: str) -> str:
    serial = _read(board, "serial")
    if not _PLAIN.fullmatch(serial) or len(set(serial)) < 3 or serial in _EVERYBODYS:
        found = f"the serial number {serial!r}" if serial else "no serial number"
        raise PortError(f"{tty} has {found}, which is not its own: use --by path")
    return serial


def _read(folder: Path, attribute: str) -> str:
    """Return an attribute of sysfs, "" where it is not there."""
    try:
        return (folder / attribute).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _printable(text: str) -> str:
    """Return what a board says of itself, as it may stand in a comment."""
    return re.sub(r"[^ -~]", "?", text)[:60]


if __name__ == "__main__":
    sys.exit(main())
