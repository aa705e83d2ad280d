"""The settings of a link as commands of an SX126x: channel, framing, power.

Place: Settings -> Link -> Bus, each time before something starts.
Guarantee: nothing is allocated; the chip is tuned anew only where something was set since.
Section numbers: Semtech DS.SX1261-2.W.APP, revision 2.1.
"""

from ._port import const

_IQ_POLARITY = const(0x0736)
_SYNC_WORD = const(0x0740)
_OCP = const(0x08E7)

# SetPaConfig: duty cycle, hpMax, chip, table (13.1.14). At these powers the data sheet saves
# current by a smaller amplifier at full drive (table 13-21); in between it gives none, and the
# full amplifier gives what SetTxParams says.
_PA_22 = b"\x95\x04\x07\x00\x01"
_PA_20 = b"\x95\x03\x05\x00\x01"
_PA_17 = b"\x95\x02\x03\x00\x01"
_PA_14 = b"\x95\x02\x02\x00\x01"
_LOW_PA_15 = b"\x95\x06\x00\x01\x01"
_LOW_PA_14 = b"\x95\x04\x00\x01\x01"
_LOW_PA_10 = b"\x95\x01\x00\x01\x01"


class Link:
    """`set_power`, and `apply` before each start."""

    def __init__(self, bus, is_sx1261: bool, max_dbm: int):
        self._bus = bus
        self._is_sx1261 = is_sx1261
        self._max_dbm = max_dbm
        self._image = b""
        self._frequency = bytearray(b"\x86\0\0\0\0")  # SetRfFrequency (13.4.1)
        self._modulation = bytearray(b"\x8b\0\0\0\0")  # SetModulationParams (13.4.5)
        self._packet = bytearray(b"\x8c\0\0\0\0\0\0")  # SetPacketParams (13.4.6)
        self._pa = _PA_14
        self._power = bytearray(b"\x8e\0\x04")  # SetTxParams, ramp 200 us (13.4.4)

    def set_power(self, dbm: int) -> int:
        """Choose amplifier and drive; return what they give."""
        low, high = (-17, 15) if self._is_sx1261 else (-9, 22)
        dbm = max(low, min(dbm, high, self._max_dbm))
        drive_dbm = dbm
        if self._is_sx1261:
            self._pa = _LOW_PA_14
            if dbm == 15:
                self._pa = _LOW_PA_15
                drive_dbm = 14
            elif dbm == 10:
                self._pa = _LOW_PA_10
                drive_dbm = 13
        else:
            self._pa = _PA_22
            if dbm in (14, 17, 20):
                self._pa = _PA_14 if dbm == 14 else _PA_17 if dbm == 17 else _PA_20
                drive_dbm = 22
        self._power[1] = drive_dbm & 0xFF
        return dbm

    def forget(self) -> None:
        """Note that the chip was reset: its image calibration is that of another band."""
        self._image = b""

    def apply(self, settings, length: int) -> None:
        """Give the chip what was set since the last time, and the length of a frame."""
        bus = self._bus
        if settings.stale:
            self._tune(settings)
            # 0x12 becomes 0x1424: the chip wants a 4 after each half of the sync word.
            bus.write_register(_SYNC_WORD, settings.sync_word & 0xF0 | 4)
            bus.write_register(_SYNC_WORD + 1, settings.sync_word << 4 & 0xF0 | 4)
            bus.command(self._pa)
            # SetPaConfig moves the current limit too; the PAs need 60 and 140 mA (table 12-1).
            bus.write_register(_OCP, 0x18 if self._is_sx1261 else 0x38)
            bus.command(self._power)
            settings.stale = False
        packet = self._packet
        packet[1] = settings.preamble >> 8
        packet[2] = settings.preamble & 0xFF
        packet[3] = 0 if settings.explicit else 1
        packet[4] = length
        packet[5] = 1 if settings.crc else 0
        packet[6] = 1 if settings.inverted else 0
        bus.command(packet)
        bus.change_register(_IQ_POLARITY, 0x04, not settings.inverted)  # erratum 15.4

    def _tune(self, settings) -> None:
        hz = settings.frequency_hz
        image = _image_of(hz)
        if image is not self._image:
            self._bus.command(image)
            self._image = image
        # Steps of 32 MHz / 2**25. In two parts, for on a board 2**30 would be a heap object.
        steps = hz // 15625 * 16384 + hz % 15625 * 16384 // 15625
        frequency = self._frequency
        frequency[1] = steps >> 24
        frequency[2] = steps >> 16 & 0xFF
        frequency[3] = steps >> 8 & 0xFF
        frequency[4] = steps & 0xFF
        self._bus.command(frequency)
        modulation = self._modulation
        modulation[1] = settings.sf
        modulation[2] = 3 + settings.bandwidth_step
        modulation[3] = settings.coding - 4
        modulation[4] = 1 if settings.low_rate else 0
        self._bus.command(modulation)


def _image_of(hz: int) -> bytes:
    """Return CalibrateImage of the band (9.2.1): 863 to 870 MHz is 0xD7, 0xDB."""
    if hz > 900000000:
        return b"\x98\xe1\xe9"
    if hz > 850000000:
        return b"\x98\xd7\xdb"
    if hz > 770000000:
        return b"\x98\xc1\xc5"
    if hz > 460000000:
        return b"\x98\x75\x81"
    return b"\x98\x6b\x6f"
