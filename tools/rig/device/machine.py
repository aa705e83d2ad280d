"""`machine` of the virtual ESP32: what the firmware uses of it, in one place.

Runs in MicroPython, made before the host's filesystem goes away. Resets and sleeps end the process
with a code; the supervisor starts it again with the cause. Does not model: pins that do anything,
timers, baud rates, the 128-byte FIFO of a UART, clock speed.
"""

import io
import os
import sys

_path = sys.path[:]
sys.path[:] = []
from machine import *  # noqa: E402,F403 - the builtin names stay

sys.path[:] = _path

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_EXIT_RESET = 10
_EXIT_SLEEP = 11
_RTC_BYTES = 2048

_control = open(int(os.getenv("NECKAR_RIG_CONTROL")), "wb")
_rtc_file = open(os.getenv("NECKAR_RIG_RTC"), "r+b")
_cause = int(os.getenv("NECKAR_RIG_CAUSE"))
_id = bytes(int(os.getenv("NECKAR_RIG_MAC")[i : i + 2], 16) for i in range(0, 12, 2))
_uarts = {}
for _item in os.getenv("NECKAR_RIG_UARTS").split():
    _number, _fd = _item.split("=")
    _uarts[int(_number)] = (int(_fd), open(int(_fd), "r+b"))


def tell(text):
    """Say something to the supervisor."""
    _control.write(text + "\n")


def reset_cause():
    """Return why the board started; the numbers of the ESP32 port."""
    return _cause


def reset():
    """Start again, with HARD_RESET as the cause."""
    sys.exit(_EXIT_RESET)


def deepsleep(time_ms=0):
    """Sleep with the RTC memory alive; never returns."""
    tell("sleep %d" % time_ms)
    sys.exit(_EXIT_SLEEP)


def unique_id():
    """Return the six bytes of the MAC address."""
    return _id


def freq(hz=None):
    """Return the clock of the CPU in Hz."""
    return 160000000


class RTC:
    """The 2048 bytes that survive resets and deep sleep, and not a power cut."""

    def memory(self, data=None):
        _rtc_file.seek(0)
        if data is None:
            return _rtc_file.read(int.from_bytes(_rtc_file.read(2), "big"))
        if len(data) > _RTC_BYTES:
            raise ValueError("buffer too long")
        _rtc_file.write(len(data).to_bytes(2, "big") + bytes(data))
        return None


class WDT:
    """A watchdog that bites: the supervisor resets a board that does not feed it in time."""

    def __init__(self, id=0, timeout=5000):
        self._line = "watchdog %d" % timeout
        self.feed()

    def feed(self):
        tell(self._line)


class Pin(PinBase):  # noqa: F405
    """A pin that remembers its value and is connected to nothing."""

    IN = 1
    OUT = 3
    PULL_UP = 2
    PULL_DOWN = 1
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, id, mode=-1, pull=-1, value=0):
        self._value = value

    def value(self, value=None):
        if value is None:
            return self._value
        self._value = value
        return None

    __call__ = value

    def on(self):
        self._value = 1

    def off(self):
        self._value = 0

    def irq(self, handler=None, trigger=3):
        return None


class UART(io.IOBase):
    """A stream on a wire of the supervisor; fits asyncio.StreamReader and StreamWriter."""

    def __init__(self, id, baudrate=9600, **options):
        if id not in _uarts:
            raise ValueError("UART(%d) doesn't exist" % id)
        self._fd, self._file = _uarts[id]

    def ioctl(self, op, arg):
        return self._fd if op == 10 else 0  # 10: MP_STREAM_GET_FILENO, what select polls

    def readinto(self, buf):
        return self._file.readinto(buf)

    def read(self, count=-1):
        return self._file.read(count)

    def write(self, buf):
        return self._file.write(buf)
