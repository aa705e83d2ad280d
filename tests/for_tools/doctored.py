"""Boards for tests of doctor: a flash with our node on it, made without provisioning.

Place: tests of doctor -> here -> flash of a virtual ESP32.
Not modelled: `key` and `service_key` are the same in all tests.
"""

import json
from functools import cache
from pathlib import Path

from tests.for_tools.flashing_bundle import IMAGE_BYTES
from tools.flashing import filesystem
from tools.rig.boards import read as read_board
from tools.rig.esp32.chips import kind_of
from tools.rig.esp32.images import micropython_image
from tools.rig.firmware import firmware_files

ROOT = Path(__file__).parents[2]
FLASH_BYTES = 4 << 20
VFS_AT = 0x200000
KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
SERVICE_KEY = bytes.fromhex("c0ffee0ddba11f00dfeedfacecafebeb")
IDENTITY = {"node": 17, "epoch": 3, "key": KEY.hex(), "service_key": SERVICE_KEY.hex()}
CONFIG = {"profile": "air", "interval_s": 60}


@cache
def firmware() -> dict[str, bytes]:
    """Return what is on every node, for the interpreter of this machine."""
    return firmware_files(ROOT)


def node_files(**changes: bytes | None) -> dict[str, bytes]:
    """Return all files of node 17; `changes` by name in the top folder, None: it is not there."""
    files = firmware() | {
        "/board.json": json.dumps(read_board("esp32-wired")).encode(),
        "/config.json": json.dumps(CONFIG).encode(),
        "/identity.json": json.dumps(IDENTITY).encode(),
        "/release.json": b'{"version": "1.2.3", "commit": "0123456", "bundle": "feed"}',
        "/state/frame_counter": b"0",
        "/state/duty": b"",
    }
    for name, data in changes.items():
        path = "/" + name.replace("__", "/").replace("_json", ".json").replace("_py", ".py")
        files.pop(path, None)
        if data is not None:
            files[path] = data
    return files


def flash_with(path: Path, files: dict[str, bytes] | None, kind: str = "esp32") -> Path:
    """Make a flash with MicroPython and files on it; None: its filesystem is erased."""
    flash = bytearray(b"\xff" * FLASH_BYTES)
    at = kind_of(kind).bootloader_at
    flash[at : at + IMAGE_BYTES] = micropython_image(kind, size=IMAGE_BYTES)
    if files is not None:
        image = filesystem.build(files, FLASH_BYTES - VFS_AT)
        flash[VFS_AT : VFS_AT + len(image)] = image
    path.write_bytes(flash)
    return path
