"""`machine` of the virtual board: the interpreter's own, and what an ESP32 has besides.

Place: firmware -> machine -> control line -> supervisor.
Guarantee: `reset`, `soft_reset` and `deepsleep` never return and run no `finally`: the supervisor
ends the process as the chip's reset line would. RTC memory is a host file that the supervisor
empties at power-on.

Not modelled: PWM, Timer, PCNT, waking by a pin, RTC.datetime, registers but those of `mem32`,
current.
"""

import binascii
import os
import time

from rig_control import leave, tell, tell_fed
from rig_i2c import ADC, I2C, SoftI2C  # noqa: F401 - names of this module
from rig_sound import I2S  # noqa: F401
from rig_uart import UART  # noqa: F401
from rig_wires import SPI, Pin, SoftSPI  # noqa: F401
from umachine import *  # noqa: F403 - what the interpreter brings stays

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_RTC_BYTES = 2048
_MHZ = (20, 40, 80, 160, 240)

# RTC_CNTL_RESET_STATE_REG of the ESP32 and of the ESP32-S3: why each CPU was reset, as its ROM sees
# it, in six bits (Technical Reference Manuals, "Reset and Clock").
_RESET_STATES = (0x3FF48034, 0x60008038)

_cause = int(os.getenv("NECKAR_RIG_CAUSE"))
_id = binascii.unhexlify(os.getenv("NECKAR_RIG_UNIQUE_ID"))
_rtc = open(os.getenv("NECKAR_RIG_RTC"), "r+b")
_freq_hz = 160000000
_is_warped = os.getenv("NECKAR_RIG_TIME") == "warp"


def reset_cause() -> int:
    """Return why the board started."""
    return _cause


def reset() -> None:
    """Start again as after the reset line was pulled."""
    leave("reset")


def soft_reset() -> None:
    """Start again as after Ctrl-D."""
    leave("soft")


def deepsleep(time_ms=None) -> None:
    """Switch everything off but the RTC, for a time or until a reset."""
    if time_ms is None:
        leave("sleep")
    leave("sleep", int(time_ms))


def lightsleep(time_ms: int) -> None:
    """Sleep with everything kept."""
    time.sleep_ms(time_ms)


def idle() -> None:
    """Wait a little, as for an interrupt."""
    time.sleep_ms(1)


def unique_id() -> bytes:
    """Return the six bytes that tell this board from others."""
    return _id


def freq(hz=None):
    """Return the clock's frequency, or accept another that an ESP32 knows."""
    global _freq_hz
    if hz is None:
        return _freq_hz
    if hz % 1000000 or hz // 1000000 not in _MHZ:
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    _freq_hz = hz
    return None


class _Registers:
    """The registers that the rig has: host memory is nobody's to touch."""

    def __getitem__(self, address: int) -> int:
        if address not in _RESET_STATES:
            raise ValueError("the rig has no register 0x%x" % address)
        return int(os.getenv("NECKAR_RIG_ROM_CAUSE") or "1")

    def __setitem__(self, address: int, value: int) -> None:
        raise ValueError("the rig has no register to write")


mem32 = _Registers()


class RTC:
    """Only the memory, of 2048 bytes."""

    def memory(self, data=None):
        """Return what was stored, or store `data`."""
        _rtc.seek(0)
        if data is None:
            return _rtc.read(int.from_bytes(_rtc.read(2), "little"))
        if len(data) > _RTC_BYTES:
            raise ValueError("buffer too long")
        _rtc.write(len(data).to_bytes(2, "little"))
        _rtc.write(data)
        return None


class WDT:
    """Bites by reset with WDT_RESET; only a reset other than a soft one stops it.

    In a warped world it never bites.
    """

    def __init__(self, id: int = 0, timeout: int = 5000):
        if id != 0:
            raise ValueError
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        if not _is_warped:  # its time is the host's
            tell("wdt", timeout)

    def feed(self) -> None:
        """Put the bite off for another timeout."""
        tell_fed()
