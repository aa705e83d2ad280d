"""Registers, data buffer and settings of an SX1261/2, and what each kind of sleep leaves of them.

Place: commands write here -> sx1262_modem.py reads when it sends, listens or looks.
Guarantee: any address and any value can be written and read back; unknown registers are zero.

SX1261/2 data sheet: 6.1 (modulation), 7 (buffer), 12 (registers), 13.4 (what commands set), 9.6
(retention). Resets that it does not give are chosen so that a driver which forgets them is noticed:
no frequency, the lowest power.
"""

from dataclasses import dataclass, field

from protocol.airtime import SX126X
from tools.rig.air.signal import Tuning

GFSK = 0
LORA = 1

RETENTION_COUNT = 0x029F
VERSION = 0x0320
SYMBOL_TIMEOUT = 0x0706
IQ_POLARITY = 0x0736
SYNC_WORD = 0x0740
HEADER_CODING = 0x0749
HEADER_CRC = 0x076B
RANDOM = 0x0819
TX_MODULATION = 0x0889
FREQUENCY = 0x088B
RX_GAIN = 0x08AC
TX_CLAMP = 0x08D8
OCP = 0x08E7
RTC_CONTROL = 0x0902
EVENT_MASK = 0x0944

_DEFAULTS = {
    RETENTION_COUNT: b"\x00",
    VERSION: b"SX1261 V2D 2D02\x00",  # undocumented; the SX1262 says SX1261 too
    0x06B8: b"\x01\x00",
    0x06BC: b"\x1d\x0f\x10\x21",
    IQ_POLARITY: b"\x0d",
    SYNC_WORD: b"\x14\x24",
    TX_MODULATION: b"\x01",
    RX_GAIN: b"\x94",
    TX_CLAMP: b"\xc8",
    0x0911: b"\x05\x05",
    0x0920: b"\x01",
}
# Semtech's own driver has a warm sleep retain these by the list at 0x029F: else they are lost.
_LOST_IN_WARM_SLEEP = (IQ_POLARITY, TX_MODULATION, RX_GAIN)
_RETAINED_AT_MOST = 4

BANDWIDTHS_HZ = {0x03: 62500, 0x04: 125000, 0x05: 250000, 0x06: 500000}


@dataclass
class Settings:
    """What commands have set."""

    packet_type: int = GFSK
    frequency_hz: int = 0
    sf: int = 7
    bandwidth: int = 0x04
    coding: int = 5
    low_rate: bool = False
    preamble: int = 8
    explicit: bool = True
    length: int = 0xFF
    crc: bool = True
    inverted: bool = False
    tx_base: int = 0
    rx_base: int = 0
    pa_duty: int = 4
    pa_hp_max: int = 7
    pa_device: int = 0
    power_dbm: int | None = None
    ramp_us: int = 10
    fallback: int = 0x20
    stop_on_preamble: bool = False
    symbol_timeout: int = 0
    cad: tuple[int, int, int] = (1, 0, 0)  # symbols, exit mode, timeout
    irq_mask: int = 0
    dio_masks: tuple[int, int, int] = (0, 0, 0)
    dio2_switch: bool = False
    tcxo_mv: int = 0  # 0: DIO3 is not in charge of a TCXO
    tcxo_delay_us: int = 0
    image_mhz: tuple[int, int] = (902, 928)

    def forget_packets(self) -> None:
        """Lose what belongs to a packet type: it has changed (13.4.2)."""
        fresh = Settings()
        for name in ("sf", "bandwidth", "coding", "low_rate"):
            setattr(self, name, getattr(fresh, name))
        for name in ("preamble", "explicit", "length", "crc", "inverted"):
            setattr(self, name, getattr(fresh, name))


@dataclass
class Memory:
    """All that a cold start loses."""

    settings: Settings = field(default_factory=Settings)
    buffer: bytearray = field(default_factory=lambda: bytearray(256))
    registers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for start, values in _DEFAULTS.items():
            for offset, value in enumerate(values):
                self.registers[start + offset] = value

    def read(self, address: int) -> int:
        """Return a register."""
        return self.registers.get(address & 0xFFFF, 0)

    def write(self, address: int, value: int) -> None:
        """Set a register."""
        self.registers[address & 0xFFFF] = value & 0xFF

    def read_buffer(self, start: int, length: int) -> bytes:
        """Return a part of the data buffer, which is a ring of 256 bytes."""
        return bytes(self.buffer[(start + index) & 0xFF] for index in range(length))

    def write_buffer(self, start: int, data: bytes) -> None:
        """Set a part of the data buffer."""
        for index, value in enumerate(data):
            self.buffer[(start + index) & 0xFF] = value

    def sleep_warm(self) -> None:
        """Lose what a sleep with a warm start loses: the buffer, and registers not in the list."""
        self.buffer = bytearray(256)
        count = min(self.read(RETENTION_COUNT), _RETAINED_AT_MOST)
        first = RETENTION_COUNT + 1
        kept = {
            self.read(first + 2 * index) << 8 | self.read(first + 1 + 2 * index)
            for index in range(count)
        }
        for address in _LOST_IN_WARM_SLEEP:
            if address not in kept:
                self.write(address, _DEFAULTS[address][0])

    @property
    def sync_word(self) -> int:
        """Return the sync word as the SX127x has it: the high nibbles of 0x0740 and 0x0741."""
        return self.read(SYNC_WORD) & 0xF0 | self.read(SYNC_WORD + 1) >> 4

    def tuning(self) -> Tuning | None:
        """Return what the settings stand for, or None where they are not modelled as LoRa."""
        chosen = self.settings
        if chosen.packet_type != LORA or chosen.bandwidth not in BANDWIDTHS_HZ:
            return None
        tuning = Tuning(
            frequency_hz=chosen.frequency_hz,
            sf=chosen.sf,
            bandwidth_hz=BANDWIDTHS_HZ[chosen.bandwidth],
            coding=chosen.coding,
            preamble=max(1, min(chosen.preamble, 1000)),
            explicit=chosen.explicit,
            crc=chosen.crc,
            low_rate=chosen.low_rate and chosen.sf >= 7,
            inverted=chosen.inverted,
            sync_word=self.sync_word,
            length=0 if chosen.explicit else chosen.length,
            chip=SX126X,
        )
        try:
            tuning.modulation  # noqa: B018 - refuses what is not LoRa
        except ValueError:
            return None
        return tuning
