"""The part of `machine` that a node falls asleep with: RTC memory, deep sleep, resets.

Does not model: pins, and what a sleep does to anything but the caller, who sees `Slept`.
"""


class Slept(BaseException):
    """The chip sleeps; its argument is for how many ms."""


class Reset(BaseException):
    """The chip was reset."""


class RtcMachine:
    """`kept` is what RTC memory holds; `cause` why the chip started; `watchdog_ms` the last WDT."""

    DEEPSLEEP_RESET = 4

    def __init__(self):
        self.kept = b""
        self.cause = self.DEEPSLEEP_RESET
        self.watchdog_ms = 0
        machine = self

        class RTC:
            def memory(self, data=None):
                if data is None:
                    return machine.kept
                machine.kept = bytes(data)
                return None

        class WDT:
            def __init__(self, timeout):
                machine.watchdog_ms = timeout

        self.RTC, self.WDT = RTC, WDT

    def reset_cause(self):
        """Return why the chip started."""
        return self.cause

    def deepsleep(self, ms):
        """Sleep; nothing behind it runs."""
        raise Slept(ms)

    def reset(self):
        """Start again; nothing behind it runs."""
        raise Reset
