"""A signed bundle of this checkout for tests: made once, with images that only look real.

Place: checkout, `micropython_image` -> `bundle_in` -> tests of flashing.
Guarantee: the bundle is kept by its content, in a folder that only this user may write to, so that
the processes of a test run share it; each test gets a copy. The signing key is worth nothing.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tools.flashing.bundle import making, sources
from tools.flashing.keys import Signer
from tools.rig.esp32.images import micropython_image
from tools.rig.firmware import private_folder

ROOT = Path(__file__).parents[2]
SECRET = hashlib.sha256(b"neckar tests").digest()
PUBLIC = Signer(SECRET).public
IMAGE_BYTES = 320_000
# What of the checkout is in a bundle, and what makes it.
_MADE_FROM = (
    *("firmware", "protocol", "LICENSE", "tools/flashing/bundle", "tools/rig/esp32/images.py"),
    *("tools/rig/reach.py", "tools/rig/selection.py", "tools/rig/firmware.py"),
)


def bundle_in(folder: Path) -> tuple[Path, bytes]:
    """Put the bundle into a folder; return its path and the public key that it is signed with."""
    path = folder / "neckar.bundle"
    path.write_bytes(_kept().read_bytes())
    return path, PUBLIC


@cache
def loaded(kind: str, has_vfs: bool = True) -> sources.Loaded:
    """Return an image for a chip that passes our checks."""
    data = micropython_image(kind, size=IMAGE_BYTES, has_vfs=has_vfs)
    return sources.Loaded(f"{kind}.bin", data)


def small_checkout(folder: Path) -> Path:
    """Return a new checkout with all of the firmware, but two boards and two profiles only."""
    root = folder / "checkout"
    for place in ("firmware", "protocol"):
        shutil.copytree(ROOT / place, root / place, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "LICENSE", root)
    kept = {"boards": ("heltec-v3", "esp32-wired"), "profiles": ("air", "weather")}
    for place, names in kept.items():
        for path in (root / "firmware" / place).glob("*.json"):
            if path.stem not in names:
                path.unlink()
    names = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    for command in (["init", "-q"], ["add", "."], [*names, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", "-C", root, *command], check=True, capture_output=True)
    return root


def key_in(folder: Path) -> Path:
    """Put the signing key into a folder."""
    path = folder / "bundle.key"
    path.write_bytes(base64.b64encode(SECRET))
    path.chmod(0o600)
    return path


def _kept() -> Path:
    folder = private_folder(f"neckar-test-bundle-{os.getuid()}")
    kept = folder / f"{_name()}.bundle"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=folder) as place:
            fresh = Path(place) / "fresh.bundle"
            images = [loaded("esp32"), loaded("esp32s3", has_vfs=False)]
            making.make(fresh, images, key_in(Path(place)), ROOT)
            fresh.replace(kept)
    return kept


@cache
def _name() -> str:
    """Return what names the bundle: all that it is made of."""
    sums = hashlib.sha256(repr((sources.commit(ROOT), IMAGE_BYTES)).encode())
    for place in _MADE_FROM:
        top = ROOT / place
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix != ".pyc":
                sums.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return sums.hexdigest()
