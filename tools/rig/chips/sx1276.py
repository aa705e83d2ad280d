"""A Semtech SX1276 (SX1277 to SX1279, RFM95) as a driver sees it: SPI, NRESET, DIO0 to DIO5.

Place: SPI and pins of a board -> `Sx1276` -> its antenna; the rest of it is in sx1276_*.py.
Guarantee: that of `Part`.

    chip = Sx1276(timeline, ether.antenna("node"), drive)
    chip.power(True)    # it is made without supply

How it answers. The first byte after NSS fell is the address, bit 7 set to write; each further byte
is the next register, but for the FIFO, which stays. MISO is 0x00 during the address, and what was
there before while writing. Until the chip is ready, 10 ms after power-on and 5 ms after NRESET, it
is 0x00, and what is written is lost.
RegOpMode shows the new mode at once, DIO5 as ModeReady when it has started. LongRangeMode is taken
in SLEEP, and by a write that goes to SLEEP, as chips are seen to do and drivers rely on; else the
bit is ignored. The FIFO is readable in every LoRa mode but SLEEP, which empties it; all registers
stay. What a frame consists of is read from the FIFO at the moment in which sending starts, and
settings are taken when a mode starts; received bytes are in the FIFO at the end of the frame.

Chosen where the data sheet says nothing: a wrong header lets a single reception wait anew, and so
does a frame longer than RegMaxPayloadLength; RegRssiValue is 0 while it does not listen; a
frequency that the PLL does not reach, and an oscillator that is set up for the wrong thing
(RegTcxo), leave it in the mode with nothing happening.

Not modelled: FSK and OOK (their registers and modes are there, nothing is sent or heard; image
calibration takes its time); frequency hopping; TxContinuousMode; bandwidths below 62.5 kHz (nothing
happens); LNA and AGC; spurious reception and the other errata; FEI; temperature; ClkOut; current.
"""

import random
from collections.abc import Callable

from tools.rig.air.antenna import Antenna
from tools.rig.air.timeline import Timeline
from tools.rig.chips import sx1276_registers as reg
from tools.rig.chips.part import Part
from tools.rig.chips.sx1276_modem import (
    CAD_DETECTED,
    CAD_DONE,
    PAYLOAD_CRC_ERROR,
    RX_DONE,
    RX_TIMEOUT,
    RXCONTINUOUS,
    SLEEP,
    STDBY,
    TX_DONE,
    VALID_HEADER,
    Modem,
)

_POWER_ON_US = 10_000
_RESET_US = 5_000
_IMAGE_CAL_US = 10_000
_CAL_START = 0x40
_CAL_RUNNING = 0x20
_TCXO_INPUT = 0x10

# Table 18, LoRa: which flag each of a pin's four mappings shows.
_FHSS = 0x02
_MAPPINGS = {
    "dio0": (RX_DONE, TX_DONE, CAD_DONE, 0),
    "dio1": (RX_TIMEOUT, _FHSS, CAD_DETECTED, 0),
    "dio2": (_FHSS, _FHSS, _FHSS, 0),
    "dio3": (CAD_DONE, VALID_HEADER, PAYLOAD_CRC_ERROR, 0),
    "dio4": (CAD_DETECTED, 0, 0, 0),
}


