"""The registers of an SX1276: addresses, values after reset, pages, and what they mean as LoRa.

Place: sx1276.py reads and writes here over SPI; sx1276_modem.py looks here when a mode starts.
Guarantee: any address can be read and written; bits that only the chip sets stay as they are.

SX1276/77/78/79 data sheet, table 41 (addresses, resets), 4.4 (LoRa), 4.1.6 (header, SF6). In LoRa
mode 0x0D to 0x3F are the LoRa page, but for AccessSharedReg, which shows the FSK page. RegInvertIQ
is as Semtech's drivers use it and not as its table says: bit 0 is 1 for normal sending.
"""

from collections.abc import Iterable

from protocol.airtime import SX127X
from tools.rig.air.signal import Tuning

FIFO = 0x00
OP_MODE = 0x01
FRF_MSB = 0x06
FRF_LSB = 0x08
PA_CONFIG = 0x09
OCP = 0x0B
FIFO_ADDR_PTR = 0x0D
FIFO_TX_BASE = 0x0E
FIFO_RX_BASE = 0x0F
FIFO_RX_CURRENT = 0x10
IRQ_MASK = 0x11
IRQ_FLAGS = 0x12
RX_NB_BYTES = 0x13
HEADER_COUNT = 0x14
PACKET_COUNT = 0x16
MODEM_STAT = 0x18
PACKET_SNR = 0x19
PACKET_RSSI = 0x1A
RSSI = 0x1B
HOP_CHANNEL = 0x1C
CONFIG_1 = 0x1D
CONFIG_2 = 0x1E
SYMBOL_TIMEOUT = 0x1F
PREAMBLE = 0x20
PAYLOAD_LENGTH = 0x22
MAX_PAYLOAD = 0x23
FIFO_RX_BYTE = 0x25
CONFIG_3 = 0x26
RSSI_WIDEBAND = 0x2C
DETECT_OPTIMIZE = 0x31
INVERT_IQ = 0x33
DETECT_THRESHOLD = 0x37
SYNC_WORD = 0x39
DIO_MAPPING = 0x40
VERSION = 0x42
TCXO = 0x4B
PA_DAC = 0x4D

FSK_IMAGE_CAL = 0x3B
FSK_IRQ_FLAGS_1 = 0x3E

LORA = 0x80
SHARED = 0x40
MODE = 0x07

_PAGE = range(0x0D, 0x40)
_READ_ONLY = {FIFO_RX_CURRENT, *range(0x13, 0x1D), FIFO_RX_BYTE, 0x28, 0x29, 0x2A, RSSI_WIDEBAND}
_FSK_READ_ONLY = {0x11, FSK_IRQ_FLAGS_1, 0x3F}

_COMMON = bytes.fromhex("0009 1a0b 0052 6c8000 4f092b20")
_LORA_PAGE = bytes.fromhex(
    "00 80 00 00 00 00 00 0000 0000 10 00 00 00 00 72 70 64 0008 01 ff 00 00 00"
    "00 000000 00 00 00 00 20 00 c3 00 27 00 00 03 0a 00 12 20 1d 00 00 00 00"
)
_FSK_PAGE = bytes.fromhex(
    "08 02 0a ff 00 15 0b 28 0c 12 47 32 3e 00 00 00 00 00 40 00 00 00 00 05 0003 93"
    "0101010101010101 90 40 40 00 00 0f 00 00 00 f5 20 02 00 02 80 40"
)
_HIGH = {VERSION: 0x12, 0x44: 0x2D, TCXO: 0x09, PA_DAC: 0x84, 0x61: 0x1C, 0x62: 0x0E}
_HIGH |= {0x63: 0x5B, 0x64: 0xDB, 0x70: 0xD0}

_BANDWIDTHS_HZ = {6: 62500, 7: 125000, 8: 250000, 9: 500000}
_DETECTION = {True: (5, 0x0C), False: (3, 0x0A)}  # SF6 or not


