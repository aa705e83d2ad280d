"""A Sensirion SPS30 on I2C, at the level of its commands.

Place: bus -> Sps30 -> world: "pm25", "pm10" (ug/m3).
Guarantee: as part.py. Section numbers: SPS30 data sheet, version 1.0 of March 2020.
A command takes the longest time of table 8. Values rise until they are stable, 30 s after the start
(table 1).

Not in the data sheet, and chosen to be strict: that nothing is acknowledged while a command takes
its time, and no measured values outside of a measurement; that starting a measurement that runs,
and waking a chip that is awake, change nothing.
Does not model: sizes of particles beyond the two masses, the dust that cleaning removes.
"""

import math
from dataclasses import dataclass
from struct import pack as pack_bytes

from tools.rig.parts.part import Faults, I2cPart, World
from tools.rig.parts.words import pack, silence, unpack

STABLE_S = 30
_SECOND_US = 1_000_000
_START = 0x0010
_STOP = 0x0104
_DATA_READY = 0x0202
_READ = 0x0300
_SLEEP = 0x1001
_WAKE_UP = 0x1103
_CLEAN = 0x5607
_INTERVAL = 0x8004
_PRODUCT = 0xD002
_VERSION = 0xD100
_STATUS = 0xD206
_CLEAR_STATUS = 0xD210
_RESET = 0xD304
_FLOATS = 0x0300
_INTEGERS = 0x0500
_DURATIONS_US = {
    _START: 20_000,
    _STOP: 20_000,
    _SLEEP: 5_000,
    _WAKE_UP: 5_000,
    _CLEAN: 5_000,
    _INTERVAL: 20_000,
    _CLEAR_STATUS: 5_000,
    _RESET: 100_000,
}
_PARAMETERS = {_START: 1, _INTERVAL: 2}
_NEEDS = {_SLEEP: (2, 0), _WAKE_UP: (2, 0), _CLEAR_STATUS: (2, 0), _STATUS: (2, 2)}  # table 8
_SPEED, _LASER, _FAN = 1 << 21, 1 << 5, 1 << 4  # 4.4
_PULSE_US = 100_000  # so long a low pulse keeps the interface awake (6.3.6)
_CLEANING_US = 10_000_000


@dataclass
class Sps30Faults(Faults):
    """What can break in it (4.4).

    fan_failure    the fan stands still
    laser_failure  the laser's current is out of range
    fan_slow       the fan does not reach its speed
    """

    fan_failure: bool = False
    laser_failure: bool = False
    fan_slow: bool = False


