"""Channel activity detection: how sure a chip sees that somebody sends LoRa here.

Place: `Antenna.detect` -> here -> a chance. Guarantee: all numbers of CAD are in this file.

A chip correlates what it hears with an ideal chirp. Semtech AN1200.48 ("Introduction to Channel
Activity Detection") recommends two symbols where time counts, and four from SF9 on for a good
detection at the limit of sensitivity without false ones. The SX1276 data sheet promises preambles
only, the SX1261/2 data symbols too. Pham ("Investigating and experimenting CSMA channel access
mechanisms for LoRa IoT networks", 2018) saw the SX1272 find whole frames nearby, and fewer farther.

What nobody published as one table is assumed here: chances per symbol that give for four symbols
over 0.999 in a preamble, 0.94 (SX126x) or 0.34 (SX127x) in the data, and a limit that moves by
1.5 dB for each doubling of the symbols, which is what adding them without their phases yields.
Not modelled: interference that hides a frame from CAD, the chip's peak and minimum settings.
"""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol.airtime import SX126X, SX127X
from tools.rig.air.propagation import SNR_LIMITS_DB
from tools.rig.air.signal import Tuning
from tools.rig.air.transmission import Transmission


@dataclass(frozen=True)
class Cad:
    """How good CAD is. `data` holds the chance per data symbol for each chip."""

    preamble: float = 0.9
    data: dict[int, float] = field(default_factory=lambda: {SX126X: 0.5, SX127X: 0.1})
    false_alarm: float = 0.005
    # Over the SNR limit of the SF, for one symbol, and what each doubling gains.
    margin_db: float = 3.0
    doubling_db: float = 1.5

    def limit_db(self, sf: int, symbols: float) -> float:
        """Return the SNR below which a CAD of so many symbols sees nothing."""
        gain_db = self.doubling_db * math.log2(max(symbols, 1.0))
        return SNR_LIMITS_DB[sf] + self.margin_db - gain_db

    def chance(self, chip: int, in_preamble: float, in_data: float) -> float:
        """Return how likely a strong enough frame is seen by so many of its symbols."""
        return 1.0 - (1.0 - self.preamble) ** in_preamble * (1.0 - self.data[chip]) ** in_data

    def sees(
        self,
        signals: Iterable[tuple[Transmission, float]],
        tuning: Tuning,
        begin_us: int,
        end_us: int,
        random_numbers: random.Random,
    ) -> bool:
        """Return what a chip says of these frames, each with its SNR, after this time."""
        unseen = 1.0 - self.false_alarm
        symbols = (end_us - begin_us) / tuning.symbol_us
        for frame, snr_db in signals:
            if not _is_alike(tuning, frame.tuning) or snr_db < self.limit_db(tuning.sf, symbols):
                continue
            in_preamble = _overlap(begin_us, end_us, frame.start_us, frame.preamble_end_us, frame)
            in_data = _overlap(begin_us, end_us, frame.preamble_end_us, frame.silent_us, frame)
            unseen *= 1.0 - self.chance(tuning.chip, in_preamble, in_data)
        return random_numbers.random() >= unseen


def _is_alike(tuning: Tuning, sent: Tuning) -> bool:
    """Return whether chirps fit; CAD knows nothing of sync words and headers."""
    return (
        tuning.sf == sent.sf
        and tuning.bandwidth_hz == sent.bandwidth_hz
        and abs(tuning.frequency_hz - sent.frequency_hz) * 4 <= tuning.bandwidth_hz
        and tuning.inverted == sent.inverted
    )


def _overlap(begin_us: int, end_us: int, from_us: int, to_us: int, frame: Transmission) -> float:
    """Return how many symbols of a part of a frame were on the air in this time."""
    shared_us = min(end_us, to_us, frame.silent_us) - max(begin_us, from_us)
    return max(shared_us, 0) / frame.symbol_us
