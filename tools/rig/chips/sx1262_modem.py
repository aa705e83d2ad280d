"""What an SX1261/2 does in its modes: sends, listens once, for ever or by turns, looks (CAD).

Place: sx1262_commands.py asks -> antenna; what comes of it -> buffer, status, interrupts.
Guarantee: nothing of an activity that was left has any effect.

SX1261/2 data sheet: 13.1 (timers; RX by turns; CAD), 15.3 (the timer that implicit headers leave
running), 15.4 (inverted IQ).
"""

from typing import TYPE_CHECKING

from tools.rig.air.signal import Reception, Tuning
from tools.rig.chips import levels
from tools.rig.chips.ear import Ear
from tools.rig.chips.sx1262_memory import (
    EVENT_MASK,
    HEADER_CODING,
    HEADER_CRC,
    IQ_POLARITY,
    RTC_CONTROL,
    SYMBOL_TIMEOUT,
)
from tools.rig.chips.sx1262_modes import (
    CAD_DETECTED,
    CAD_DONE,
    CRC_ERR,
    DATA_AVAILABLE,
    FS,
    HEADER_ERR,
    HEADER_VALID,
    PREAMBLE_DETECTED,
    RX,
    RX_DONE,
    SENT,
    SLEEP,
    STDBY_RC,
    STDBY_XOSC,
    TX,
    TX_DONE,
    Modes,
)
from tools.rig.chips.sx1262_oscillator import Oscillator
from tools.rig.chips.sx1262_power import NO_PATH_DB, power_dbm

if TYPE_CHECKING:
    from tools.rig.chips.sx1262 import Sx1262

_TABLE_RAMP_US = 10
CONTINUOUS = 0xFFFFFF
_CAD_RX = 0x01
_CAD_LBT = 0x10
# 15.4 speaks of losses "for longer packets"; here all above this length come damaged.
_ERRATUM_15_4_BYTES = 64


def timer_us(steps: int) -> int:
    """Return a timer's value, in steps of 15.625 us, as time."""
    return steps * 125 // 8


