"""The SX1276 and its kin (RFM95, RFM96): LoRa at the antenna from settings in numbers.

Place: node or modem -> Sx127x -> Bus -> SPI. The asyncio face is `Driver`.
Guarantee: the methods here do not wait, but 1 ms for the clock after a sleep, and allocate nothing.
Section numbers: Semtech SX1276/77/78/79 data sheet, revision 7.
"""

from . import sx127x_setup
from ._port import const, sleep_us
from .driver import DETECT, RECEIVE, SEND, SLEEP, STANDBY, Driver
from .errors import RadioError
from .sx127x_bus import Bus
from .sx127x_link import LOW_BAND_HZ, Link

_OP_MODE = const(0x01)
_FIFO_POINTER = const(0x0D)
_RX_CURRENT = const(0x10)
_IRQ_FLAGS = const(0x12)
_RX_LENGTH = const(0x13)
_PACKET_COUNT_MSB = const(0x16)
_MODEM_STATUS = const(0x18)
_PACKET_SNR = const(0x19)
_PACKET_RSSI = const(0x1A)
_RSSI = const(0x1B)
_HOP_CHANNEL = const(0x1C)
_MODEM_CONFIG_2 = const(0x1E)
_TIMEOUT_LSB = const(0x1F)
_PAYLOAD_LENGTH = const(0x22)
_DIO_MAPPING = const(0x40)

_RX_TIMEOUT = const(0x80)
_RX_DONE = const(0x40)
_CRC_ERROR = const(0x20)
_TX_DONE = const(0x08)
_CAD_DONE = const(0x04)
_CAD_DETECTED = const(0x01)
_CRC_ON_PAYLOAD = const(0x40)

# RegOpMode (table 41); with LongRangeMode.
_MODE_SLEEP = const(0x80)
_MODE_STANDBY = const(0x81)
_MODE_SEND = const(0x83)
_MODE_RECEIVE = const(0x85)
_MODE_RECEIVE_SINGLE = const(0x86)
_MODE_DETECT = const(0x87)
_LOW_BAND = const(0x08)

# What DIO0 says (table 18); DIO1 is RxTimeout with all of them.
_DIO0_RX_DONE = const(0x00)
_DIO0_TX_DONE = const(0x40)
_DIO0_CAD_DONE = const(0x80)

_MOST_SYMBOLS = const(1023)  # of the chip's own timeout (4.1.5)


