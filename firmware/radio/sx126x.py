"""The SX1261 and SX1262 (and the LLCC68 as far as it goes): LoRa from settings in numbers.

Place: node or modem -> Sx126x -> Bus -> SPI. The asyncio face is `Driver`.
Guarantee: the methods here do not wait, but for BUSY, and allocate nothing.
Section numbers: Semtech DS.SX1261-2.W.APP, revision 2.1.
"""

from . import sx126x_setup
from ._port import const, sleep_us
from .driver import DETECT, OFF, RECEIVE, SEND, SLEEP, STANDBY, Driver
from .errors import RadioError
from .sx126x_bus import Bus
from .sx126x_link import Link

_TX_DONE = const(0x001)
_RX_DONE = const(0x002)
_PREAMBLE = const(0x004)
_HEADER_VALID = const(0x010)
_HEADER_ERR = const(0x020)
_CRC_ERR = const(0x040)
_CAD_DONE = const(0x080)
_CAD_DETECTED = const(0x100)
_TIMEOUT = const(0x200)

_GET_IRQ_STATUS = const(0x12)
_GET_RX_BUFFER_STATUS = const(0x13)
_GET_PACKET_STATUS = const(0x14)
_GET_RSSI_INST = const(0x15)
_GET_STATS = const(0x10)
_GET_DEVICE_ERRORS = const(0x17)

_HEADER_CRC = const(0x076B)  # of the last header; Semtech's sx126x_driver knows it
_TX_MODULATION = const(0x0889)
_RTC_CONTROL = const(0x0902)
_EVENT_MASK = const(0x0944)

_WEAKEST = const(250)  # of SignalRssiPkt: 125 dB below 1 mW
_LONGEST_MS = const(262000)  # of the chip's timer: 24 bits of 15.625 us
_RECEIVING = const(5)  # chip mode in the status byte (13.5.1)

# SetCadParams by SF 5 .. 12: detPeak, and the code of 2 (1) or 4 (2) symbols. AN1200.48 rev 2.1,
# settings for 125 kHz; below SF7, where it has none, the data sheet's SF + 13 (table 13-79).
_CAD_PEAK = b"\x12\x13\x16\x16\x17\x18\x19\x1c"
_CAD_SYMBOLS = b"\x02\x02\x01\x01\x02\x02\x02\x02"