class Sx1276(Part):
    """Fitted around it: `pa_boost` (the antenna is at PA_BOOST, else at RFO), `tcxo`."""

    pins = ("dio0", "dio1", "dio2", "dio3", "dio4", "dio5")

    def __init__(
        self,
        timeline: Timeline,
        antenna: Antenna,
        drive: Callable[[str, int], None],
        *,
        pa_boost: bool = True,
        tcxo: bool = False,
        seed: int = 0,
    ):
        super().__init__(timeline, antenna, drive)
        self.pa_boost = pa_boost
        self.tcxo = tcxo
        self.registers: reg.Registers = reg.Registers()
        self.modem: Modem = Modem(self)
        self._random = random.Random(f"sx1276 {seed}")  # noqa: S311 - repeatable on purpose
        self._answering = False
        self._address: int | None = None
        self._writing = False

    @property
    def has_clock(self) -> bool:
        """Return whether RegTcxo fits what is soldered."""
        return bool(self.registers.read(reg.TCXO) & _TCXO_INPUT) == self.tcxo

    # Reset and pins.

    def start(self, cold: bool) -> None:
        """Start with all registers as after reset."""
        self.registers = reg.Registers()
        self.modem = Modem(self)
        self.after(_POWER_ON_US if cold else _RESET_US, self._ready)

    def _ready(self) -> None:
        self._answering = True
        self.modem.enter(STDBY)

    def halt(self) -> None:
        """Stop all at once."""
        self.modem.leave()
        self._answering = False
        self._address = None
        for pin in self.pins:
            self.output(pin, 0)

    def show_pins(self) -> None:
        """Drive the DIO pins as levels."""
        mapping = self.registers.read(reg.DIO_MAPPING) << 8
        mapping |= self.registers.read(reg.DIO_MAPPING + 1)
        flags = self.registers.lora[reg.IRQ_FLAGS] if self.registers.is_lora else 0
        for number, pin in enumerate(self.pins):
            choice = mapping >> (14 - 2 * number) & 3
            if pin == "dio5":
                self.output(pin, int(self.modem.ready and choice == 0))
            else:
                self.output(pin, int(bool(flags & _MAPPINGS[pin][choice])))

    # SPI.

    def begin(self) -> None:
        self._address = None

    def end(self) -> None:
        self._address = None

    def clock(self, byte: int) -> int:
        if not self._answering:
            self.counts["before it was ready"] += 1
            return 0x00
        if self._address is None:
            self._address = byte & 0x7F
            self._writing = bool(byte & 0x80)
            return 0x00
        address = self._address
        if address != reg.FIFO:
            self._address = address + 1 & 0x7F
        if not self._writing:
            return self._read(address)
        before = 0 if address == reg.FIFO else self.registers.read(address)
        self._write(address, byte)
        return before

    def _read(self, address: int) -> int:
        registers = self.registers
        in_lora = registers.page(address) is registers.lora
        if address == reg.FIFO:
            return self._fifo(None)
        if in_lora and address == reg.RSSI:
            return self.modem.rssi_code()
        if in_lora and address == reg.RSSI_WIDEBAND and self._mode == RXCONTINUOUS:
            return self._random.randrange(256)
        return registers.read(address)

    def _fifo(self, value: int | None) -> int:
        """Read or write where RegFifoAddrPtr points to, and let it point to the next."""
        registers = self.registers
        if not registers.is_lora or self._mode == SLEEP:
            return 0
        pointer = registers.lora[reg.FIFO_ADDR_PTR]
        registers.lora[reg.FIFO_ADDR_PTR] = pointer + 1 & 0xFF
        if value is not None:
            registers.fifo[pointer] = value
        return registers.fifo[pointer]

    def _write(self, address: int, value: int) -> None:
        registers = self.registers
        page = registers.page(address)
        if address == reg.FIFO:
            if self._mode == SLEEP:
                self.counts["FIFO written in sleep"] += 1
            self._fifo(value)
        elif address == reg.OP_MODE:
            self._set_mode(value)
        elif page is registers.lora and address == reg.IRQ_FLAGS:
            page[address] &= ~value & 0xFF
        elif page is registers.fsk and address == reg.FSK_IMAGE_CAL:
            self._set_image_cal(value)
        else:
            registers.write(address, value)
        self.show_pins()

    @property
    def _mode(self) -> int:
        return self.registers.read(reg.OP_MODE) & reg.MODE

    def _set_mode(self, value: int) -> None:
        old, wanted = self.registers.read(reg.OP_MODE), value & reg.MODE
        if self._mode != SLEEP and wanted != SLEEP and (old ^ value) & reg.LORA:
            self.counts["LongRangeMode not in sleep"] += 1
            value ^= reg.LORA
        self.registers.write(reg.OP_MODE, value)
        if wanted != old & reg.MODE or (old ^ value) & reg.LORA:
            self.modem.enter(wanted)

    def _set_image_cal(self, value: int) -> None:
        kept = self.registers.fsk[reg.FSK_IMAGE_CAL] & _CAL_RUNNING
        self.registers.fsk[reg.FSK_IMAGE_CAL] = value & ~(_CAL_START | _CAL_RUNNING) | kept
        if value & _CAL_START and not self.registers.is_lora and self._mode == STDBY:
            self.registers.fsk[reg.FSK_IMAGE_CAL] |= _CAL_RUNNING
            self.after(_IMAGE_CAL_US, self._image_calibrated)

    def _image_calibrated(self) -> None:
        self.registers.fsk[reg.FSK_IMAGE_CAL] &= ~_CAL_RUNNING & 0xFF
