"""Fetches the wheels of the gateway's dependencies for every Python of the supported systems.

Place: requirements.txt with hashes -> pip -> a folder for each machine -> `tree`.
Guarantee: nothing is compiled or run, and no wheel without a known hash is taken.

A compiled module has the Python that it is for in its name (`_cffi_backend.cpython-313-...so`), so
those of several Pythons live in one folder, and one package fits Debian 12 and 13. One package for
several machines would be twice as large, for nobody: dpkg refuses the wrong one in clear words.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from tools.packaging.errors import PackageError

# Debian's name of a machine: the name in wheels.
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
# Debian 12, and Debian 13 with today's Raspberry Pi OS.
PYTHONS = ("3.11", "3.13")
# What manylinux tags the glibc 2.36 of Debian 12 satisfies, as far as our wheels use them.
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def fetch(arch: str, folder: Path, offline: bool) -> list[Path]:
    """Return the wheels of a machine, fetched into the folder where they are missing."""
    machine = MACHINES[arch]
    place = folder / arch
    place.mkdir(parents=True, exist_ok=True)
    for python in PYTHONS:
        if _download(python, machine, place, offline=True):
            continue
        if offline or not _download(python, machine, place, offline=False):
            where = f"not all in {place}" if offline else "the package index cannot be reached"
            raise PackageError(
                f"wheels for Python {python} on {machine}: {where}, or a hash differs"
            )
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    return [path for path in sorted(place.glob("*.whl")) if _sha256(path) in wanted]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _download(python: str, machine: str, place: Path, offline: bool) -> bool:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary", ":all:", "--require-hashes", "--requirement", str(REQUIREMENTS)]
    command += ["--implementation", "cp", "--python-version", python, "--dest", str(place)]
    for platform in _PLATFORMS:
        command += ["--platform", f"{platform}_{machine}"]
    if offline:
        command += ["--no-index", "--find-links", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
