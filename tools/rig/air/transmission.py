"""One frame on its way through the air.

Place: antenna -> ether -> receivers.
Guarantee: its times are exact and those of `protocol.airtime`; its level at an antenna is found
once and stays, also when someone turns an attenuator meanwhile.

    start ... preamble ... preamble_end ... sync word ... sync_end ... header ... data ... end
"""

import random
from typing import TYPE_CHECKING

from protocol.airtime import SX126X
from tools.rig.air.signal import Tuning

if TYPE_CHECKING:
    from tools.rig.air.antenna import Antenna

HEADER_SYMBOLS = 8
_CRC_BYTES = 2
Span = tuple[int, int]


class Transmission:
    """A frame from its first chirp on; `silent_us` is when it really ended."""

    __slots__ = (
        "antenna",
        "end_us",
        "frame",
        "header_end_us",
        "levels_dbm",
        "met",
        "needed_us",
        "number",
        "power_dbm",
        "preamble_end_us",
        "silent_us",
        "start_us",
        "symbol_us",
        "sync_end_us",
        "tuning",
    )

    def __init__(
        self,
        number: int,
        antenna: "Antenna",
        tuning: Tuning,
        frame: bytes,
        power_dbm: float,
        start_us: int,
    ):
        modulation = tuning.modulation
        symbol_us = modulation.symbol_us
        quarters = 25 if tuning.sf < 7 and tuning.chip == SX126X else 17
        self.number = number
        self.antenna = antenna
        self.tuning = tuning
        self.frame = frame
        self.power_dbm = power_dbm
        self.symbol_us = symbol_us
        self.start_us = start_us
        self.preamble_end_us = start_us + tuning.preamble * symbol_us
        self.sync_end_us = self.preamble_end_us + quarters * (symbol_us // 4)
        self.header_end_us = self.sync_end_us + HEADER_SYMBOLS * symbol_us
        self.end_us = start_us + modulation.airtime_us(len(frame))
        self.silent_us = self.end_us
        # The last moment at which a receiver may ask what disturbed it.
        self.needed_us = self.end_us
        self.levels_dbm: dict[Antenna, float] = {}
        # Antennas that had a chance to hear it.
        self.met: set[Antenna] = set()

    def damage(self, spans: list[Span], chance: random.Random) -> bytes:
        """Return the frame with all bytes changed that were on the air in these spans of time.

        At least one is changed. Not modelled: where the interleaver really puts a byte, and what
        coding rates 4/7 and 4/8 repair.
        """
        # The first data is in the header's symbols; a short frame has no others.
        begin_us = min(self.header_end_us, self.end_us - self.symbol_us)
        length = len(self.frame)
        slots = length + (_CRC_BYTES if self.tuning.crc else 0)
        bent = bytearray(self.frame)
        for from_us, to_us in spans if length else ():
            scale = slots / (self.end_us - begin_us)
            first = min(max(int((from_us - begin_us) * scale), 0), length - 1)
            last = min(max(int((to_us - 1 - begin_us) * scale), 0), length - 1)
            for index in range(first, last + 1):
                bent[index] = self.frame[index] ^ chance.randrange(1, 256)
        return bytes(bent)
