"""Why the board started, in one word, and how often that was so over its life.

Place: machine, the ROM's register -> `cause` -> life; /state/resets -> `counts` -> status.
Guarantee: a wake from deep sleep writes nothing. A damaged file starts the counts anew; flash that
refuses costs a count and no boot.

MicroPython says PWRON_RESET for a brown-out too (ports/esp32/modmachine.c, mp_machine_reset_cause).
The ROM's reason tells them apart (ESP-IDF, soc/reset_reasons.h; the register: ESP32 Technical
Reference Manual, RTC_CNTL_RESET_STATE_REG, bits 5:0; not tried on a chip):

    15      the detector has reset the chip
    12, 3   the detector's interrupt has: to the ROM a reset by software, while ESP-IDF's
            esp_reset_reason says brown-out, and so MicroPython power-on (port/brownout.c)
"""

import sys

from node import files
from protocol._compat import const

PATH = "/state/resets"

POWER_ON = "power-on"
BROWN_OUT = "brown-out"
WATCHDOG = "watchdog"
RESET = "reset"
WAKE = "wake"
CRASH = "crash"

# In the order of machine.reset_cause() of the ESP32 port.
_CAUSES = ("unknown", POWER_ON, RESET, WATCHDOG, WAKE, "soft reset")
_COUNTED = (POWER_ON, BROWN_OUT, WATCHDOG, CRASH)

_ESP32_RESET_STATE = const(0x3FF48034)
_ESP32S3_RESET_STATE = const(0x60008038)
_BROWN_OUTS = (3, 12, 15)


def cause(machine) -> str:
    """Return why the board started; `machine` is the module."""
    number = machine.reset_cause()
    try:
        import esp32  # noqa: F401 - elsewhere that address is anything
    except ImportError:
        return of(number, 0)
    return of(number, rom_reason(machine, getattr(sys.implementation, "_machine", "")))


def of(number: int, reason: int) -> str:
    """Return one of the words above, `unknown` or `soft reset`, for what both say."""
    if number == 1 and reason in _BROWN_OUTS:
        return BROWN_OUT
    return _CAUSES[number] if 0 <= number < len(_CAUSES) else _CAUSES[0]


def rom_reason(machine, chip: str) -> int:
    """Return the ROM's reason of the last reset, or 0 where nobody can tell."""
    try:
        return machine.mem32[_ESP32S3_RESET_STATE if "S3" in chip else _ESP32_RESET_STATE] & 0x3F
    except Exception:  # a port without it, or one that checks addresses
        return 0


def counts() -> list:
    """Return [power-ons, brown-outs, watchdog resets, boots that crashed] of the node's life."""
    try:
        found = [int(word) for word in (files.read_bytes(PATH) or b"").split()]
    except ValueError:
        found = []
    is_sound = len(found) == len(_COUNTED) and min(found) >= 0 and max(found) <= 0xFFFFFFFF
    return found if is_sound else [0] * len(_COUNTED)


def count(counted: list, what: str) -> None:
    """Count one of these; other causes are not counted."""
    if what not in _COUNTED:
        return
    counted[_COUNTED.index(what)] += 1
    try:
        files.write_atomic(PATH, b" ".join([b"%d" % n for n in counted]))
    except OSError:
        pass
