"""`tools/deb`: builds a .deb of the gateway that installs without a network.

Place: checkout and wheels -> a tree of files -> `dpkg-deb` -> dist/neckar-gateway_VERSION_ARCH.deb.
Guarantee: two builds of one commit are equal, byte for byte; wheels are only taken with the hashes
of requirements.txt.

0  built      1  something is missing, one line says what      2  the command line is wrong
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.packaging.errors import PackageError
from tools.packaging.tree import build_tree
from tools.packaging.wheels import MACHINES, fetch

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Build the package; return the exit code."""
    parser = argparse.ArgumentParser("tools/deb", description="Build the gateway's Debian package")
    parser.add_argument(
        "--arch", choices=sorted(MACHINES), default="arm64", help="Debian's name of the machine"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the package")
    parser.add_argument(
        "--wheels",
        type=Path,
        default=ROOT / "build" / "wheels",
        help="folder where wheels are kept",
    )
    parser.add_argument("--offline", action="store_true", help="only take wheels that are there")
    given = parser.parse_args(arguments)
    try:
        path = build(given.arch, given.out, given.wheels, given.offline)
    except PackageError as e:
        print(f"tools/deb: {e}", file=sys.stderr)
        return 1
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


def build(arch: str, out: Path, wheels: Path, offline: bool = False) -> Path:
    """Build the package of a machine into a folder; return its path."""
    epoch = _epoch()
    found = fetch(arch, wheels, offline)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="neckar-deb-") as folder:
        version = build_tree(ROOT, Path(folder), arch, found, epoch)
        path = out / f"neckar-gateway_{version}_{arch}.deb"
        # One thread, for the compressor's blocks must not depend on the machine.
        command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build"]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
        _run([*command, folder, str(path)], environment)
    return path


def _epoch() -> int:
    """Return the time that all files get, in seconds since 1970: of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        try:
            given = _run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"], None)
        except PackageError as e:
            raise PackageError("no git history to take the time from: set SOURCE_DATE_EPOCH") from e
    if not given.strip().isdecimal():
        raise PackageError(f"SOURCE_DATE_EPOCH is {given!r}, should be seconds since 1970")
    return int(given)


def _run(command: list[str], environment: dict[str, str] | None) -> str:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    except FileNotFoundError as e:
        raise PackageError(f"{command[0]} is missing: it is part of Debian") from e
    except subprocess.CalledProcessError as e:
        raise PackageError(f"{command[0]}: {e.stderr.strip()}") from e
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
