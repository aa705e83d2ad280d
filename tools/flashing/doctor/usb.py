"""Which USB devices there are, as the kernel says: also those that no driver took.

Place: /sys/bus/usb/devices -> `devices` -> Facts; `BRIDGES` -> the checks.
Guarantee: reads only. What vanishes meanwhile is not there. Hubs are left out.

The kernel's names: Documentation/ABI/testing/sysfs-bus-usb. Drivers of the bridges: the tables in
Linux, drivers/usb/serial/cp210x.c, ch341.c, ftdi_sio.c, pl2303.c; CH9102 and CH343 are CDC devices,
and so is the ESP32-S3's own port (esptool, targets/esp32s3.py, USB_JTAG_SERIAL_PID).
"""

from pathlib import Path
from typing import NamedTuple

from tools.flashing.doctor.facts import UsbDevice

_HUB = "09"  # bDeviceClass, USB 2.0, 11.23.1


class Bridge(NamedTuple):
    """A chip that boards have between USB and serial port, and the kernel module for it."""

    name: str
    module: str


BRIDGES = {
    "0403:6001": Bridge("FT232R", "ftdi_sio"),
    "0403:6010": Bridge("FT2232", "ftdi_sio"),
    "0403:6014": Bridge("FT232H", "ftdi_sio"),
    "0403:6015": Bridge("FT231X", "ftdi_sio"),
    "067b:2303": Bridge("PL2303", "pl2303"),
    "10c4:ea60": Bridge("CP2102", "cp210x"),
    "10c4:ea70": Bridge("CP2105", "cp210x"),
    "1a86:5523": Bridge("CH341", "ch341"),
    "1a86:55d3": Bridge("CH343", "cdc_acm"),
    "1a86:55d4": Bridge("CH9102", "cdc_acm"),
    "1a86:7522": Bridge("CH340", "ch341"),
    "1a86:7523": Bridge("CH340", "ch341"),
    "303a:1001": Bridge("ESP32-S3", "cdc_acm"),
    "303a:4001": Bridge("ESP32-S3", "cdc_acm"),
}
# What brltty's udev rules (85-brltty.rules) take for a braille display: seen in the trackers of
# esp-idf (9372), pop-os (2475) and CH341SER (18).
BRLTTY_TAKES = ("1a86:7523", "10c4:ea60", "0403:6001")


def devices(root: Path = Path("/")) -> tuple[UsbDevice, ...]:
    """Return every device but hubs, by the name of its socket; `root` is for tests."""
    folder = root / "sys/bus/usb/devices"
    found = []
    for path in _folders(folder):
        if ":" in path.name or _read(path / "bDeviceClass") in ("", _HUB):
            continue
        interfaces = [at for at in _folders(path) if ":" in at.name]
        drivers = [_driver(interface) for interface in interfaces]
        found.append(
            UsbDevice(
                path.name,
                _read(path / "idVendor"),
                _read(path / "idProduct"),
                _read(path / "product") or _read(path / "manufacturer"),
                next((driver for driver in drivers if driver), ""),
                tuple(name for interface in interfaces for name in _ttys(interface)),
            )
        )
    return tuple(found)


def boards(found: tuple[UsbDevice, ...]) -> list[UsbDevice]:
    """Return the devices that boards come with."""
    return [device for device in found if device.id in BRIDGES]


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _driver(interface: Path) -> str:
    try:
        return (interface / "driver").readlink().name
    except OSError:
        return ""


def _ttys(interface: Path) -> list[str]:
    """Return the ports of an interface: ttyUSB0 is below it, ttyACM0 below its folder tty."""
    below = [*_folders(interface), *_folders(interface / "tty")]
    return [f"/dev/{path.name}" for path in below if path.name.startswith(("ttyUSB", "ttyACM"))]
