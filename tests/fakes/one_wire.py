"""MicroPython's `onewire` and `ds18x20` for tests on CPython, above a virtual device.

    install(monkeypatch, timeline, part)      before node.drivers.ds18b20 is imported

Place: driver -> these -> a part of tools.rig.parts.
Does not model: single bits, the search, the time that a byte takes. `ds18x20` is the file that the
virtual boards have.
"""

import importlib.util
import sys
import types
from pathlib import Path

from tools.rig.parts.ds18b20 import crc8

DEVICE = Path(__file__).parents[2] / "tools" / "rig" / "device"


class OneWireError(Exception):
    """Nobody answered a reset."""


def install(monkeypatch, timeline, part, is_bare=False):
    """Let `import onewire` and `import ds18x20` find modules that speak to `part`.

    `is_bare`: there is none, and any pin will do.
    """

    class OneWire:
        MATCH_ROM = 0x55
        SKIP_ROM = 0xCC

        def __init__(self, pin):
            assert is_bare or pin is part

        def reset(self, required=False):
            is_there = part.reset(timeline.now_us)
            if required and not is_there:
                raise OneWireError
            return is_there

        def writebyte(self, value):
            part.write_byte(value, timeline.now_us)

        def write(self, data):
            for value in data:
                self.writebyte(value)

        def readinto(self, buffer):
            for i in range(len(buffer)):
                buffer[i] = part.read_byte(timeline.now_us)

        def select_rom(self, rom):
            self.reset()
            self.writebyte(self.MATCH_ROM)
            self.write(rom)

        def crc8(self, data):
            return crc8(bytes(data))

    onewire = types.ModuleType("onewire")
    onewire.OneWire = OneWire
    onewire.OneWireError = OneWireError
    monkeypatch.setitem(sys.modules, "onewire", onewire)
    spec = importlib.util.spec_from_file_location("ds18x20", DEVICE / "ds18x20.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "ds18x20", module)
    monkeypatch.delitem(sys.modules, "node.drivers.ds18b20", raising=False)
