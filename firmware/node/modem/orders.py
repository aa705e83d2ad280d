"""What the host wants sent, each at its time, and the account of the duty cycle.

Place: host's `Send` -> `order` -> `due` -> modem -> `book` -> radio.
Guarantee: at most QUEUE orders wait. None is sent late, in no sub-band, with too much power, or
beyond the duty cycle, of which the account is in flash before the radio sends; each gets one
result. `now_ms` are ticks, `now_s` never runs fast.
"""

from node import files
from node.links.lora import DUTY
from protocol import modem
from protocol._compat import const, ticks_add, ticks_diff
from protocol.airtime import sub_band
from protocol.lora import BANDWIDTH_HZ, modulation

QUEUE = const(8)
_DIPOLE_DBI = const(2)


class Orders:
    """`tell(id, result, airtime_ms, left_ms)` gets every result; `counts` them by name."""

    def __init__(self, ledger, antenna_dbi: int, tell):
        self._ledger = ledger
        self._gain_db = antenna_dbi - _DIPOLE_DBI
        self._tell = tell
        self._queue = []  # (due ticks, last ticks, Send), by when they are due
        self.counts = dict.fromkeys(modem.result_names(), 0)

    def order(self, send, now_ms: int) -> None:
        """Take an order, or say at once why not."""
        begin_ms = now_ms if send.stamp_ms is None else send.stamp_ms
        if self._band_of(send) is None:
            self.finish(send, modem.NOT_ALLOWED)
            return
        try:
            due = ticks_add(begin_ms, send.after_ms)
            last = ticks_add(begin_ms, send.until_ms)
        except OverflowError:  # more than a chip's ticks can be
            self.finish(send, modem.LATE)
            return
        if ticks_diff(last, now_ms) < 0 or ticks_diff(due, now_ms) > send.after_ms:
            self.finish(send, modem.LATE)  # or a stamp of another life of this modem
        elif len(self._queue) >= QUEUE:
            self.finish(send, modem.FULL)
        else:
            at = 0
            while at < len(self._queue) and ticks_diff(self._queue[at][0], due) <= 0:
                at += 1
            self._queue.insert(at, (due, last, send))

    def wait_ms(self, now_ms: int) -> int | None:
        """Return how long until the next is due, or None where nothing waits."""
        return max(ticks_diff(self._queue[0][0], now_ms), 0) if self._queue else None

    def pop_due(self, now_ms: int):
        """Return the Send whose time has come, or None; what is too late is told so."""
        while self._queue and ticks_diff(self._queue[0][0], now_ms) <= 0:
            _, last, send = self._queue.pop(0)
            if ticks_diff(last, now_ms) >= 0:
                return send
            self.finish(send, modem.LATE)
        return None

    def book(self, send, now_s: int) -> bool:
        """Count a frame that goes out now, durably; False where it cannot be, or has no room."""
        band = self._band_of(send)
        airtime_us = modulation(send.sf).airtime_us(len(send.frame))
        has_room = self._ledger.wait_s(band, airtime_us, now_s) == 0
        if has_room:
            self._ledger.record(band, airtime_us, now_s)
        else:
            self._ledger.let_pass(now_s)  # else a modem that often restarts would wait for ever
        try:
            files.write_atomic(DUTY, self._ledger.state())
        except OSError:
            has_room = False  # what would be forgotten is not sent, but listening goes on
        if has_room:
            return True
        self.finish(send, modem.NO_BUDGET, now_s)
        return False

    def finish(self, send, result: int, now_s: int | None = None) -> None:
        """Tell what became of an order."""
        airtime_ms = 0
        left_ms = None
        if result != modem.NOT_ALLOWED:
            airtime_ms = (modulation(send.sf).airtime_us(len(send.frame)) + 999) // 1000
            if now_s is not None:
                left_ms = self._ledger.left_ms(self._band_of(send), now_s)
        self.counts[modem.result_names()[result]] += 1
        self._tell(send.id, result, airtime_ms, left_ms)

    def evidence(self, now_s: int) -> list:
        """Return (sub-band, ms used in the last hour, ms allowed)."""
        return self._ledger.evidence(now_s)

    def _band_of(self, send):
        """Return the sub-band in which an order may be sent, or None."""
        try:
            modulation(send.sf)
            return sub_band(send.frequency_hz, BANDWIDTH_HZ, send.power_dbm + self._gain_db)
        except ValueError:
            return None
