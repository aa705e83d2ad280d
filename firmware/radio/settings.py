"""The settings of a radio link, and how long a frame of them can take.

Place: application -> Settings, the base of every driver; the chips read the fields when they next
start something.
Guarantee: setters touch no chip and allocate nothing; what is in the fields is possible. Durations
are upper bounds for waiting, not the airtime that a duty cycle counts.
"""

_BANDWIDTHS_HZ = (62500, 125000, 250000, 500000)


class Settings:
    """`stale`: something was set that the chip does not have yet."""

    lowest_sf = 5

    def __init__(self):
        self.frequency_hz = 868100000
        self.sf = 7
        self.bandwidth_hz = 125000
        self.bandwidth_step = 1  # 0 .. 3: 62.5, 125, 250, 500 kHz
        self.coding = 5
        self.low_rate = False
        self.preamble = 8
        self.explicit = True
        self.crc = True
        self.inverted = False
        self.sync_word = 0x12
        self.length = 0
        self.stale = True

    def set_channel(
        self, frequency_hz: int, sf: int, bandwidth_hz: int, coding: int, low_rate: bool
    ) -> None:
        """Tune. `coding` 5 .. 8 stands for 4/5 .. 4/8; `low_rate` is the optimisation for those."""
        if not 150000000 <= frequency_hz <= 960000000:
            raise ValueError("no such frequency")
        if not self.lowest_sf <= sf <= 12:
            raise ValueError("no such spreading factor")
        if bandwidth_hz not in _BANDWIDTHS_HZ:
            raise ValueError("no such bandwidth")
        if not 5 <= coding <= 8:
            raise ValueError("no such coding rate")
        if (
            frequency_hz != self.frequency_hz
            or sf != self.sf
            or bandwidth_hz != self.bandwidth_hz
            or coding != self.coding
            or low_rate != self.low_rate
        ):
            self.frequency_hz = frequency_hz
            self.sf = sf
            self.bandwidth_hz = bandwidth_hz
            self.bandwidth_step = _BANDWIDTHS_HZ.index(bandwidth_hz)
            self.coding = coding
            self.low_rate = low_rate
            self.stale = True

    def set_framing(
        self,
        preamble: int,
        explicit: bool,
        crc: bool,
        inverted: bool,
        sync_word: int,
        length: int,
    ) -> None:
        """Say what surrounds the data. `length` is that of frames without header."""
        if not 6 <= preamble <= 65535:
            raise ValueError("no such preamble")
        if not 0 <= sync_word <= 255 or not 0 <= length <= 255:
            raise ValueError("a sync word and a length are one byte")
        if (
            preamble != self.preamble
            or explicit != self.explicit
            or crc != self.crc
            or inverted != self.inverted
            or sync_word != self.sync_word
            or length != self.length
        ):
            self.preamble = preamble
            self.explicit = explicit
            self.crc = crc
            self.inverted = inverted
            self.sync_word = sync_word
            self.length = length
            self.stale = True

    def symbols_ms(self, symbols: int) -> int:
        """Return how long so many symbols last, rounded up."""
        symbol_us = 1000000 // self.bandwidth_hz << self.sf
        # In two parts: a product above 2**30 would be a heap object on a board.
        return symbols // 1000 * symbol_us + symbols % 1000 * symbol_us // 1000 + 1

    def frame_ms(self, length: int) -> int:
        """Return how long a frame of `length` bytes lasts at most."""
        bits = 8 * length + 44  # with header and CRC
        group = 4 * (self.sf - 2)  # as with the low data rate optimisation
        return self.symbols_ms(self.preamble + 7 + 8 + (bits + group - 1) // group * self.coding)

    def header_ms(self) -> int:
        """Return how long preamble, sync word and header last at most."""
        return self.symbols_ms(self.preamble + 7 + 8)

    def check_frame(self, length: int) -> None:
        """Refuse what cannot be sent."""
        if length > 255:
            raise ValueError("a frame has at most 255 bytes")
        if not self.explicit and length != self.length:
            raise ValueError("a frame without header has the length that was set")
