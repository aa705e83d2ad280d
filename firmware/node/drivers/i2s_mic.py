"""A MEMS microphone on I2S as a sound level meter: ICS-43434, INMP441 and their kin.

Place: ports.i2s -> I2sMic -> node.sensors.noise. Frames are 32 bits of which the upper 24 are the
sample (ICS-43434 data sheet DS-000069, "I2S data interface"); the pin L/R is at ground.
Guarantee: one buffer of 32 ms is all the sound there is, and it is wiped before the next is read.
What leaves this module is two levels and two counts. The memory needed does not depend on the
interval.

24 kHz: the ICS-43434 has its full quality from 23 kHz on, and an A-weighting up to 8 kHz needs no
more. `sensitivity_db10` says, in tenths, how far below full scale 94 dB at 1 kHz are: 260 +-10 for
an ICS-43434, 260 +-30 for an INMP441 (DS-INMP441-00, table 1), or what a calibrator shows.
"""

from array import array
from asyncio import StreamReader
from math import log10

from node.drivers import a_weighting as weighting
from node.drivers.driver import Driver
from protocol._compat import const

_BLOCKS = const(8)  # `a_weighting.follow` takes no more
_FRAMES = const(768)
_DMA_BYTES = const(16384)  # of stereo frames, as the port counts: 85 ms for whoever holds us up
_TURNS_TO_SETTLE = const(32)  # 1 s: 2**18 clocks until an INMP441 talks, then its offset
_DEAD = const(16)  # about 10 dBA: the noise of a microphone that lives is 20 dB above it
# A tone of 0 dBFS has a peak of 2**23 (INMP441 data sheet, "Understanding sensitivity"), so a mean
# square of 135.464 dB; at 1 kHz the filters take 3.027 dB.
_OFFSET_DB = 94 - 135.464 + 3.027


class I2sMic(Driver):
    """`run` has to run as a task; `summary` then tells of the time since it was called last."""

    def __init__(self, ports, sensitivity_db10: int = 260):
        self._ports = ports
        self._offset_db = _OFFSET_DB + sensitivity_db10 / 10
        self._samples = memoryview(bytearray(4 * _FRAMES))
        self._state = array("i", bytes(4 * weighting.WORDS))
        for i in range(weighting.SIGNED):
            self._state[i] = weighting.ZERO
        self._forget()

    async def run(self) -> None:
        """Listen for ever."""
        i2s = self._ports.i2s(weighting.RATE_HZ, _DMA_BYTES)
        try:
            sound = StreamReader(i2s)
            for _ in range(_TURNS_TO_SETTLE):
                await self._turn(sound)
            self._forget()
            while True:
                await self._turn(sound)
        finally:
            i2s.deinit()

    async def summary(self, seconds: int, interval_s: int):
        """Return (LAeq, LAFmax in dB, blocks of 4 ms, overloaded samples); None: it is dead."""
        if not self._blocks:
            return None
        energy = self._energy * 8 / self._blocks
        levels = [
            10 * log10(squares / weighting.BLOCK) + self._offset_db
            for squares in (energy, self._loudest)
        ]
        result = (levels[0], levels[1], self._blocks, self._state[weighting.OVERLOADS])
        self._forget()
        return result

    def _forget(self) -> None:
        self._energy = self._loudest = 0.0
        self._blocks = 0
        self._state[weighting.OVERLOADS] = 0

    async def _turn(self, sound) -> None:
        count = 0
        while count < 4 * _FRAMES:
            count += await sound.readinto(self._samples[count:])
        self._hear()

    def _hear(self) -> None:
        state = self._state
        bits = weighting.weigh(self._samples, state, _FRAMES)
        weighting.follow(self._samples, state, _FRAMES, bits)
        if bits < _DEAD:
            return
        exponents = weighting.EXPONENTS
        self._energy += state[weighting.ENERGY] * 4.0 ** state[exponents]
        loudest = state[weighting.LOUDEST] * 4.0 ** state[exponents + 1]
        self._loudest = max(self._loudest, loudest)
        self._blocks += _BLOCKS
