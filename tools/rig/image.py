"""Flash images: a LittleFS with files in it, made and read by the real MicroPython.

Place: files -> image -> VirtualBoard, and back after a power cut.
Guarantee: the filesystem is the device's own code with the device's parameters; what it reads here
is what the board would read.
"""

import subprocess
import tempfile
from pathlib import Path

from tools.rig.errors import RigError
from tools.rig.interpreter import find_micropython

BLOCK = 4096
_TOOL = Path(__file__).parent / "device" / "image_tool.py"


def build_image(path: Path, files: dict[str, bytes], size_kb: int = 1024) -> None:
    """Make a flash image with these files, given by absolute paths on the board."""
    path.write_bytes(b"\xff" * (size_kb * 1024))
    _copy_in("make", path, files)


def write_image(path: Path, files: dict[str, bytes]) -> None:
    """Add files to the image of a board that is off, or replace them."""
    _copy_in("write", path, files)


def read_image(path: Path) -> dict[str, bytes]:
    """Return all files of the image of a board that is off."""
    with tempfile.TemporaryDirectory(prefix="neckar-image-") as folder:
        _run("read", path, Path(folder))
        return {
            "/" + file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(Path(folder).rglob("*"))
            if file.is_file()
        }


def _copy_in(action: str, path: Path, files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(prefix="neckar-image-") as folder:
        for name, content in files.items():
            file = Path(folder) / name.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        _run(action, path, Path(folder))


def _run(action: str, image: Path, folder: Path) -> None:
    # Plenty of heap: this is a workshop tool, not the board.
    command = [find_micropython(), "-X", "heapsize=64m", _TOOL, action, image, folder]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=_TOOL.parent, check=False
    )
    if done.returncode:
        raise RigError(f"{image}: {(done.stdout + done.stderr).strip()[-300:]}")