class Sx126x(Driver):
    """`cs` and `reset` are outputs, `busy` and `dio1` inputs.

    `tcxo_mv`: the voltage of a TCXO on DIO3, None for a crystal; it is ready after `tcxo_ms`.
    `dio2_switch`: DIO2 drives the antenna switch; `rx_pin`, `tx_pin`: the host does.
    `max_dbm`: what the board may give. `sx1261`: the chip with the small amplifier, 15 dBm.
    """

    tx_done = _TX_DONE
    rx_end = _RX_DONE | _HEADER_ERR | _TIMEOUT
    cad_done = _CAD_DONE

    def __init__(
        self,
        spi,
        cs,
        reset,
        busy,
        dio1,
        tcxo_mv: int | None = None,
        tcxo_ms: int = 5,
        dio2_switch: bool = True,
        rx_pin=None,
        tx_pin=None,
        dcdc: bool = True,
        max_dbm: int = 22,
        sx1261: bool = False,
    ):
        super().__init__(Bus(spi, cs, busy, reset), dio1, rx_pin, tx_pin)
        self._tcxo = None
        if tcxo_mv is not None:
            if tcxo_mv not in sx126x_setup.TCXO_MV:
                raise ValueError("tcxo_mv is one of " + str(sx126x_setup.TCXO_MV))
            code = sx126x_setup.TCXO_MV.index(tcxo_mv)
            ticks = 64 * tcxo_ms
            self._tcxo = bytes((0x97, code, ticks >> 16, ticks >> 8 & 0xFF, ticks & 0xFF))
            self._start_ms = tcxo_ms
        self._dio2_switch = dio2_switch
        self._dcdc = dcdc
        self._is_sx1261 = sx1261
        self._link = Link(self.bus, sx1261, max_dbm)
        self._dbm = self._link.set_power(14)
        self._start = bytearray(b"\x82\0\0\0")  # SetRx or SetTx
        self._cad = bytearray(b"\x88\0\0\x0a\0\0\0\0")  # SetCadParams: detMin 10 (AN1200.48)
        self._clear = bytearray(b"\x02\0\0")  # ClearIrqStatus
        self._is_cold = False
        self._seen = 0

    def set_power(self, dbm: int) -> int:
        """Set the power at the antenna connector; return what the chip and the board make of it."""
        dbm = self._link.set_power(dbm)
        if dbm != self._dbm:
            self._dbm = dbm
            self.stale = True
        return dbm

    def sleep(self, warm: bool = True) -> None:
        """Sleep until something is asked of it: 0.6 uA; cold 0.16 uA, and 10 ms to wake up."""
        self.make_ready()
        self.bus.command(b"\x84\x04" if warm else b"\x84\x00")  # SetSleep (13.1.1)
        sleep_us(500)  # until then it cannot be woken (13.1.1)
        self._is_cold = not warm
        self.mode = SLEEP

    def rssi_dbm(self) -> int | None:
        """Return the level in the channel now; None while it does not receive."""
        if self.mode != RECEIVE:
            return None
        return -(self.bus.ask(_GET_RSSI_INST, 3)[2] >> 1)

    def configure(self) -> None:
        """Set what does not change, after a reset or a cold sleep."""
        if self.mode == OFF:
            sx126x_setup.check_wiring(self.bus)
        sx126x_setup.configure(self.bus, self._tcxo, self._dio2_switch, self._dcdc, self._is_sx1261)
        self._link.forget()
        self._clear_events(0x03FF)

    def make_ready(self) -> None:
        """Be in standby, whatever went on; a frame that waits to be read is lost, and counted."""
        if not self.bus.is_up:
            raise RadioError("The radio is not started")
        if self.mode == STANDBY:
            return
        if self.mode == SLEEP:
            self._wake()
        else:
            if self.mode == RECEIVE and self.events() & _RX_DONE:
                self.overruns += 1
            self.bus.command(b"\x80\x00")  # SetStandby on the RC oscillator (13.1.2)
            self._switch(0, 0)
            if self.mode == RECEIVE and self.timed:
                # Erratum 15.3: without a header the timer would run on, and end a later reception.
                self.bus.write_register(_RTC_CONTROL, 0)
                self.bus.change_register(_EVENT_MASK, 0x02, True)
        self._clear_events(0x03FF)
        self.forget_interrupts()
        self.mode = STANDBY

    def events(self) -> int:
        """Return what the chip notes, as it stands in its interrupt register."""
        answer = self.bus.ask(_GET_IRQ_STATUS, 4)
        if answer[1] in (0x00, 0xFF):  # no status of a chip (13.5.1)
            self.bus.fail("SPI reads 0x00 or 0xFF at work: check supply of the radio and MISO")
        return answer[2] << 8 | answer[3]

    def start_send(self, frame) -> None:
        """Give the chip a frame, and let it begin."""
        length = len(frame)
        self.check_frame(length)
        self.make_ready()
        self._link.apply(self, length)
        # Erratum 15.1: before each frame, quality of the modulation at 500 kHz.
        self.bus.change_register(_TX_MODULATION, 0x04, self.bandwidth_hz != 500000)
        if length:
            self.bus.write_buffer(frame)
        self._switch(0, 1)
        self._begin(0x83, 0)  # SetTx; the host has its own limit (13.1.4)
        self.mode = SEND

    def finish_send(self) -> None:
        """Note that the chip is in standby again."""
        self._clear_events(_TX_DONE)
        self._switch(0, 0)
        self.mode = STANDBY

    def send_failure(self) -> str:
        """Say why a frame did not get out."""
        answer = self.bus.ask(_GET_DEVICE_ERRORS, 4)
        return (
            "A frame does not get out (chip mode %d, device errors 0x%03x): "
            "check supply and clock of the radio" % (answer[1] >> 4 & 7, answer[2] << 8 | answer[3])
        )

    def start_receive(self, window_ms: int) -> int:
        """Listen for a preamble, for ever with a window of 0; return what the chip can of it."""
        self.make_ready()
        self._link.apply(self, 255 if self.explicit else self.length)
        self._switch(1, 0)
        window_ms = min(window_ms, _LONGEST_MS)
        self._seen = self._count()
        self._begin(0x82, 64 * window_ms if window_ms else 0xFFFFFF)  # SetRx (13.1.5)
        self.timed = window_ms > 0
        self.mode = RECEIVE
        return window_ms

    def hearing(self) -> int:
        """Return 2 when a header was heard, 1 for a preamble or what looked like one, else 0."""
        events = self.events()
        return 2 if events & _HEADER_VALID else 1 if events & _PREAMBLE else 0

    def check_listening(self) -> None:
        """See whether the chip still does what it was told."""
        # Not by GetStatus: some chips begin to send when asked so while they receive.
        self.events()
        if self.bus.answer[1] >> 4 & 7 != _RECEIVING:
            self.bus.fail("The radio stopped listening by itself: check its supply")

    def read_into(self, buffer) -> int:
        """Return the length of a frame that came, 0 where none did; bad ones are counted."""
        events = self.events()
        if not events & self.rx_end:
            return 0
        self._clear_events(events)
        self.frame_ticks_us = self.take_interrupt()
        if events & _HEADER_ERR:
            self.header_errors += 1
        length = self._read_frame(buffer, events) if events & _RX_DONE else 0
        if self.timed:
            self.make_ready()
        return length

    def start_detect(self) -> int:
        """Look for a preamble; return how many ms that takes at most."""
        self.make_ready()
        self._link.apply(self, 255)
        self._cad[1] = _CAD_SYMBOLS[self.sf - 5]
        self._cad[2] = _CAD_PEAK[self.sf - 5]
        self.bus.command(self._cad)
        self._switch(1, 0)
        self.bus.command(b"\xc5")  # SetCad (13.1.9)
        self.mode = DETECT
        return self.symbols_ms(8)

    def finish_detect(self, events: int) -> bool:
        """Return whether there was one."""
        self._clear_events(events)
        self._switch(0, 0)
        self.take_interrupt()
        self.mode = STANDBY
        return bool(events & _CAD_DETECTED)

    def _read_frame(self, buffer, events: int) -> int:
        seen = self._count()
        lost = (seen - self._seen & 0xFFFF) - 1
        self._seen = seen
        if lost > 0:
            self.overruns += lost
        # A header without CRC is noise that looks like one, where all frames have it.
        is_bare = self.explicit and self.crc and not self.bus.read_register(_HEADER_CRC) & 0x10
        if events & _CRC_ERR or is_bare:
            self.crc_errors += 1
            return 0
        answer = self.bus.ask(_GET_RX_BUFFER_STATUS, 4)
        # Without a header the chip does not tell the length there.
        length = answer[2] if self.explicit else self.length
        if length > len(buffer):
            self.overlong += 1
            return 0
        self.bus.read_buffer(answer[3], buffer)
        answer = self.bus.ask(_GET_PACKET_STATUS, 5)
        snr_db4 = (answer[3] ^ 0x80) - 0x80
        self.frame_snr_db4 = snr_db4
        # RssiPkt has the noise in it, SignalRssiPkt is the frame alone; but that ends at -127 dBm,
        # where frames of the higher spreading factors do not (13.5.3).
        if answer[4] < _WEAKEST:
            self.frame_rssi_dbm = -(answer[4] >> 1)
        else:
            self.frame_rssi_dbm = -(answer[2] >> 1) + (snr_db4 + 2 >> 2)
        return length

    def _count(self) -> int:
        """Return how many frames came since the reset, 16 bits (GetStats, 13.5.5)."""
        answer = self.bus.ask(_GET_STATS, 4)
        return answer[2] << 8 | answer[3]

    def _clear_events(self, events: int) -> None:
        self._clear[1] = events >> 8
        self._clear[2] = events & 0xFF
        self.bus.command(self._clear)

    def _begin(self, opcode: int, ticks: int) -> None:
        start = self._start
        start[0] = opcode
        start[1] = ticks >> 16
        start[2] = ticks >> 8 & 0xFF
        start[3] = ticks & 0xFF
        self.bus.command(start)

    def _wake(self) -> None:
        self.bus.wake()
        if self._is_cold:
            self.configure()
        self.stale = True
