"""A Bosch BME280 on I2C, at the level of its registers.

Place: bus -> Bme280 -> world: "temperature" (degrees C), "humidity" (%), "pressure" (hPa).
Guarantee: as part.py. Section numbers: BME280 data sheet, revision 1.23 (BST-BME280-DS001).
A measurement takes the longest time that 9.1 allows, and sees the world at its end.
Does not model: the filter, noise, self-heating, SPI, a conversion's own copy of the trim (5.4.4).
"""

from tools.rig.parts.bme280_trim import Trim
from tools.rig.parts.part import NACK, I2cPart, World

START_UP_US = 2000  # table 1
_ID = 0xD0
_RESET = 0xE0
_CTRL_HUM = 0xF2
_STATUS = 0xF3
_CTRL_MEAS = 0xF4
_CONFIG = 0xF5
_DATA = 0xF7
_NOTHING = bytes.fromhex("8000008000008000")  # table 18, reset state; skipped says the same
_STANDBY_US = (500, 62_500, 125_000, 250_000, 500_000, 1_000_000, 10_000, 20_000)  # table 27
_FORCED = (1, 2)
_NORMAL = 3


class Bme280(I2cPart):
    """`address` 0x76 or 0x77; `chip_id` 0x58 makes it a BMP280, which has no humidity."""

    def __init__(
        self, world: World, address: int = 0x76, chip_id: int = 0x60, trim: Trim | None = None
    ):
        super().__init__(world)
        self.address = address
        self.trim = trim or Trim()
        self.measurements = 0
        self._id = chip_id
        self._reset(-START_UP_US)

    def _reset(self, now_us: int) -> None:
        """Begin anew, as after power on (5.4.2)."""
        self._ready_us = now_us + START_UP_US
        self._pointer = 0
        self._registers = bytearray(256)
        self._registers[_ID] = self._id
        for first, data in self.trim.registers().items():
            self._registers[first : first + len(data)] = data
        self._registers[_DATA : _DATA + 8] = _NOTHING
        self._end_us: int | None = None  # of the measurement that runs, or of the next one
        self._waiting: int | None = None  # for ctrl_meas, until the measurement ends (3.3.1)
        self._humidity = 0  # ctrl_hum as it is in force (5.4.3)

    def power(self, on: bool, now_us: int) -> None:
        """Take or lose the supply."""
        super().power(on, now_us)
        self._reset(now_us)

    def write(self, data: bytes, now_us: int) -> None:
        """Take a register address, or pairs of address and value (6.2.1)."""
        self._advance(now_us)
        if data:
            self._pointer = data[0]
        for register, value in zip(data[::2], data[1::2], strict=False):
            self._store(register, value, now_us)

    def read(self, count: int, now_us: int) -> bytes:
        """Return registers from the address on that was written last (6.2.2)."""
        self._advance(now_us)
        if self.faults.garbage:  # without a checksum: what a line gives that is torn or shorted
            return (b"\xff" if now_us // 1_000_000 % 2 else b"\x00") * count
        status = 0x08 if self._is_measuring(now_us) else 0
        registers = self._registers[:_STATUS] + bytes((status,)) + self._registers[_CTRL_MEAS:]
        data = (registers + registers)[self._pointer : self._pointer + count]
        self._pointer = (self._pointer + count) % 256
        return bytes(data)

    def _store(self, register: int, value: int, now_us: int) -> None:
        if register == _RESET and value == 0xB6:
            self._reset(now_us)
        elif register == _CONFIG:
            self._registers[_CONFIG] = value & 0xFD
        elif self._is_measuring(now_us):
            if register == _CTRL_MEAS:
                self._waiting = value
        elif register == _CTRL_HUM:
            self._registers[_CTRL_HUM] = value & 0x07
        elif register == _CTRL_MEAS:
            self._control(value, now_us)

    def _control(self, value: int, now_us: int) -> None:
        self._registers[_CTRL_MEAS] = value
        self._humidity = self._registers[_CTRL_HUM] if self._id == 0x60 else 0
        self._end_us = now_us + self._duration_us() if value & 3 else None

    def _settings(self) -> tuple[int, int, int]:
        """Return the oversampling of T, P and H; 0: skipped (tables 20, 23, 24)."""
        control = self._registers[_CTRL_MEAS]
        codes = (control >> 5, control >> 2 & 7, self._humidity)
        return tuple(1 << min(code, 5) >> 1 for code in codes)  # type: ignore[return-value]

    def _duration_us(self) -> int:
        """Return the longest time of a measurement (9.1)."""
        warmth, pressure, damp = self._settings()
        both = sum(2300 * times + 575 for times in (pressure, damp) if times)
        return 1250 + 2300 * warmth + both

    def _is_measuring(self, now_us: int) -> bool:
        return self._end_us is not None and self._end_us - self._duration_us() <= now_us

    def _advance(self, now_us: int) -> None:
        """Let happen what the time since the last call allows."""
        if now_us < self._ready_us:
            raise OSError(*NACK.args)
        while self._end_us is not None and self._end_us <= now_us:
            mode = self._registers[_CTRL_MEAS] & 3
            if mode == _NORMAL and self._waiting is None:
                pause_us = _STANDBY_US[self._registers[_CONFIG] >> 5]
                period_us = self._duration_us() + pause_us
                self._end_us += (now_us - self._end_us) // period_us * period_us
                self._finish(self._end_us)
                self._end_us += period_us
                return
            end_us, self._end_us = self._end_us, None
            self._finish(end_us)
            if mode in _FORCED:
                self._registers[_CTRL_MEAS] &= 0xFC
            if self._waiting is not None:
                value, self._waiting = self._waiting, None
                self._control(value, end_us)

    def _finish(self, at_us: int) -> None:
        """Put the world into the data registers; a stuck chip leaves there what is there."""
        self.measurements += 1
        if self.faults.stuck and self.measurements > 1:
            return
        world = self.world(at_us / 1e6)
        celsius = world["temperature"]
        warmth, pressure, damp = self._settings()
        raw_t = self.trim.raw_temperature(celsius)
        raw_p = self.trim.raw_pressure(world["pressure"], celsius)
        raw_h = self.trim.raw_humidity(world["humidity"], celsius) if damp else 0x8000
        data = b"".join(
            (
                _twenty_bits(raw_p, pressure),
                _twenty_bits(raw_t, warmth),
                raw_h.to_bytes(2, "big"),
            )
        )
        self._registers[_DATA : _DATA + 8] = data


def _twenty_bits(raw: int, oversampling: int) -> bytes:
    """Return three registers; without filter, oversampling gives 16 to 20 bits (3.4.2, 3.4.3)."""
    if not oversampling:
        raw = 0x80000
    else:
        step = 16 // oversampling
        raw = min((raw + step // 2) // step * step, 0xFFFFF)
    return (raw << 4).to_bytes(3, "big")