class Modem(Modes):
    """Sends, listens and looks. `statistics`: frames, of them with a wrong CRC; wrong headers."""

    def __init__(self, chip: "Sx1262", oscillator: Oscillator):
        super().__init__(chip, oscillator)
        self.statistics = [0, 0, 0]
        self.received = (0, 0)  # length, start
        self.packet_status = bytes(3)
        self._write_at = 0
        self._continuous = False
        self._duty: tuple[int, int] | None = None

    def send(self, timeout: int) -> bool:
        """Send what stands in the buffer when the power amplifier is up."""
        tuning = self._tuning()
        if tuning is None:
            return False
        ramp_us = max(self._chip.memory.settings.ramp_us - _TABLE_RAMP_US, 0)
        self._switch(TX, lambda: self._send(tuning, timeout), ramp_us)
        return True

    def receive(self, timeout: int) -> bool:
        """Listen: 0 for one frame, 0xFFFFFF for ever, else so many steps of 15.625 us."""
        tuning = self._tuning()
        if tuning is None:
            return False
        self._switch(RX, lambda: self._listen(tuning, timeout))
        return True

    def receive_by_turns(self, listen: int, sleep: int) -> bool:
        """Listen and sleep by turns, until a frame comes (13.1.7)."""
        tuning = self._tuning()
        if tuning is None:
            return False
        self._switch(RX, lambda: self._begin_turn(tuning, timer_us(listen), timer_us(sleep)))
        return True

    def look(self) -> bool:
        """Detect channel activity (CAD)."""
        tuning = self._tuning()
        if tuning is None:
            return False
        self._switch(RX, lambda: self._look(tuning))
        return True

    def rssi_code(self) -> int:
        """Return what GetRssiInst says while receiving."""
        tuning = self._chip.memory.tuning()
        if tuning is None:
            return 0
        return levels.byte(
            -2 * self._chip.antenna.rssi_dbm(tuning.frequency_hz, tuning.bandwidth_hz)
        )

    def _tuning(self) -> Tuning | None:
        tuning = self._chip.memory.tuning()
        if tuning is None:
            self._chip.counts["not LoRa as modelled"] += 1
        return tuning

    def _leave(self) -> None:
        self._continuous = False
        self._duty = None
        super()._leave()

    # Sending.

    def _send(self, tuning: Tuning, timeout: int) -> None:
        chip, activity = self._chip, self._activity
        settings = chip.memory.settings
        frame = chip.memory.read_buffer(settings.tx_base, settings.length)
        power = power_dbm(chip.memory, chip.variant, chip.mismatched)
        if chip.dio2_switch and not settings.dio2_switch:
            chip.counts["sent past the antenna switch"] += 1
            power -= NO_PATH_DB
        if timeout:
            self._start_timer(timer_us(timeout), self._time_out)

        def sent() -> None:
            if self._activity == activity:
                self.stop_timer()
                self._fall_back(self._fallback_mode())
                self.command_status = SENT
                self.interrupt(TX_DONE)

        chip.antenna.transmit(tuning, frame, power, sent)

    def _fallback_mode(self) -> int:
        return {0x40: FS, 0x30: STDBY_XOSC}.get(self._chip.memory.settings.fallback, STDBY_RC)

    # Receiving.

    def _listen(self, tuning: Tuning, timeout: int) -> None:
        settings = self._chip.memory.settings
        self._continuous = timeout == CONTINUOUS
        self._write_at = settings.rx_base
        if 0 < timeout < CONTINUOUS:
            self._start_timer(timer_us(timeout), self._time_out)
        symbols = settings.symbol_timeout or _encoded_symbols(
            self._chip.memory.read(SYMBOL_TIMEOUT)
        )
        if symbols and not self._continuous:
            self._symbol_timer = self._chip.after(symbols * tuning.symbol_us, self._no_symbols)
        self._open_ear(tuning)

    def _open_ear(self, tuning: Tuning) -> None:
        self._ear = Ear(self._heard_preamble, self._heard_header, self._heard_frame)
        self._chip.antenna.listen(tuning, self._ear)

    def _no_symbols(self) -> None:
        self.stop_timer()
        self._time_out()

    def _heard_preamble(self) -> None:
        if self._symbol_timer is not None:
            self._symbol_timer.cancel()
            self._symbol_timer = None
        if self._duty is not None:
            listen_us, sleep_us = self._duty
            self._start_timer(2 * listen_us + sleep_us, self._end_turn)
        elif self._chip.memory.settings.stop_on_preamble:
            self.stop_timer()
        self.interrupt(PREAMBLE_DETECTED)

    def _heard_header(self, ok: bool) -> None:
        if not ok:
            self._bad_header()
            return
        self.stop_timer()
        self.interrupt(HEADER_VALID)

    def _bad_header(self) -> None:
        self.statistics[2] = self.statistics[2] + 1 & 0xFFFF
        if not self._continuous:
            self.stop_timer()
            self._fall_back(STDBY_RC)
        self.interrupt(HEADER_ERR)

    def _heard_frame(self, reception: Reception) -> None:
        memory = self._chip.memory
        settings = memory.settings
        if settings.explicit and len(reception.data) > settings.length:
            # The ether tells the length at the end only; the chip would know it at the header.
            self._chip.counts["longer than PayloadLength"] += 1
            self._bad_header()
            return
        good = reception.crc_ok and not self._polarity_spoils(reception)
        self._store(reception)
        self.statistics[0] = self.statistics[0] + 1 & 0xFFFF
        self.statistics[1] = self.statistics[1] + (not good) & 0xFFFF
        if settings.explicit or self._duty is not None:
            self.stop_timer()  # 15.3: with implicit headers it goes on
        if not self._continuous:
            self._fall_back(STDBY_RC if self._duty is not None else self._fallback_mode())
        self.command_status = DATA_AVAILABLE
        self.interrupt(RX_DONE if good else RX_DONE | CRC_ERR)

    def _polarity_spoils(self, reception: Reception) -> bool:
        """Return whether erratum 15.4 strikes: bit 2 of 0x0736 must be 0 for inverted IQ."""
        straight = bool(self._chip.memory.read(IQ_POLARITY) & 4)
        if straight != reception.tuning.inverted:
            return False
        self._chip.counts["erratum 15.4"] += 1
        long = len(reception.data) > _ERRATUM_15_4_BYTES
        return straight and reception.has_crc and long  # with plain IQ no losses are known

    def _store(self, reception: Reception) -> None:
        memory = self._chip.memory
        memory.write_buffer(self._write_at, reception.data)
        self.received = (len(reception.data), self._write_at)
        self._write_at = self._write_at + len(reception.data) & 0xFF
        memory.write(HEADER_CODING, (reception.coding - 4) << 4)
        memory.write(HEADER_CRC, 0x10 if reception.has_crc else 0)
        self.packet_status = bytes(
            [
                levels.byte(-2 * levels.total_dbm(reception)),
                levels.snr_quarters(reception),
                levels.byte(-2 * reception.rssi_dbm),
            ]
        )

    # Listening by turns.

    def _begin_turn(self, tuning: Tuning, listen_us: int, sleep_us: int) -> None:
        self._write_at = self._chip.memory.settings.rx_base
        self._duty = (listen_us, sleep_us)
        self._start_timer(listen_us, self._end_turn)
        self._open_ear(tuning)

    def _end_turn(self) -> None:
        duty = self._duty
        if duty is None:
            return
        self._leave()
        self._enter(SLEEP)
        self._chip.memory.sleep_warm()
        self._chip.sleep_for(duty[1], lambda: self.receive_by_turns_us(*duty))

    def receive_by_turns_us(self, listen_us: int, sleep_us: int) -> None:
        """Wake for the next turn."""
        self.mode = STDBY_RC
        tuning = self._tuning()
        if tuning is not None:
            self._switch(RX, lambda: self._begin_turn(tuning, listen_us, sleep_us))

    # Channel activity.

    def _look(self, tuning: Tuning) -> None:
        activity = self._activity
        symbols, exit_mode, timeout = self._chip.memory.settings.cad

        def looked(active: bool) -> None:
            if self._activity != activity:
                return
            self._leave()
            if active and exit_mode == _CAD_RX:
                self._listen(tuning, min(timeout, CONTINUOUS - 1))
            elif not active and exit_mode == _CAD_LBT:
                self._enter(TX)
                self._send(tuning, timeout)
            else:
                self._enter(STDBY_RC)
            self.interrupt(CAD_DONE | CAD_DETECTED if active else CAD_DONE)

        self._chip.antenna.detect(tuning, symbols, looked)

    # Registers that reach into all this.

    def register_written(self, address: int) -> None:
        """Do what writing a register sets off: the way out of 15.3."""
        if address in (RTC_CONTROL, EVENT_MASK):
            read = self._chip.memory.read
            if read(RTC_CONTROL) == 0 and read(EVENT_MASK) & 2 and self.mode not in (RX, TX):
                self.stop_timer()


def _encoded_symbols(code: int) -> int:
    """Return the symbols of register 0x0706: a mantissa, and twice an exponent of two."""
    return (code >> 3) << (2 * (code & 7) + 1) if code else 0
