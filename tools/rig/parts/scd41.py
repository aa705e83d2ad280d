"""A Sensirion SCD41 on I2C, at the level of its commands.

Place: bus -> Scd41 -> world: "co2" (ppm), "temperature" (degrees C), "humidity" (%).
Guarantee: as part.py. Section numbers: SCD4x data sheet, version 1.7.
Each command takes the longest time of table 9, and while it takes that, nothing is acknowledged;
so is what the chip cannot do, or has no data for. A shot sees the world at its end.

The first shot after power-up and after waking is off by `FIRST_SHOT_PPM`: version 1.3 of the data
sheet says that it should be discarded (3.10, 3.10.4); by how much it is off is a guess.
Does not model: self-calibration, what pressure, altitude and temperature offset do to the values
(they are kept and can be read), self test, forced recalibration, settings that are made to last.
"""

from dataclasses import dataclass, field

from tools.rig.parts.part import I2cPart, World
from tools.rig.parts.words import pack, silence, unpack

FIRST_SHOT_PPM = 150
_START_UP_US = 30_000  # table 7
_SHOT_US = 5_000_000
_START_PERIODIC = 0x21B1
_START_LOW_POWER = 0x21AC
_STOP_PERIODIC = 0x3F86
_READ = 0xEC05
_DATA_READY = 0xE4B8
_SINGLE_SHOT = 0x219D
_SHOT_WITHOUT_CO2 = 0x2196
_POWER_DOWN = 0x36E0
_WAKE_UP = 0x36F6
_REINIT = 0x3646
_SERIAL = 0x3682
_VARIANT = 0x202F
_AMBIENT_PRESSURE = 0xE000
_WHILE_PERIODIC = (_READ, _DATA_READY, _STOP_PERIODIC, _AMBIENT_PRESSURE)

# By the command that reads a setting: the one that writes it, and what it is by default.
_SETTINGS = {
    0x2318: (0x241D, 1498),  # temperature offset: 4 degrees C
    0x2322: (0x2427, 0),  # altitude
    _AMBIENT_PRESSURE: (_AMBIENT_PRESSURE, 1013),
    0x2313: (0x2416, 1),  # self-calibration
    0x233F: (0x243A, 400),  # its target
    0x2340: (0x2445, 44),  # its first period
    0x234B: (0x244E, 156),  # its period
}
_READING_OF = {write: read for read, (write, _) in _SETTINGS.items()}


@dataclass
class _State:
    """What a loss of power or a sleep takes."""

    settings: dict[int, int] = field(
        default_factory=lambda: {read: value for read, (_, value) in _SETTINGS.items()}
    )
    is_asleep: bool = False
    is_first: bool = True  # the next shot is the first one
    shot_us: int | None = None  # when the shot that runs ends
    with_co2: bool = True
    period_us: int = 0  # 0: no periodic measurement
    result: list[int] | None = None  # the buffer, emptied by reading (3.6.2)
    answer: list[int] | None = None  # to the command that was written last


class Scd41(I2cPart):
    """`shots` counts the shots that came to their end."""

    address = 0x62

    def __init__(self, world: World):
        super().__init__(world)
        self.shots = 0
        self._busy_us = 0
        self._state = _State()
        self._last: list[int] | None = None

    @property
    def ambient_hpa(self) -> int:
        """Return the pressure that the chip was told."""
        return self._state.settings[_AMBIENT_PRESSURE]

    @property
    def is_asleep(self) -> bool:
        """Return whether it was powered down."""
        return self._state.is_asleep

    def power(self, on: bool, now_us: int) -> None:
        """Take or lose the supply; it starts in idle."""
        super().power(on, now_us)
        self._busy_us = now_us + _START_UP_US
        self._state = _State()
        self._last = None

    def write(self, data: bytes, now_us: int) -> None:
        """Take a command, with a word where it has one."""
        self._advance(now_us)
        command = int.from_bytes(data[:2], "big")
        state = self._state
        if command == _WAKE_UP and now_us >= self._busy_us:
            if state.is_asleep:
                state.is_asleep = False
                self._busy_us = now_us + 30_000
            raise silence()  # it wakes, and does not acknowledge that (3.11.4)
        words = unpack(data[2:])
        if now_us < self._busy_us or state.is_asleep or len(data) < 2 or words is None:
            raise silence()
        if state.period_us and command not in _WHILE_PERIODIC:
            raise silence()
        state.answer = None
        if words:
            self._set(command, words[0])
            self._busy_us = now_us + 1000
        else:
            self._busy_us = now_us + self._do(command, now_us)

    def read(self, count: int, now_us: int) -> bytes:
        """Return the answer to the last command."""
        self._advance(now_us)
        state = self._state
        if now_us < self._busy_us or state.is_asleep or state.answer is None:
            raise silence()
        data = pack(state.answer, self.faults.garbage)[:count]
        state.answer = None
        return data + b"\xff" * (count - len(data))

    def _set(self, command: int, word: int) -> None:
        if command not in _READING_OF:
            raise silence()
        self._state.settings[_READING_OF[command]] = word

    def _do(self, command: int, now_us: int) -> int:
        """Do what a command without a word says; return how long it takes."""
        state = self._state
        if command in (_READ, _DATA_READY, _SERIAL, _VARIANT) or command in _SETTINGS:
            state.answer = self._answer(command)
            return 1000
        if command in (_SINGLE_SHOT, _SHOT_WITHOUT_CO2):
            state.with_co2 = command == _SINGLE_SHOT
            duration_us = _SHOT_US if state.with_co2 else 50_000
            state.shot_us = now_us + duration_us
            return duration_us
        if command in (_START_PERIODIC, _START_LOW_POWER):
            state.period_us = _SHOT_US if command == _START_PERIODIC else 30_000_000
            state.shot_us = now_us + state.period_us
            return 0
        if command == _STOP_PERIODIC:
            state.period_us = 0
            state.shot_us = None
            return 500_000
        if command == _POWER_DOWN:
            self._state = _State(is_asleep=True)
            return 1000
        if command == _REINIT:
            self._state = _State()
            return _START_UP_US
        raise silence()

    def _answer(self, command: int) -> list[int] | None:
        state = self._state
        if command == _READ:
            result, state.result = state.result, None
            return result
        if command == _DATA_READY:
            return [0x8006 if state.result else 0x8000]
        if command == _SERIAL:
            return [0xF896, 0x9F07, 0x3BBE]
        return [0x1440] if command == _VARIANT else [state.settings[command]]

    def _advance(self, now_us: int) -> None:
        """Let the shots come to their ends that the time since the last call allows."""
        state = self._state
        if state.shot_us is None or state.shot_us > now_us:
            return
        at_us, state.shot_us = state.shot_us, None
        if state.period_us:
            at_us += (now_us - at_us) // state.period_us * state.period_us
            state.shot_us = at_us + state.period_us
        self.shots += 1
        if not self.faults.stuck or self._last is None:
            self._last = self._measured(at_us)
        state.is_first = False
        state.result = self._last

    def _measured(self, at_us: int) -> list[int]:
        """Return CO2, temperature and humidity as words (3.6.2)."""
        world = self.world(at_us / 1e6)
        co2 = world["co2"] + (FIRST_SHOT_PPM if self._state.is_first else 0)
        return [
            _word(co2) if self._state.with_co2 else 0,
            _word((world["temperature"] + 45) / 175 * 65535),
            _word(world["humidity"] / 100 * 65535),
        ]


def _word(value: float) -> int:
    return min(max(round(value), 0), 0xFFFF)
