"""Temperature by a DS18B20, alone on its 1-Wire bus, with MicroPython's own `ds18x20`.

Place: ports -> Ds18b20 -> Thermometer, Probe.
Guarantee: what comes out was converted for this reading. Data sheet: Maxim, DS18B20, 19-7487.

A search for devices is not made: on a line that is held low it takes MicroPython seconds in which
nothing else runs. READ ROM is enough for one device, and damaged where there are two.
"""

import asyncio
from errno import EIO, ENODEV

from ds18x20 import DS18X20
from onewire import OneWire

from node.drivers.driver import Driver
from protocol._compat import const

_READ_ROM = const(0x33)
_FAMILIES = (0x28, 0x22)  # DS18B20, DS1822
_CONVERT_S = 0.75  # 12 bits, table 2
_ONES = const(0x1F)  # of the configuration register, figure 10
_POWER_ON_C = const(85)  # what the register holds before the first conversion, "memory"


class Ds18b20(Driver):
    """Has to be powered by three wires: nothing here feeds it through the data line."""

    lead_s = 1
    draw_ma = 1  # while it converts

    def __init__(self, ports):
        self._bus = OneWire(ports.onewire())
        self._chip = DS18X20(self._bus)
        self._is_begun = False

    def start(self) -> None:
        """Begin a conversion."""
        try:
            self._chip.convert_temp()
            self._is_begun = True
        except Exception:  # nobody answers; `read` says so
            self._is_begun = False

    async def read(self, seconds: int) -> float:
        """Return degrees C."""
        for _ in range(2):
            if not self._is_begun:
                self.start()
                await asyncio.sleep(_CONVERT_S)
            self._is_begun = False
            warmth = self._take()
            if warmth != _POWER_ON_C:
                return warmth
        raise OSError(EIO, "DS18B20 converts nothing: its supply")

    def _take(self) -> float:
        """Return what the register holds, checked."""
        try:
            rom = bytearray(8)
            self._bus.reset(True)
            self._bus.writebyte(_READ_ROM)
            self._bus.readinto(rom)
            # A line that is held low reads as zeros, whose checksum is right.
            if self._bus.crc8(rom) == 0 and rom[0] in _FAMILIES:
                warmth = self._chip.read_temp(rom)
                if self._chip.buf[4] & _ONES == _ONES:
                    return warmth
        except Exception:  # onewire and ds18x20 raise other errors than OSError
            raise OSError(EIO, "DS18B20 is missing or its answer damaged: wiring, pull-up")
        raise OSError(ENODEV, "not one DS18B20 on the 1-Wire bus")
