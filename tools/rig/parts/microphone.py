"""A MEMS microphone on I2S, as its data sheet describes it: ICS-43434 (DS-000069), INMP441.

    Microphone(world)                        a street as loud as world(seconds)["noise_dba"] says
    Microphone(world, sum_of(tone(1000, 94)))      what a calibrator gives

Place: pressure in Pa -> Microphone -> 32-bit frames -> the board's I2S.
Guarantee: the same seed gives the same frames. A second of sound costs about 10 ms here, and 36 ms
with the board that hears it: cheap for an hour of one node, too dear for weeks of a city, where the
firmware's simulated driver stands for the microphone.

Not modelled: the response of the membrane (-3 dB at 60 Hz, a rise above 8 kHz), wind, distortion
below the limit, the start after power came.
"""

import math
import random
from array import array
from collections.abc import Callable

from tools.rig.parts.part import SoundPart, World

# Pressure in Pa of frame `n` at a rate in Hz.
Signal = Callable[[int, int], float]

_TOP = (1 << 23) - 1
_REFERENCE_PA = 20e-6
_LINES_A_BAND = 6  # of a street; all on whole Hz, so that a loop of one second has no seam
_WHITE_TO_A_DB = -0.53  # what the A-weighting leaves of white noise up to 12 kHz


def pascals(level_db: float) -> float:
    """Return the effective pressure of a sound pressure level."""
    return _REFERENCE_PA * 10 ** (level_db / 20)


def a_weighting(hz: float) -> float:
    """Return the amplitude that the A-weighting leaves of a tone: IEC 61672-1, annex E."""
    square = hz * hz
    low = (square + 20.598997**2) * math.sqrt((square + 107.65265**2) * (square + 737.86223**2))
    # 1.0 at 1 kHz, by definition.
    return 1.2588966 * 12194.217**2 * square * square / (low * (square + 12194.217**2))


def tone(hz: float, level_db: float) -> Signal:
    """Return a sine; its level is not weighted."""
    peak = math.sqrt(2) * pascals(level_db)
    return lambda n, rate_hz: peak * math.sin(2 * math.pi * hz * n / rate_hz)


def sum_of(*signals: Signal) -> Signal:
    """Return all of them at once; of none: silence."""
    return lambda n, rate_hz: sum(signal(n, rate_hz) for signal in signals)


class Microphone(SoundPart):
    """`sensitivity_db10`: a tone of 94 dB is that far below full scale, in tenths of dB.

    `missing` is a line that nobody drives, `stuck` one that holds its last sample, `garbage` bits
    at random.
    """

    def __init__(
        self,
        world: World,
        signal: Signal | None = None,
        seed: int = 0,
        noise_dba: float = 29.0,
        sensitivity_db10: int = 260,
        offset: int = -2000,
    ):
        super().__init__(world)
        self._signal = signal
        self._random = random.Random(seed)  # noqa: S311
        self._noise_pa = pascals(noise_dba - _WHITE_TO_A_DB)
        # Full scale is the peak of a tone (INMP441 data sheet, "Understanding sensitivity").
        self._scale = (_TOP + 1) * 10 ** (-sensitivity_db10 / 200) / (math.sqrt(2) * pascals(94))
        self._offset = offset
        self._next = 0
        self._last = 0
        self._noise: list[float] = []
        self._street: list[float] = []

    def frames(self, count: int, rate_hz: int, now_us: int) -> bytes:
        """Return the next frames."""
        first = self._next
        self._next += count
        if self.faults.missing or not self.is_powered:
            return bytes(4 * count)
        if self.faults.garbage:
            return self._random.randbytes(4 * count)
        if self.faults.stuck:
            return array("i", [self._last << 8] * count).tobytes()
        samples = self._samples(first, count, rate_hz, now_us)
        self._last = samples[-1] if samples else self._last
        return array("i", [sample << 8 for sample in samples]).tobytes()

    def _samples(self, first: int, count: int, rate_hz: int, now_us: int) -> list[int]:
        if len(self._noise) != rate_hz:
            self._noise = [self._random.gauss(0, self._noise_pa) for _ in range(rate_hz)]
        if self._signal is None:
            sound = self._street_sound(first, count, rate_hz, now_us)
        else:
            sound = [self._signal(n, rate_hz) for n in range(first, first + count)]
        noise = _looped(self._noise, first, count)
        scale, offset, top = self._scale, self._offset, _TOP
        return [
            max(min(int(scale * (pressure + hiss)) + offset, top), -top)
            for pressure, hiss in zip(sound, noise, strict=True)
        ]

    def _street_sound(self, first: int, count: int, rate_hz: int, now_us: int) -> list[float]:
        if len(self._street) != rate_hz:
            self._street = _pink_loop(rate_hz, self._random)
        loudness = pascals(self.world(now_us / 1e6)["noise_dba"])
        return [loudness * value for value in _looped(self._street, first, count)]


def _looped(loop: list[float], first: int, count: int) -> list[float]:
    begin = first % len(loop)
    part = loop[begin : begin + count]
    while len(part) < count:
        part += loop[: count - len(part)]
    return part


def _pink_loop(rate_hz: int, dice: random.Random) -> list[float]:
    """Return a second of noise with equal power in every third of an octave, 1 Pa A-weighted."""
    tones = []
    for band in range(14, 40):
        for _ in range(_LINES_A_BAND):
            hz = round(10 ** ((band + dice.uniform(-0.5, 0.5)) / 10))
            if hz < rate_hz * 0.45:
                tones.append((hz, dice.uniform(0, 2 * math.pi)))
    effective = math.sqrt(sum(a_weighting(hz) ** 2 / 2 for hz, _ in tones))
    turns = [2 * math.pi * n / rate_hz for n in range(rate_hz)]
    loop = [0.0] * rate_hz
    for hz, phase in tones:
        loop = [
            value + math.sin(hz * turn + phase) for value, turn in zip(loop, turns, strict=True)
        ]
    return [value / effective for value in loop]
