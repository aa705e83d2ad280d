"""Modes of an SX1261/2: how they are entered and left, how long that takes, timers, interrupts.

Place: sx1262_modem.py, which fills the modes with life, stands on it.
Guarantee: whatever is under way ends before the next begins; a mode that cannot be entered leaves
the chip in STDBY_RC with an error flag and a failed command.

SX1261/2 data sheet: table 8-2 (how long changes of mode take, BUSY high), 9 (modes), 13.3.1 (IRQ
bits), 13.5.1 (status), 13.6 (errors). A change by itself, such as after TxDone, takes no time here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.rig.air.timeline import Event
from tools.rig.chips.ear import Ear
from tools.rig.chips.sx1262_oscillator import XOSC_START_ERR, Oscillator

if TYPE_CHECKING:
    from tools.rig.chips.sx1262 import Sx1262

SLEEP = 0
STDBY_RC = 2
STDBY_XOSC = 3
FS = 4
RX = 5
TX = 6

TX_DONE = 0x001
RX_DONE = 0x002
PREAMBLE_DETECTED = 0x004
HEADER_VALID = 0x010
HEADER_ERR = 0x020
CRC_ERR = 0x040
CAD_DONE = 0x080
CAD_DETECTED = 0x100
TIMEOUT = 0x200

PLL_LOCK_ERR = 0x0040

# Command status, 13.5.1. 1 is "RFU": it is what chips answer where all is well.
FINE = 1
DATA_AVAILABLE = 2
TIMED_OUT = 3
BAD_COMMAND = 4
FAILED = 5
SENT = 6

_SWITCH_US = {
    (STDBY_RC, STDBY_XOSC): 31,
    (STDBY_RC, FS): 50,
    (STDBY_RC, RX): 83,
    (STDBY_RC, TX): 126,
    (STDBY_XOSC, FS): 40,
    (STDBY_XOSC, RX): 62,
    (STDBY_XOSC, TX): 105,
    (FS, RX): 41,
    (FS, TX): 76,
    (RX, FS): 15,
    (RX, TX): 92,
}
_OTHER_SWITCH_US = 41
_PLL_HZ = (150_000_000, 960_000_000)


class Modes:
    """The mode, the timer, the interrupts."""

    def __init__(self, chip: "Sx1262", oscillator: Oscillator):
        self._chip = chip
        self.oscillator = oscillator
        self.mode = STDBY_RC
        self.irq = 0
        # Chips are seen to answer 0xAA to the first command after a reset.
        self.command_status = FAILED
        self._ear: Ear | None = None
        self._activity = 0
        self._timer: Event | None = None
        self._symbol_timer: Event | None = None

    def standby(self, xosc: bool) -> None:
        """Go to STDBY_RC or STDBY_XOSC."""
        self._switch(STDBY_XOSC if xosc else STDBY_RC, lambda: None)

    def synthesize(self) -> None:
        """Go to FS."""
        self._switch(FS, lambda: None)

    def stop(self) -> None:
        """End what the radio does at once, the timer too: sleep, reset or no supply follow."""
        self._leave()
        self.stop_timer()
        self.oscillator.stop()

    def stop_timer(self) -> None:
        """Stop the timer that ends reception or sending."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _leave(self) -> None:
        self._activity += 1
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        if self._symbol_timer is not None:
            self._symbol_timer.cancel()
            self._symbol_timer = None
        self._chip.antenna.stop()

    def _switch(self, target: int, arrived: Callable[[], None], extra_us: int = 0) -> None:
        """Leave the mode, be busy, arrive. Only a timer that 15.3 leaves running goes on."""
        if self.mode in (RX, TX):
            self.stop_timer()
        self._leave()
        busy_us = _SWITCH_US.get((self.mode, target), _OTHER_SWITCH_US) + extra_us
        settings = self._chip.memory.settings
        if target != STDBY_RC and not self.oscillator.running:
            busy_us += settings.tcxo_delay_us
            if not self.oscillator.start(settings):
                self._enter(STDBY_RC)
                self._chip.be_busy(busy_us, lambda: self._fail(XOSC_START_ERR))
                return
        low_hz, high_hz = _PLL_HZ
        if target in (FS, RX, TX) and not low_hz <= settings.frequency_hz <= high_hz:
            self._enter(STDBY_RC)
            self._chip.be_busy(busy_us, lambda: self._fail(PLL_LOCK_ERR))
            return

        def arrive() -> None:
            self._enter(target)
            arrived()

        self._chip.be_busy(busy_us, arrive)

    def _enter(self, mode: int) -> None:
        self.mode = mode
        if mode in (SLEEP, STDBY_RC):
            self.oscillator.stop()
        self._chip.show_pins()

    def _fail(self, error: int) -> None:
        self.command_status = FAILED
        self.oscillator.errors |= error

    def _fall_back(self, mode: int) -> None:
        """End sending or receiving by itself. This takes no time here."""
        self._leave()
        self._enter(mode)

    def _start_timer(self, delay_us: int, action: Callable[[], None]) -> None:
        self.stop_timer()
        self._timer = self._chip.after(delay_us, action)

    def _time_out(self) -> None:
        self._timer = None
        if self.mode in (RX, TX):
            self._fall_back(STDBY_RC)
            self.command_status = TIMED_OUT
        self.interrupt(TIMEOUT)

    def interrupt(self, bits: int) -> None:
        """Raise interrupts: what SetDioIrqParams did not enable is never seen (13.3.1)."""
        self.irq |= bits & self._chip.memory.settings.irq_mask & ~self._chip.lost_irqs
        self._chip.show_pins()
