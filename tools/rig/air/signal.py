"""What a radio is set to, what it hears, and whom it tells.

Place: chip models and attackers -> `Tuning` -> ether -> `Listener`.
Guarantee: plain values; a `Tuning` no LoRa chip can be set to is a ValueError where its
`modulation` is first asked for.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from protocol.airtime import SX126X, Modulation


@dataclass(frozen=True)
class Tuning:
    """What a radio is set to, sending or listening.

    `coding` 5 .. 8 stands for 4/5 .. 4/8. `sync_word` is one byte as the SX127x has it: 0x12 for
    private, 0x34 for public networks. `length` is what a receiver without headers expects. `chip`
    says whose symbols count for SF5 and SF6 (`protocol.airtime`), and whose CAD it is.
    """

    frequency_hz: int
    sf: int
    bandwidth_hz: int
    coding: int = 5
    preamble: int = 8
    explicit: bool = True
    crc: bool = True
    low_rate: bool = False
    inverted: bool = False
    sync_word: int = 0x12
    length: int = 0
    chip: int = SX126X

    @property
    def modulation(self) -> Modulation:
        """Return what computes the time on air."""
        return _modulation(
            self.sf,
            self.bandwidth_hz,
            self.coding,
            self.preamble,
            self.explicit,
            self.crc,
            self.low_rate,
            self.chip,
        )

    @property
    def symbol_us(self) -> int:
        """Return how long one chirp lasts."""
        return (1 << self.sf) * 1_000_000 // self.bandwidth_hz


@lru_cache(maxsize=1024)
def _modulation(*fields: int) -> Modulation:
    return Modulation(*fields)  # type: ignore[arg-type]  # booleans are integers


@dataclass(frozen=True)
class Reception:
    """A frame as a receiver has it at its end.

    `crc_ok` is False where the chip sees a wrong CRC: damage to a frame without one stays unseen.
    `tuning` is the sender's.
    """

    data: bytes
    crc_ok: bool
    rssi_dbm: float
    snr_db: float
    start_us: int
    end_us: int
    coding: int
    has_crc: bool
    tuning: Tuning


class Listener(Protocol):
    """Is called at the moment it happens."""

    def preamble(self) -> None:
        """A preamble was found, some five symbols into it."""

    def header(self, ok: bool) -> None:
        """The header was read; where its own CRC is wrong, the frame is given up."""

    def frame(self, reception: Reception) -> None:
        """The frame is over, with a good CRC or not."""
