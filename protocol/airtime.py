"""How long a LoRa frame is on the air, and in which European sub-band it may be there.

Place: settings of a link -> `Modulation` -> microseconds -> `duty`; its radio driver sets the chip
from the same fields, so that both mean the same frame.
Guarantee: integers only and exact, for a symbol is a whole number of microseconds; below 2**30. A
setting or a channel that is not allowed is a `ValueError`.

Time on air: SX1261/2 data sheet, 6.1.4; SX1276 data sheet, 4.1.1.7 (AN1200.13). From SF7 on they
agree; SF5 and SF6 of the SX126x have two more preamble symbols and eight bits fewer.

    symbols = preamble + 4.25 (6.25) + 8 + ceil(max(bits, 0) / (4 SF)) coding
    bits    = 8 length + 16 CRC + 20 header - 4 SF + 8 (0)

With the low data rate optimisation a symbol carries two bits fewer: 4 (SF - 2).
"""

from protocol._compat import const

SX126X = const(0)
SX127X = const(1)

# Narrower ones are left out: the data sheets give them rounded, and drivers disagree about the
# low data rate optimisation. A chip of these lasts 16, 8, 4 or 2 us.
_BANDWIDTHS = (62500, 125000, 250000, 500000)
# Both data sheets recommend the optimisation from here on. The SX126x says 16.38 ms, but no symbol
# is between the two: 16.384 ms is the first (SF11 at 125 kHz).
_LOW_RATE_US = const(16000)
_MAX_PREAMBLE = const(1000)


class Modulation:
    """How frames are sent; `airtime_us` says for how long. `coding` 5 .. 8 stands for 4/5 .. 4/8.

    `explicit`: the frame has a header. `low_rate`: the low data rate optimisation, by the symbol's
    length where it is None. The SX127x has no SF5, and SF6 without a header only.
    """

    def __init__(
        self,
        sf: int,
        bandwidth_hz: int = 125000,
        coding: int = 5,
        preamble: int = 8,
        explicit: bool = True,
        crc: bool = True,
        low_rate: bool | None = None,
        chip: int = SX126X,
    ):
        if chip not in (SX126X, SX127X) or not (5 if chip == SX126X else 6) <= sf <= 12:
            raise ValueError("no such chip or spreading factor")
        if bandwidth_hz not in _BANDWIDTHS:
            raise ValueError("no such bandwidth")
        if not 5 <= coding <= 8:
            raise ValueError("no such coding rate")
        if not 1 <= preamble <= _MAX_PREAMBLE:
            raise ValueError("no such preamble")
        fast = chip == SX126X and sf < 7
        if sf < 7 and not fast and explicit:
            raise ValueError("SF6 of the SX127x has no header")
        symbol_us = 1000000 // bandwidth_hz << sf
        if low_rate is None:
            low_rate = symbol_us >= _LOW_RATE_US
        elif low_rate and fast:
            raise ValueError("no optimisation below SF7")
        self.sf = sf
        self.bandwidth_hz = bandwidth_hz
        self.coding = coding
        self.preamble = preamble
        self.explicit = explicit
        self.crc = crc
        self.low_rate = low_rate
        self.chip = chip
        self.symbol_us = symbol_us
        self._fixed_bits = (
            (16 if crc else 0) + (20 if explicit else 0) + (0 if fast else 8) - 4 * sf
        )
        self._fixed_symbols = preamble + (14 if fast else 12)
        self._group = 4 * (sf - 2 if low_rate else sf)

    def airtime_us(self, length: int) -> int:
        """Return how long a frame of `length` bytes (0 .. 255) is on the air."""
        if not 0 <= length <= 255:
            raise ValueError("a frame has at most 255 bytes")
        bits = max(8 * length + self._fixed_bits, 0)
        groups = (bits + self._group - 1) // self._group
        symbols = self._fixed_symbols + groups * self.coding
        return (4 * symbols + 1) * (self.symbol_us >> 2)


# name, from and to in Hz, duty cycle in 1/10000 of an hour, limit of radiated power in dBm (ERP).
# EN 300 220-2, annex B; ERC/REC 70-03, annex 1; 7, 14 and 27 dBm stand for 5, 25 and 500 mW. The
# letters are those of V3.3.1 (2025): V3.2.1 (2018) and much that quotes it say P for our O.
_TABLE = (
    ("K", 863000000, 865000000, 10, 14),
    ("L", 865000000, 868000000, 100, 14),
    ("M", 868000000, 868600000, 100, 14),  # the three channels that every LoRa gateway hears
    ("N", 868700000, 869200000, 10, 14),
    ("O", 869400000, 869650000, 1000, 27),  # for a gateway: 869.525 MHz
    ("P", 869700000, 870000000, 10000, 7),  # no duty cycle at this power
    ("Q", 869700000, 870000000, 100, 14),
)


class Band:
    """A sub-band: its channels share `allowed_ms` of every hour, at `max_erp_dbm` at most."""

    def __init__(self, row: tuple):
        self.name = row[0]
        self.low_hz = row[1]
        self.high_hz = row[2]
        self.allowed_ms = 360 * row[3]
        self.max_erp_dbm = row[4]


BANDS = tuple(Band(row) for row in _TABLE)


def sub_band(frequency_hz: int, bandwidth_hz: int, erp_dbm: int = 14) -> Band:
    """Return the sub-band that holds the whole channel at this power; ValueError where none does.

    `frequency_hz` is the channel's centre. Up to 7 dBm the highest range is P, above it is Q.
    """
    half = (bandwidth_hz + 1) // 2
    for band in BANDS:
        inside = band.low_hz <= frequency_hz - half and frequency_hz + half <= band.high_hz
        if inside and erp_dbm <= band.max_erp_dbm:
            return band
    raise ValueError("no sub-band for this channel and power")