class Sps30(I2cPart):
    """`firmware` (major, minor) decides which commands there are; `cleanings` counts them."""

    address = 0x69
    faults: Sps30Faults

    def __init__(self, world: World, firmware: tuple[int, int] = (2, 3)):
        super().__init__(world)
        self.faults = Sps30Faults()
        self.firmware = firmware
        self.cleanings = 0
        self.interval_s = 604_800  # survives a loss of power (4.2)
        self._last: tuple[float, float] | None = None
        self._reset(0)

    def _reset(self, busy_until_us: int) -> None:
        """Idle, as after power on (4.1)."""
        self.is_asleep = False
        self.started_us: int | None = None  # of the measurement
        self._busy_us = busy_until_us
        self._pulse_us: int | None = None
        self._pointer = 0
        self._format = _FLOATS
        self._status = 0
        self._seen = 0  # measurements until the last one that was read
        self._clean_us: int | None = None  # when a cleaning began
        self._uncleaned_us = 0  # time of measuring that counts for the next cleaning
        self._checked = 0  # seconds of this measurement for which fan and laser were checked

    def power(self, on: bool, now_us: int) -> None:
        """Take or lose the supply."""
        super().power(on, now_us)
        self._reset(now_us)
        self._last = None

    def write(self, data: bytes, now_us: int) -> None:
        """Take a pointer, which may be a command, with words where it has them (6.1)."""
        if self.is_asleep:
            self._wake(data, now_us)
            return
        self._advance(now_us)
        command = int.from_bytes(data[:2], "big")
        words = unpack(data[2:])
        if now_us < self._busy_us or len(data) < 2 or words is None:
            raise silence()
        if self.firmware < _NEEDS.get(command, (0, 0)):
            raise silence()
        self._pointer = command
        if len(words) == _PARAMETERS.get(command, 0):
            self._do(command, words, now_us)

    def read(self, count: int, now_us: int) -> bytes:
        """Return what the pointer points to; it stays there (6.1)."""
        self._advance(now_us)
        if now_us < self._busy_us or self.is_asleep:
            raise silence()
        data = pack(self._answer(now_us), self.faults.garbage)[:count]
        return data + b"\xff" * (count - len(data))

    def _wake(self, data: bytes, now_us: int) -> None:
        """Take the second of two wake-up commands; all before is but a pulse (6.3.6)."""
        is_listening = self._pulse_us is not None and now_us - self._pulse_us <= _PULSE_US
        if not is_listening or data != _WAKE_UP.to_bytes(2, "big"):
            self._pulse_us = now_us
            raise silence()
        self.is_asleep = False
        self._busy_us = now_us + _DURATIONS_US[_WAKE_UP]

    def _do(self, command: int, words: list[int], now_us: int) -> None:
        if command == _START:
            if words[0] not in (_FLOATS, _INTEGERS):
                raise silence()
            if self.started_us is None:
                self._format = words[0]
                self.started_us = now_us
                self._seen = self._checked = 0
        elif command == _STOP:
            self._stop(now_us)
        elif command == _SLEEP:
            self.is_asleep = self.started_us is None  # footnote 19
            self._pulse_us = None
        elif command == _CLEAN:
            self._clean(now_us)
        elif command == _INTERVAL:
            self.interval_s = words[0] << 16 | words[1]
        elif command == _CLEAR_STATUS:
            self._status = 0
        elif command == _RESET:
            self._reset(now_us)
        self._busy_us = now_us + _DURATIONS_US.get(command, 0)

    def _stop(self, now_us: int) -> None:
        if self.started_us is not None:
            self._uncleaned_us += now_us - self.started_us
        self.started_us = self._clean_us = None

    def _clean(self, now_us: int) -> None:
        """Blow the dust away for ten seconds, if it measures (footnote 20)."""
        if self.started_us is not None:
            self._clean_us = now_us
            self._uncleaned_us = self.started_us - now_us
            self.cleanings += 1

    def _is_cleaning(self, now_us: int) -> bool:
        return self._clean_us is not None and now_us - self._clean_us < _CLEANING_US

    def _seconds(self, now_us: int) -> int:
        """Return how many measurements there were; none while it cleans itself (4.2)."""
        if self.started_us is None:
            return 0
        if self._clean_us is not None and self._is_cleaning(now_us):
            now_us = self._clean_us
        return (now_us - self.started_us) // _SECOND_US

    def _advance(self, now_us: int) -> None:
        """Check fan and laser once a second; a fault shows when it is seen twice (4.4)."""
        seconds = self._seconds(now_us)
        if self.started_us is None or seconds <= self._checked:
            return
        self._checked = seconds
        if self.interval_s and not self._is_cleaning(now_us):
            measured_us = self._uncleaned_us + now_us - self.started_us
            if measured_us >= self.interval_s * _SECOND_US:
                self._clean(now_us)
        if seconds < 2:
            return
        self._status &= _FAN  # the others clear themselves
        self._status |= _FAN if self.faults.fan_failure else 0
        self._status |= _LASER if self.faults.laser_failure else 0
        if seconds > 4 and (self.faults.fan_slow or self.faults.fan_failure):
            self._status |= _SPEED

    def _answer(self, now_us: int) -> list[int]:
        seconds = self._seconds(now_us)
        if self._pointer == _DATA_READY:
            return [1 if seconds > self._seen else 0]
        if self._pointer == _READ and seconds:
            self._seen = seconds
            return self._measured(seconds)
        if self._pointer == _VERSION:
            return [self.firmware[0] << 8 | self.firmware[1]]
        if self._pointer == _STATUS:
            return [self._status >> 16, self._status & 0xFFFF]
        if self._pointer == _INTERVAL:
            return [self.interval_s >> 16, self.interval_s & 0xFFFF]
        if self._pointer == _PRODUCT:
            return [0x3030, 0x3038, 0x3030, 0x3030]
        raise silence()

    def _measured(self, seconds: int) -> list[int]:
        """Return PM1 to PM10 by mass, by number, and the typical size (4.3)."""
        assert self.started_us is not None  # noqa: S101 - `seconds` is positive
        if not (self.faults.stuck and self._last):
            world = self.world(self.started_us / 1e6 + seconds)
            share = min(seconds / STABLE_S, 1.0)
            if self.faults.fan_failure or self.faults.laser_failure:
                share = 0.0  # no air passes, or no light
            self._last = world["pm25"] * share, world["pm10"] * share
        fine, coarse = self._last
        masses = [fine * 0.8, fine, (fine + coarse) / 2, coarse]
        numbers = [fine * per for per in (5.0, 6.5, 7.0, 7.1, 7.2)]
        if self._format == _INTEGERS:
            return [min(math.floor(value + 0.5), 0xFFFF) for value in [*masses, *numbers, 500.0]]
        data = pack_bytes(">10f", *masses, *numbers, 0.5)
        return [int.from_bytes(data[i : i + 2], "big") for i in range(0, 40, 2)]
