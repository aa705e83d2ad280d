"""What an SX1276 does in its LoRa modes: sends, listens for ever or once, looks (CAD).

Place: a write to RegOpMode -> antenna; what comes of it -> FIFO, registers, interrupt flags.
Guarantee: nothing of a mode that was left has any effect.

SX1276/77/78/79 data sheet: 4.1.5 (modes), 4.1.2 (FIFO), 4.1.1.6 and AN1200.21 (how long CAD takes),
5.5.5 (RSSI), table 16 (times to start). In RXCONTINUOUS frames follow each other in the FIFO.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.rig.air.signal import Reception, Tuning
from tools.rig.air.timeline import Event
from tools.rig.chips import levels
from tools.rig.chips import sx1276_registers as reg
from tools.rig.chips.ear import Ear
from tools.rig.chips.sx1276_power import power_dbm

if TYPE_CHECKING:
    from tools.rig.chips.sx1276 import Sx1276

SLEEP = 0
STDBY = 1
FSTX = 2
TX = 3
FSRX = 4
RXCONTINUOUS = 5
RXSINGLE = 6
CAD = 7

RX_TIMEOUT = 0x80
RX_DONE = 0x40
PAYLOAD_CRC_ERROR = 0x20
VALID_HEADER = 0x10
TX_DONE = 0x08
CAD_DONE = 0x04
CAD_DETECTED = 0x01

# RegModemStat
_CLEAR = 0x10
_HEADER_VALID = 0x08
_RX_ONGOING = 0x04
_SIGNAL = 0x03

_OSCILLATOR_US = 250
_START_US = {STDBY: 0, FSTX: 60, TX: 120, FSRX: 60, RXCONTINUOUS: 71, RXSINGLE: 71, CAD: 71}
_PLL_HZ = (137_000_000, 1_020_000_000)
_HIGH_BAND_HZ = 525_000_000
_RSSI_OFFSET = {True: 157, False: 164}  # the high band or the low ones


class Modem:
    """The LoRa mode. `ready` is what ModeReady says."""

    def __init__(self, chip: "Sx1276"):
        self._chip = chip
        self._registers = chip.registers
        self.ready = False
        self._mode = STDBY
        self._activity = 0
        self._starting: Event | None = None
        self._timer: Event | None = None
        self._ear: Ear | None = None
        self._tuning = Tuning(0, 7, 125000)
        self._write_at = 0

    def enter(self, mode: int) -> None:
        """Leave what is under way, and do what this mode is for when it has started."""
        from_sleep = self._mode == SLEEP
        self.leave()
        self._mode = mode
        if mode == SLEEP:
            self._registers.fifo = bytearray(256)
            self._reset_counts()
            self._chip.show_pins()
            return
        delay_us = _START_US[mode] + (_OSCILLATOR_US if from_sleep else 0)
        self._chip.show_pins()
        self._starting = self._chip.after(delay_us, self._start)

    def leave(self) -> None:
        """End what is under way."""
        self._activity += 1
        self.ready = False
        for event in (self._starting, self._timer):
            if event is not None:
                event.cancel()
        self._starting = self._timer = None
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        self._registers.lora[reg.MODEM_STAT] = _CLEAR
        self._chip.antenna.stop()

    def _start(self) -> None:
        self._starting = None
        if not self._chip.has_clock:
            self._chip.counts["no clock"] += 1
            return
        self.ready = True
        action = {
            TX: self._send,
            RXCONTINUOUS: self._listen,
            RXSINGLE: self._listen,
            CAD: self._look,
        }.get(self._mode)
        self._chip.show_pins()
        if action is None or not self._registers.is_lora:
            return
        tuning = self._registers.tuning(sending=self._mode == TX)
        low_hz, high_hz = _PLL_HZ
        if tuning is None or not low_hz <= tuning.frequency_hz <= high_hz:
            self._chip.counts["not LoRa as modelled"] += 1
            return
        self._tuning = tuning
        action()

    def _finish(self) -> None:
        """Go to STDBY by itself."""
        self.leave()
        self._mode = STDBY
        self._registers.common[reg.OP_MODE] = (
            self._registers.common[reg.OP_MODE] & ~reg.MODE | STDBY
        )
        self.ready = True

    def interrupt(self, flags: int) -> None:
        """Raise flags; one that RegIrqFlagsMask masks is never set."""
        lora = self._registers.lora
        lora[reg.IRQ_FLAGS] |= flags & ~lora[reg.IRQ_MASK] & ~self._chip.lost_irqs & 0xFF
        self._chip.show_pins()

    # Sending.

    def _send(self) -> None:
        power = power_dbm(self._registers, self._chip.pa_boost)
        self._chip.antenna.transmit(
            self._tuning, self._registers.frame(), power, self._while_active(self._sent)
        )

    def _sent(self) -> None:
        self._finish()
        self.interrupt(TX_DONE)

    def _while_active(self, action: Callable[[], None]) -> Callable[[], None]:
        activity = self._activity

        def act() -> None:
            if self._activity == activity:
                action()

        return act

    # Receiving.

    def _listen(self) -> None:
        registers = self._registers
        self._write_at = registers.lora[reg.FIFO_RX_BASE]
        registers.lora[reg.MODEM_STAT] = _RX_ONGOING
        self._reset_counts()
        self._wait_for_preamble()
        if registers.detects:
            self._ear = Ear(self._heard_preamble, self._heard_header, self._heard_frame)
            self._chip.antenna.listen(self._tuning, self._ear)
        else:
            self._chip.counts["detection not for this SF"] += 1

    def _reset_counts(self) -> None:
        self._registers.lora[reg.HEADER_COUNT : reg.PACKET_COUNT + 2] = bytes(4)

    def _wait_for_preamble(self) -> None:
        if self._mode == RXSINGLE:
            delay_us = self._registers.symbol_timeout * self._tuning.symbol_us
            self._timer = self._chip.after(delay_us, self._time_out)

    def _time_out(self) -> None:
        self._timer = None
        self._finish()
        self.interrupt(RX_TIMEOUT)

    def _heard_preamble(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._registers.lora[reg.MODEM_STAT] = _RX_ONGOING | _SIGNAL

    def _heard_header(self, ok: bool) -> None:
        if not ok:
            self._search_on()
            return
        self._registers.lora[reg.MODEM_STAT] |= _HEADER_VALID
        self._registers.count(reg.HEADER_COUNT)
        self.interrupt(VALID_HEADER)

    def _search_on(self) -> None:
        """Wait for the next preamble after a wrong header: no flag tells of it (4.1.5)."""
        self._registers.lora[reg.MODEM_STAT] = _RX_ONGOING
        self._wait_for_preamble()

    def _heard_frame(self, reception: Reception) -> None:
        lora = self._registers.lora
        length = len(reception.data)
        if self._tuning.explicit and length > lora[reg.MAX_PAYLOAD]:
            # The ether tells the length at the end only; the chip would know it at the header.
            self._chip.counts["longer than MaxPayloadLength"] += 1
            self._search_on()
            return
        self._registers.store(self._write_at, reception.data)
        lora[reg.FIFO_RX_CURRENT] = self._write_at
        self._write_at = self._write_at + length & 0xFF
        lora[reg.FIFO_RX_BYTE] = self._write_at - 1 & 0xFF
        lora[reg.RX_NB_BYTES] = length
        lora[reg.HOP_CHANNEL] = 0x40 if reception.has_crc else 0
        lora[reg.PACKET_SNR] = levels.snr_quarters(reception)
        lora[reg.PACKET_RSSI] = self._packet_rssi(reception)
        if self._mode == RXSINGLE:
            self._finish()
        else:
            lora[reg.MODEM_STAT] = (reception.coding - 4) << 5 | _RX_ONGOING
        if reception.crc_ok:
            self._registers.count(reg.PACKET_COUNT)
        self.interrupt(RX_DONE if reception.crc_ok else RX_DONE | PAYLOAD_CRC_ERROR)

    def _packet_rssi(self, reception: Reception) -> int:
        """Return the code that 5.5.5 turns into dBm again: stretched above the noise, else with
        the SNR added."""
        if reception.snr_db >= 0:
            return levels.byte((reception.rssi_dbm + self._rssi_offset) * 15 / 16)
        return levels.byte(reception.rssi_dbm - reception.snr_db + self._rssi_offset)

    @property
    def _rssi_offset(self) -> int:
        return _RSSI_OFFSET[self._registers.frequency_hz >= _HIGH_BAND_HZ]

    def rssi_code(self) -> int:
        """Return RegRssiValue: the channel now, while listening."""
        if not self.ready or self._mode not in (RXCONTINUOUS, RXSINGLE, CAD):
            return 0
        tuning = self._tuning
        level = self._chip.antenna.rssi_dbm(tuning.frequency_hz, tuning.bandwidth_hz)
        return levels.byte(level + self._rssi_offset)

    # Channel activity.

    def _look(self) -> None:
        chips = 1 << self._tuning.sf
        activity = self._activity

        def looked(active: bool) -> None:
            if self._activity == activity:
                found = active and self._registers.detects
                # Then it computes, at 1.75 million chips and bits a second.
                self._timer = self._chip.after(
                    self._tuning.sf * chips * 4 // 7, lambda: self._looked(found)
                )

        self._chip.antenna.detect(self._tuning, (chips + 32) / chips, looked)

    def _looked(self, active: bool) -> None:
        self._timer = None
        self._finish()
        self.interrupt(CAD_DONE | CAD_DETECTED if active else CAD_DONE)