class Sx127x(Driver):
    """`cs` and `reset` are outputs, `dio0` and `dio1` inputs.

    Without `dio1` the host ends receptions, with it the chip. `pa_boost`: which amplifier the
    antenna is at, PA_BOOST or RFO. `rx_pin`, `tx_pin`: the host drives the antenna switch. `tcxo`:
    the board has one, which runs by itself. `max_dbm`: what the board may give.
    `header_errors` stays 0: of a wrong header this chip tells nothing, it goes on listening.
    """

    lowest_sf = 6
    tx_done = _TX_DONE
    rx_end = _RX_DONE | _RX_TIMEOUT
    cad_done = _CAD_DONE

    def __init__(
        self,
        spi,
        cs,
        reset,
        dio0,
        dio1=None,
        pa_boost: bool = True,
        rx_pin=None,
        tx_pin=None,
        tcxo: bool = False,
        max_dbm: int = 20,
    ):
        super().__init__(Bus(spi, cs, reset), dio0, rx_pin, tx_pin)
        self.chip_times = dio1 is not None
        self._dio1 = dio1
        self._tcxo = tcxo
        self._link = Link(self.bus, pa_boost, max_dbm)
        self._dbm = self._link.set_power(14)
        self._seen = 0

    def set_power(self, dbm: int) -> int:
        """Set the power at the antenna connector; return what the chip and the board make of it."""
        dbm = self._link.set_power(dbm)
        if dbm != self._dbm:
            self._dbm = dbm
            self.stale = True
        return dbm

    def sleep(self, warm: bool = True) -> None:
        """Sleep until something is asked of it: 0.2 uA. Registers are kept either way."""
        self.make_ready()
        self._set_mode(_MODE_SLEEP)
        self.mode = SLEEP

    def rssi_dbm(self) -> int | None:
        """Return the level in the channel now; None while it does not receive (5.5.5)."""
        if self.mode != RECEIVE:
            return None
        return self.bus.read(_RSSI) - self._rssi_offset()

    def configure(self) -> None:
        """Set what does not change, after a reset."""
        sx127x_setup.check_wiring(self.bus)
        sx127x_setup.configure(self.bus, lambda: self._link.tune(self), self._tcxo)
        self.bus.write(_IRQ_FLAGS, 0xFF)
        if self._dio1:
            self._attach(self._dio1)

    def make_ready(self) -> None:
        """Be in standby, whatever went on; a frame that waits to be read is lost, and counted."""
        if not self.bus.is_up:
            raise RadioError("The radio is not started")
        if self.mode == STANDBY:
            return
        if self.mode == RECEIVE and self.events() & _RX_DONE:
            self.overruns += 1
        self._set_mode(_MODE_STANDBY)
        self._switch(0, 0)
        if self.mode == SLEEP:
            sleep_us(1000)  # the clock starts in 250 us (table 8); the FIFO needs it
        self.bus.write(_IRQ_FLAGS, 0xFF)
        self.forget_interrupts()
        self.mode = STANDBY

    def events(self) -> int:
        """Return what the chip notes, as it stands in its interrupt register."""
        events = self.bus.read(_IRQ_FLAGS)
        if events == 0xFF:  # sent and received at once
            self.bus.fail("SPI reads 0xFF at work: check supply of the radio and MISO")
        return events

    def start_send(self, frame) -> None:
        """Give the chip a frame, and let it begin."""
        length = len(frame)
        self.check_frame(length)
        if not length:
            raise ValueError("the SX127x sends no empty frame")
        self.make_ready()
        self._link.apply(self)
        bus = self.bus
        bus.write(_DIO_MAPPING, _DIO0_TX_DONE)
        bus.write(_PAYLOAD_LENGTH, length)
        bus.write(_FIFO_POINTER, 0)
        bus.write_fifo(frame)
        self._switch(0, 1)
        self._set_mode(_MODE_SEND)
        self.mode = SEND

    def finish_send(self) -> None:
        """Note that the chip is in standby again."""
        self.bus.write(_IRQ_FLAGS, 0xFF)
        self._switch(0, 0)
        self.mode = STANDBY

    def send_failure(self) -> str:
        """Say why a frame did not get out."""
        return (
            "A frame does not get out (RegOpMode 0x%02x): check supply and clock of the radio"
            % self.bus.read(_OP_MODE)
        )

    def start_receive(self, window_ms: int) -> int:
        """Listen for a preamble, for ever with a window of 0; return what the chip can of it."""
        self.make_ready()
        self._link.apply(self)
        bus = self.bus
        bus.write(_DIO_MAPPING, _DIO0_RX_DONE)
        bus.write(_PAYLOAD_LENGTH, 255 if self.explicit else self.length)
        bus.write(_FIFO_POINTER, 0)
        mode = _MODE_RECEIVE
        if window_ms and self.chip_times:
            mode = _MODE_RECEIVE_SINGLE
            window_ms = min(window_ms, self.symbols_ms(_MOST_SYMBOLS))
            symbols = window_ms * 1000 // (1000000 // self.bandwidth_hz << self.sf) + 1
            symbols = max(4, min(symbols, _MOST_SYMBOLS))
            config = bus.read(_MODEM_CONFIG_2) & 0xFC
            bus.write(_MODEM_CONFIG_2, config | symbols >> 8)
            bus.write(_TIMEOUT_LSB, symbols & 0xFF)
        self._switch(1, 0)
        self._set_mode(mode)
        sleep_us(150)  # the counter may begin anew when the receiver has started (table 16)
        self._seen = self._count()
        self.timed = window_ms > 0
        self.mode = RECEIVE
        return window_ms

    def hearing(self) -> int:
        """Return 2 when a header was heard, 1 for a preamble or what looked like one, else 0."""
        status = self.bus.read(_MODEM_STATUS)
        return 2 if status & 0x08 else 1 if status & 0x03 else 0

    def check_listening(self) -> None:
        """See whether the chip still does what it was told."""
        if self.bus.read(_OP_MODE) & 0x87 != _MODE_RECEIVE:
            self.bus.fail("The radio stopped listening by itself: check its supply")

    def read_into(self, buffer) -> int:
        """Return the length of a frame that came, 0 where none did; bad ones are counted."""
        events = self.events()
        if not events & (_RX_DONE | _RX_TIMEOUT):
            return 0
        self.bus.write(_IRQ_FLAGS, events)
        self.frame_ticks_us = self.take_interrupt()
        length = self._read_frame(buffer, events) if events & _RX_DONE else 0
        if self.timed:
            self.make_ready()
        return length

    def start_detect(self) -> int:
        """Look for a preamble; return how many ms that takes at most (4.1.6: two symbols)."""
        self.make_ready()
        self._link.apply(self)
        self.bus.write(_DIO_MAPPING, _DIO0_CAD_DONE)
        self._switch(1, 0)
        self._set_mode(_MODE_DETECT)
        self.mode = DETECT
        return self.symbols_ms(8)

    def finish_detect(self, events: int) -> bool:
        """Return whether there was one."""
        self.bus.write(_IRQ_FLAGS, events)
        self._switch(0, 0)
        self.take_interrupt()
        self.mode = STANDBY
        return bool(events & _CAD_DETECTED)

    def _read_frame(self, buffer, events: int) -> int:
        bus = self.bus
        seen = self._count()
        lost = (seen - self._seen & 0xFFFF) - 1
        self._seen = seen
        if lost > 0:
            self.overruns += lost
        # A header without CRC is noise that looks like one, where all frames have it (4.1.1.6).
        is_bare = self.explicit and self.crc and not bus.read(_HOP_CHANNEL) & _CRC_ON_PAYLOAD
        if events & _CRC_ERROR or is_bare:
            self.crc_errors += 1
            return 0
        length = bus.read(_RX_LENGTH)
        if length > len(buffer):
            self.overlong += 1
            return 0
        bus.write(_FIFO_POINTER, bus.read(_RX_CURRENT))
        bus.read_fifo(buffer)
        snr_db4 = (bus.read(_PACKET_SNR) ^ 0x80) - 0x80
        rssi = bus.read(_PACKET_RSSI)
        self.frame_snr_db4 = snr_db4
        # Below the noise the register is that of the noise; above, its steps are too small (5.5.5).
        rssi = rssi + (snr_db4 + 2 >> 2) if snr_db4 < 0 else rssi * 16 // 15
        self.frame_rssi_dbm = rssi - self._rssi_offset()
        return length

    def _rssi_offset(self) -> int:
        return 164 if self.frequency_hz < LOW_BAND_HZ else 157

    def _count(self) -> int:
        """Return how many frames came since reception began, 16 bits."""
        return self.bus.read(_PACKET_COUNT_MSB) << 8 | self.bus.read(_PACKET_COUNT_MSB + 1)

    def _set_mode(self, mode: int) -> None:
        self.bus.write(_OP_MODE, mode | _LOW_BAND if self.frequency_hz < LOW_BAND_HZ else mode)
