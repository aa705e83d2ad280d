"""The settings of a link as registers of an SX127x: channel, framing, power.

Place: Settings -> Link -> Bus, each time before something starts.
Guarantee: nothing is allocated; registers are written only where something was set since.
Section numbers: Semtech SX1276/77/78/79 data sheet, revision 7, and errata note, revision 1.
"""

from ._port import const

_FRF_MSB = const(0x06)
_PA_CONFIG = const(0x09)
_OCP = const(0x0B)
_MODEM_CONFIG_1 = const(0x1D)
_MODEM_CONFIG_2 = const(0x1E)
_PREAMBLE_MSB = const(0x20)
_MODEM_CONFIG_3 = const(0x26)
_IF_FREQ_2 = const(0x2F)
_IF_FREQ_1 = const(0x30)
_DETECT_OPTIMIZE = const(0x31)
_INVERT_IQ = const(0x33)
_HIGH_BW_OPTIMIZE_1 = const(0x36)
_DETECTION_THRESHOLD = const(0x37)
_SYNC_WORD = const(0x39)
_HIGH_BW_OPTIMIZE_2 = const(0x3A)
_INVERT_IQ_2 = const(0x3B)
_PA_DAC = const(0x4D)

LOW_BAND_HZ = const(525000000)  # below it is the other receiver of the chip


class Link:
    """`set_power`, and `apply` before each start."""

    def __init__(self, bus, pa_boost: bool, max_dbm: int):
        self._bus = bus
        self._pa_boost = pa_boost
        self._max_dbm = max_dbm
        self._pa_config = 0
        self._is_high_power = False

    def set_power(self, dbm: int) -> int:
        """Choose amplifier and drive (3.4.2); return what they give."""
        self._is_high_power = False
        if self._pa_boost:
            dbm = max(2, min(dbm, 20, self._max_dbm))
            # Above 17 dBm the amplifier gives 3 dB more (3.4.3), for 1 % of the time at most.
            self._is_high_power = dbm > 17
            self._pa_config = 0xF0 | (dbm - 5 if self._is_high_power else dbm - 2)
        else:
            dbm = max(-4, min(dbm, 14, self._max_dbm))
            # Pout = Pmax - (15 - OutputPower); Pmax is 15 dBm, or 10.8 for what is below zero.
            self._pa_config = 0x70 | dbm if dbm >= 0 else dbm + 4
        return dbm

    def tune(self, settings) -> None:
        """Set the frequency, in steps of 32 MHz / 2**19."""
        hz = settings.frequency_hz
        steps = hz // 15625 * 256 + hz % 15625 * 256 // 15625
        self._bus.write(_FRF_MSB, steps >> 16)
        self._bus.write(_FRF_MSB + 1, steps >> 8 & 0xFF)
        self._bus.write(_FRF_MSB + 2, steps & 0xFF)

    def apply(self, settings) -> None:
        """Give the chip what was set since the last time."""
        if not settings.stale:
            return
        if settings.sf == 6 and settings.explicit:
            raise ValueError("SF6 of the SX127x has no header")
        self.tune(settings)
        self._apply_modem(settings)
        self._apply_errata(settings)
        bus = self._bus
        bus.write(_PREAMBLE_MSB, settings.preamble >> 8)
        bus.write(_PREAMBLE_MSB + 1, settings.preamble & 0xFF)
        bus.write(_SYNC_WORD, settings.sync_word)
        # Bit 0 is the other way round than the data sheet says, as Semtech's own driver has it.
        bus.write(_INVERT_IQ, 0x66 if settings.inverted else 0x27)
        bus.write(_INVERT_IQ_2, 0x19 if settings.inverted else 0x1D)
        bus.write(_PA_CONFIG, self._pa_config)
        bus.write(_PA_DAC, 0x87 if self._is_high_power else 0x84)
        # 20 dBm take 120 mA, all else below 90: the limit is 140 or 100 mA (3.4.4).
        bus.write(_OCP, 0x31 if self._is_high_power else 0x2B)
        settings.stale = False

    def _apply_modem(self, settings) -> None:
        bus = self._bus
        bandwidth = 6 + settings.bandwidth_step
        no_header = 0 if settings.explicit else 1
        crc = 4 if settings.crc else 0
        low_rate = 8 if settings.low_rate else 0
        bus.write(_MODEM_CONFIG_1, bandwidth << 4 | settings.coding - 4 << 1 | no_header)
        bus.write(_MODEM_CONFIG_2, settings.sf << 4 | crc)
        bus.write(_MODEM_CONFIG_3, low_rate | 4)  # 4: the gain is controlled automatically
        bus.write(_DETECTION_THRESHOLD, 0x0C if settings.sf == 6 else 0x0A)  # 4.1.1.2

    def _apply_errata(self, settings) -> None:
        bus = self._bus
        is_widest = settings.bandwidth_hz == 500000
        # 2.1: sensitivity at 500 kHz.
        bus.write(_HIGH_BW_OPTIMIZE_1, 0x02 if is_widest else 0x03)
        if is_widest:
            is_low = settings.frequency_hz < LOW_BAND_HZ
            bus.write(_HIGH_BW_OPTIMIZE_2, 0x7F if is_low else 0x64)
        # 2.3: no reception of what is not there, at 62.5, 125 and 250 kHz.
        detect = 0x45 if settings.sf == 6 else 0x43
        bus.write(_DETECT_OPTIMIZE, detect | 0x80 if is_widest else detect)
        if not is_widest:
            bus.write(_IF_FREQ_2, 0x40)
            bus.write(_IF_FREQ_1, 0x00)
