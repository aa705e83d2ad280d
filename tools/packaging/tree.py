"""Lays out what the package installs, and what dpkg has to know about it.

Place: checkout, wheels -> a folder that `dpkg-deb --build` takes.
Guarantee: the same input gives the same files, names, modes and times, wherever it is built.

    /usr/bin/neckar-gateway            the system's Python on the folder below
    /usr/bin/neckar-udev-rule          the same, for the names of ports
    /usr/lib/neckar/                   our modules and the wheels', unpacked: no venv, no pip, no
                                       network when it is installed, and dpkg knows every file
    /usr/lib/{systemd,sysusers.d,udev} unit, user, rules
    /usr/share/doc/neckar-gateway/     operate.md, an example of a configuration, drop-ins, licences
"""

import hashlib
import os
import shutil
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

from tools.packaging.errors import PackageError

LIBRARY = "usr/lib/neckar"
_DOC = "usr/share/doc/neckar-gateway"
_PACKAGING = "gateway/packaging"
# Our packages: (folder in the checkout, name that is imported).
_OURS = (("protocol", "protocol"), ("gateway", "gateway"), ("firmware/radio", "radio"))
_SUFFIXES = {".py", ".sql"}
# (in the checkout, installed as, mode)
_FILES = (
    (f"{_PACKAGING}/deb/neckar-gateway", "usr/bin/neckar-gateway", 0o755),
    (f"{_PACKAGING}/deb/neckar-udev-rule", "usr/bin/neckar-udev-rule", 0o755),
    (f"{_PACKAGING}/start.py", f"{LIBRARY}/__main__.py", 0o644),
    (
        f"{_PACKAGING}/neckar-gateway.service",
        "usr/lib/systemd/system/neckar-gateway.service",
        0o644,
    ),
    (f"{_PACKAGING}/neckar-gateway.sysusers", "usr/lib/sysusers.d/neckar-gateway.conf", 0o644),
    (f"{_PACKAGING}/70-neckar.rules", "usr/lib/udev/rules.d/70-neckar.rules", 0o644),
    (f"{_PACKAGING}/gateway.toml", f"{_DOC}/gateway.toml", 0o644),
    (f"{_PACKAGING}/deb/copyright", f"{_DOC}/copyright", 0o644),
    ("docs/operate.md", f"{_DOC}/operate.md", 0o644),
)
_SCRIPTS = ("postinst", "prerm", "postrm")
# No file of /etc is in the package: an upgrade has nothing to ask, and nobody's edit to overwrite.
_CONTROL = """\
Package: neckar-gateway
Version: {version}
Architecture: {arch}
Maintainer: The Neckar project <neckar@localhost>
Installed-Size: {kilobytes}
Depends: python3 (>= 3.11~), python3 (<< 3.14~), systemd, init-system-helpers
Recommends: udev
Suggests: mosquitto, python3-spidev
Section: net
Priority: optional
Description: gateway of a city's sensor network
 Takes the frames of Neckar's sensor nodes from serial ports, LoRa radios and
 concentrators, keeps every reading on disk, and hands it to an MQTT broker.
"""


def build_tree(root: Path, folder: Path, arch: str, wheels: list[Path], epoch: int) -> str:
    """Fill an empty folder; return the version. `epoch` is the time of all files."""
    version = _version(root)
    library = folder / LIBRARY
    for source, name in _OURS:
        _copy_modules(root / source, library / name)
    for wheel in wheels:
        _unpack(wheel, library)
    information = library / f"neckar-{version}.dist-info"
    _write(information / "METADATA", f"Metadata-Version: 2.1\nName: neckar\nVersion: {version}\n")
    for source, target, mode in _FILES:
        _copy(root / source, folder / target, mode)
    for path in sorted((root / _PACKAGING / "drop-ins").glob("*.conf")):
        _copy(path, folder / _DOC / "drop-ins" / path.name, 0o644)
    _write_control(root, folder, version, arch)
    _settle(folder, epoch)
    return version


def _version(root: Path) -> str:
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["version"]


def _copy_modules(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file():
            _copy(path, target / path.relative_to(source), 0o644)


def _unpack(wheel: Path, library: Path) -> None:
    """Unpack a wheel, without its scripts; the same file of two wheels has to be equal."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            parts = PurePosixPath(name).parts
            if name.endswith("/") or parts[0].endswith(".data") or parts[-1] == "RECORD":
                continue
            if ".." in parts or name.startswith("/"):
                raise PackageError(f"{wheel.name} has a file outside of its folder: {name}")
            content = archive.read(name)
            path = library / name
            is_label = parts[-1] == "WHEEL"  # says for which Python, which is more than one here
            if path.exists() and not is_label and path.read_bytes() != content:
                raise PackageError(f"{wheel.name} and another wheel differ in {name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _write_control(root: Path, folder: Path, version: str, arch: str) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kilobytes = sum(-(-path.stat().st_size // 1024) for path in files)
    sums = "".join(
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"  # noqa: S324
        for path in files
    )
    control = folder / "DEBIAN"
    _write(control / "control", _CONTROL.format(version=version, arch=arch, kilobytes=kilobytes))
    _write(control / "md5sums", sums)
    for name in _SCRIPTS:
        _copy(root / _PACKAGING / "deb" / name, control / name, 0o755)
    _copy(root / _PACKAGING / "deb" / "triggers", control / "triggers", 0o644)


def _copy(source: Path, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError as e:
        raise PackageError(f"{source} is missing in the checkout") from e
    target.chmod(mode)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _settle(folder: Path, epoch: int) -> None:
    """Give everything the same time, and modes that do not come from the builder's umask."""
    for path in [folder, *sorted(folder.rglob("*"))]:
        if path.is_dir():
            path.chmod(0o755)
        elif not path.stat().st_mode & 0o100:
            path.chmod(0o644)
        os.utime(path, (epoch, epoch))
