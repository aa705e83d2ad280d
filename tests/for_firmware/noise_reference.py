"""What a sound level meter has to show: IEC 61672-1 in double precision, and sounds to show it on.

Place: tests of the noise meter. Frames are as machine.I2S gives them: 24 bits in the upper part of
32, little-endian. Nothing here is shared with the firmware or with the rig's microphone.

The limits of the tables are those of the edition of 2013 as its users know them; the text of the
standard itself was not at hand.
"""

import cmath
import math
import random
from array import array

RATE_HZ = 24000
TURN = 768  # frames that the driver takes at once
LEAD = 32 * TURN  # what it lets pass until the microphone has settled
_PEAK_94_DB = (1 << 23) * 10 ** (-26 / 20)

# Table 3: nominal frequency, exact one is 10**(number / 10); limits of class 1 above and below.
TABLE_3 = [
    (13, 2.0, 2.0),
    (14, 2.0, 1.5),
    (15, 1.5, 1.5),
    *((band, 1.0, 1.0) for band in range(16, 30)),
    (30, 0.7, 0.7),
    *((band, 1.0, 1.0) for band in range(31, 37)),
    (37, 1.5, 1.5),
    (38, 1.5, 2.0),
    (39, 1.5, 2.5),
    (40, 2.0, 3.0),
]
# Table 4, toneburst response of Fast at 4 kHz: duration in ms, dB below the steady tone.
TABLE_4 = [
    (1000, 0.0),
    (500, -0.1),
    (200, -1.0),
    (100, -2.6),
    (50, -4.8),
    (20, -8.3),
    (10, -11.1),
    (5, -14.1),
]


def response(hz: float) -> float:
    """Return the amplitude that the A-weighting leaves, before it is made 1 at 1 kHz: annex E."""
    f1, f2, f3, f4 = 20.598997, 107.65265, 737.86223, 12194.217
    s = 2j * math.pi * hz
    poles = [2 * math.pi * f for f in (f1, f1, f2, f3, f4, f4)]
    value = s**4
    for pole in poles:
        value /= s + pole
    return abs(value)


def a_db(hz: float) -> float:
    """Return the A-weighting in dB."""
    return 20 * math.log10(response(hz) / response(1000))


def frames(samples) -> bytes:
    """Return 24-bit samples as frames; what is too loud is cut off."""
    top = (1 << 23) - 1
    return array("i", [max(min(round(x), top), -top - 1) << 8 for x in samples]).tobytes()


def tone(hz: float, level_db: float, count: int, start: int = 0, length: int = 0) -> list:
    """Return `count` samples: a sine from `start` on, for `length` samples or to the end."""
    peak = _PEAK_94_DB * 10 ** ((level_db - 94) / 20)
    turn = 2 * math.pi * hz / RATE_HZ
    end = start + length if length else count
    return [peak * math.sin(turn * i) if start <= i < end else 0.0 for i in range(count)]


def noise(exponent: float, level_db: float, size: int, seed: int) -> list:
    """Return a period of noise whose power falls with f**exponent, 20 Hz to 11 kHz."""
    dice = random.Random(seed)
    spectrum = [0j] * size
    for k in range(1, size // 2):
        hz = k * RATE_HZ / size
        if 20 <= hz <= 11000:
            value = complex(dice.gauss(0, 1), dice.gauss(0, 1)) * hz ** (-exponent / 2)
            spectrum[k] = value
            spectrum[-k] = value.conjugate()
    samples = [value.real for value in fft(spectrum)]
    effective = math.sqrt(sum(x * x for x in samples) / size)
    wanted = _PEAK_94_DB / math.sqrt(2) * 10 ** ((level_db - 94) / 20)
    return [x * wanted / effective for x in samples]


def laeq(samples: list) -> float:
    """Return the A-weighted level of a periodic signal, from its spectrum (Parseval)."""
    size = len(samples)
    spectrum = fft([complex(x) for x in samples])
    power = 0.0
    for k in range(1, size // 2):
        weight = response(k * RATE_HZ / size) / response(1000)
        power += 2 * (abs(spectrum[k]) / size * weight) ** 2
    return 94 + 10 * math.log10(power / (_PEAK_94_DB**2 / 2))


def fft(values: list) -> list:
    """Return the discrete Fourier transform; the length is a power of two."""
    size = len(values)
    if size == 1:
        return values
    even, odd = fft(values[::2]), fft(values[1::2])
    turned = [cmath.exp(-2j * math.pi * k / size) * odd[k] for k in range(size // 2)]
    return [even[k] + turned[k] for k in range(size // 2)] + [
        even[k] - turned[k] for k in range(size // 2)
    ]
