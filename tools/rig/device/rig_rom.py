"""The ROM of a board whose firmware is part of its image: modules, and their names, cost no heap.

    supervisor -> ROM file -> `Rom`: memory -> `mount` -> /rom

Place: power_on -> here -> vfs.VfsRom, which runs bytecode where it lies.
Guarantee: what is read and interned here is in memory before the board's heap is measured. Of a
frozen image the same lies in flash: bytecode, and all names that occur in it.

Overstates what frozen code costs: function objects, tables of constants and strings that are no
names are made in the heap when a module is imported; frozen, they are in flash too.
"""

import gc
import io
import sys

import vfs

_MANY = 256  # names between collections: what is interned must not lie scattered over the heap


class Rom:
    """`path` is the ROM file; its content stays in memory."""

    def __init__(self, path: str):
        with open(path, "rb") as file:
            content = bytearray(file.seek(0, 2))
            file.seek(0)
            file.readinto(content)
        self._filesystem = vfs.VfsRom(content)
        self.has_boot = False

    def mount(self) -> None:
        """Put it at /rom, in front of /lib, and intern all names of its modules."""
        vfs.mount(self._filesystem, "/rom")
        sys.path[:] = ["", ".frozen", "/rom", "/lib"]
        self._intern()
        for entry in self._filesystem.ilistdir("/"):
            self.has_boot = self.has_boot or entry[0] == "_boot.mpy"

    def _intern(self) -> None:
        count = 0
        with self._filesystem.open("/names", "r") as file:
            for line in file:
                hasattr(io, line[:-1])  # any look-up interns the name
                count += 1
                if count % _MANY == 0:
                    gc.collect()
