"""The 32 MHz of an SX1261/2: a crystal, or a TCXO that DIO3 feeds; and what is calibrated with it.

Place: sx1262_modes.py starts it where a mode needs it.
Guarantee: it runs only where SetDIO3AsTCXOCtrl fits what is soldered.

SX1261/2 data sheet, 13.3.6: where a TCXO is not ready when its time is over, or gets no voltage,
XOSC_START_ERR is set. At power-on and after a cold start nobody has set DIO3 yet, so a TCXO always
begins with that error, and the calibrations of the start have failed: Calibrate must follow
(13.1.12). A crystal does not run where DIO3 was set. A voltage within 10 % of the TCXO's is right.
"""

from tools.rig.chips.sx1262_memory import Settings

XOSC_START_ERR = 0x0020
TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)
ALL_BLOCKS = 0x7F


class Oscillator:
    """`errors` is what GetDeviceErrors says; `uncalibrated` are blocks as Calibrate has them."""

    def __init__(self, tcxo: bool, tcxo_mv: int, tcxo_start_us: int):
        self._tcxo = tcxo
        self._tcxo_mv = tcxo_mv
        self._tcxo_start_us = tcxo_start_us
        self.running = False
        self.errors = 0
        self.uncalibrated = 0

    def power_on(self) -> None:
        """Calibrate all as the chip does after reset and cold start."""
        self.running = False
        self.errors = XOSC_START_ERR if self._tcxo else 0
        self.uncalibrated = ALL_BLOCKS if self._tcxo else 0

    def fits(self, settings: Settings) -> bool:
        """Return whether it would start."""
        if not self._tcxo:
            return settings.tcxo_mv == 0
        return (
            10 * abs(settings.tcxo_mv - self._tcxo_mv) <= self._tcxo_mv
            and settings.tcxo_delay_us >= self._tcxo_start_us
        )

    def start(self, settings: Settings) -> bool:
        """Start it; False where it does not run."""
        self.running = self.fits(settings)
        return self.running

    def stop(self) -> None:
        """Switch it off."""
        self.running = False

    def calibrate(self, blocks: int, settings: Settings) -> bool:
        """Calibrate these blocks; False without a clock."""
        if self.fits(settings):
            self.uncalibrated &= ~blocks
            return True
        self.errors |= XOSC_START_ERR
        return False