class Registers:
    """All of them, the FIFO too. `frequency_hz` follows RegFrf when its last byte is written."""

    def __init__(self) -> None:
        self.common = bytearray(0x80)
        self.common[: len(_COMMON)] = _COMMON
        for address, value in _HIGH.items():
            self.common[address] = value
        self.lora = bytearray(0x40)
        self.lora[_PAGE.start :] = _LORA_PAGE
        self.fsk = bytearray(0x40)
        self.fsk[_PAGE.start :] = _FSK_PAGE
        self.fifo = bytearray(256)
        self.frequency_hz = 0
        self._take_frequency()

    @property
    def is_lora(self) -> bool:
        return bool(self.common[OP_MODE] & LORA)

    def page(self, address: int) -> bytearray:
        """Return where an address lies now."""
        if address not in _PAGE:
            return self.common
        return self.lora if self.common[OP_MODE] & (LORA | SHARED) == LORA else self.fsk

    def read(self, address: int) -> int:
        """Return a register as it stands."""
        return self.page(address)[address]

    def write(self, address: int, value: int) -> None:
        """Set a register, where the host may; the meaning of RegOpMode is not here."""
        page = self.page(address)
        if address == VERSION or (page is self.fsk and address in _FSK_READ_ONLY):
            return
        if page is self.lora and address in _READ_ONLY:
            return
        page[address] = value
        if address == FRF_LSB:
            self._take_frequency()

    def _take_frequency(self) -> None:
        steps = int.from_bytes(self.common[FRF_MSB : FRF_LSB + 1], "big")
        self.frequency_hz = round(steps * 32_000_000 / (1 << 19))

    def frame(self) -> bytes:
        """Return what sending would send."""
        return self._ring(self.lora[FIFO_TX_BASE], self.lora[PAYLOAD_LENGTH])

    def _ring(self, start: int, length: int) -> bytes:
        return bytes(self.fifo[(start + index) & 0xFF] for index in range(length))

    def store(self, start: int, data: Iterable[int]) -> None:
        """Put received bytes into the FIFO, which is a ring of 256."""
        for index, value in enumerate(data):
            self.fifo[(start + index) & 0xFF] = value

    def count(self, address: int) -> None:
        """Count up a counter of two bytes."""
        value = int.from_bytes(self.lora[address : address + 2], "big") + 1 & 0xFFFF
        self.lora[address : address + 2] = value.to_bytes(2, "big")

    @property
    def sf(self) -> int:
        return self.lora[CONFIG_2] >> 4

    @property
    def symbol_timeout(self) -> int:
        """Return the symbols that a single reception waits for a preamble: 4 to 1023."""
        return max((self.lora[CONFIG_2] & 3) << 8 | self.lora[SYMBOL_TIMEOUT], 4)

    @property
    def detects(self) -> bool:
        """Return whether the detection fits the SF: else nothing is found (4.1.1.2)."""
        found = (self.lora[DETECT_OPTIMIZE] & 7, self.lora[DETECT_THRESHOLD])
        return found == _DETECTION[self.sf == 6]

    def tuning(self, sending: bool) -> Tuning | None:
        """Return what the registers stand for, or None where they are not modelled as LoRa."""
        lora = self.lora
        bandwidth, coding = lora[CONFIG_1] >> 4, lora[CONFIG_1] >> 1 & 7
        if bandwidth not in _BANDWIDTHS_HZ:
            return None
        invert = lora[INVERT_IQ]
        explicit = not lora[CONFIG_1] & 1
        preamble = lora[PREAMBLE] << 8 | lora[PREAMBLE + 1]
        tuning = Tuning(
            frequency_hz=self.frequency_hz,
            sf=self.sf,
            bandwidth_hz=_BANDWIDTHS_HZ[bandwidth],
            coding=coding + 4,
            preamble=max(1, min(preamble, 1000)),
            explicit=explicit,
            crc=bool(lora[CONFIG_2] & 4),
            low_rate=bool(lora[CONFIG_3] & 8),
            inverted=not invert & 1 if sending else bool(invert & 0x40),
            sync_word=lora[SYNC_WORD],
            length=0 if explicit else lora[PAYLOAD_LENGTH],
            chip=SX127X,
        )
        try:
            tuning.modulation  # noqa: B018 - refuses what is not LoRa
        except ValueError:
            return None
        return tuning
