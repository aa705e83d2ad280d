"""One stay in download mode, from a reset to the next: the bootloader on the board's flash.

Place: VirtualEsp32 -> Download -> Bootloader -> Flash.
Guarantee: nobody else works on the flash meanwhile: it holds the lock of the file.
"""

from contextlib import ExitStack
from pathlib import Path

from tools.rig import image as images
from tools.rig.esp32.bootloader import Bootloader
from tools.rig.esp32.chips import Kind
from tools.rig.esp32.faults import Faults
from tools.rig.esp32.flash import Flash


class Download:
    """`close` it at the end."""

    def __init__(self, kind: Kind, mac: bytes, path: Path, faults: Faults):
        self._faults = faults
        self._heard = 0
        self._ends = ExitStack()
        self._ends.enter_context(images.locked(path))
        flash = Flash(path, path.stat().st_size, faults.dead_sectors)
        self._ends.callback(flash.close)
        self._bootloader = Bootloader(kind, mac, flash)

    @property
    def has_left(self) -> bool:
        """Say whether esptool asked for the app to run."""
        return self._bootloader.has_left

    def take(self, data: bytes) -> bytes:
        """Do what the host asks for; return the answer."""
        self._heard += len(data)
        limit = self._faults.mute_after_bytes
        if limit is not None and self._heard > limit:
            data = data[: max(0, len(data) - (self._heard - limit))]
            self._bootloader.feed(data)
            return b""
        return self._bootloader.feed(data)

    def close(self) -> None:
        """Let others have the flash."""
        self._ends.close()
