"""A node of the firmware without its chips: the real session and channel access, in virtual time.

Place: `many` -> `Station` -> antenna ))) `Base`, and answers back.
Guarantee: session, access, ledger and envelope are the protocol's own; what is new here is what
`uplink` and a radio driver do in between. One frame at a time; it listens only after it asked.
Not modelled: power that fails, what the code itself takes (5 ms from a look to the frame).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from protocol.access import START_MS, Access, Channel
from protocol.counter import Counter
from protocol.duty import Ledger
from protocol.envelope import TAG_RADIO, Envelope
from protocol.lora import LISTEN_AFTER_MS, listen_until_ms
from protocol.node_session import NodeSession
from protocol.session import TIME, radio
from tools.benchmark.network.journal import Columns, Journal
from tools.benchmark.sealing import EPOCH, LibraryCcm
from tools.rig.air.antenna import Antenna
from tools.rig.air.signal import Reception, Tuning
from tools.rig.air.timeline import Event, Timeline

METHODS = ("at once", "spread", "cad")
LONGEST = 120  # bytes: the plaintext that `radio` allows, and the envelope
LOOK_SYMBOLS = 4
_TURN_US = 5000
_POWER_DBM = 14.0
_TICKS = 1 << 30


@dataclass(frozen=True)
class Plan:
    """What all nodes of a run have in common."""

    method: str
    interval_s: int
    ids: tuple[int, ...]
    columns: Columns
    uplink: Tuning
    downlink: Tuning
    start_unix_s: int


class Station:
    """One node, powered on now. `random_numbers` are its own."""

    def __init__(
        self,
        timeline: Timeline,
        plan: Plan,
        number: int,
        antenna: Antenna,
        random_numbers: random.Random,
    ):
        self._timeline = timeline
        self._plan = plan
        self._antenna = antenna
        self._booted_us = timeline.now_us
        self._unix_ms: int | None = None  # at power-up, once it was told
        draw = random_numbers.randrange
        self.ledger = Ledger()
        spread: Callable[[int], int] = draw if plan.method != "at once" else lambda span: 0
        channel = Channel(plan.uplink.frequency_hz, plan.uplink.modulation)
        self.access = Access([channel], self.ledger, spread)
        begin = draw(len(plan.columns[0]))
        self.journal = Journal(plan.ids, plan.columns, begin, plan.interval_s, self._clock)
        envelope = Envelope(LibraryCcm(key_of(number)), number, EPOCH, TAG_RADIO)
        self.session = NodeSession(
            envelope,
            Counter(0, lambda limit: None),
            self.journal,
            (1, "0.1.0"),
            draw,
            radio(),
            self._may_send,
        )
        self._busy = False
        self._hearing_until_us = 0
        self._window: Event | None = None
        self._wake: Event | None = None
        self.airtime_us = 0
        self.frames = 0
        self.greeted_us: int | None = None
        self.access.news(START_MS, self._now_ms())
        self._sample_at(1)
        self._talk()

    def _now_s(self) -> int:
        return (self._timeline.now_us - self._booted_us) // 1_000_000

    def _now_ms(self) -> int:
        return self._timeline.now_us // 1000 % _TICKS

    def _clock(self) -> tuple[int | None, int]:
        uptime_s = self._now_s()
        return None if self._unix_ms is None else self._unix_ms // 1000 + uptime_s, uptime_s

    def _may_send(self, is_live: bool, now_ms: int) -> int | None:
        return self.access.wait_ms(LONGEST, self._now_s(), now_ms, is_live)

    # Samples, and what follows from them.

    def _sample_at(self, count: int) -> None:
        when_us = self._booted_us + count * self._plan.interval_s * 1_000_000
        self._timeline.at(when_us, lambda: self._sample(count))

    def _sample(self, count: int) -> None:
        self._sample_at(count + 1)
        self.journal.append()
        if self.session.is_live_due:
            self.access.news(1000 * self._plan.interval_s, self._now_ms())
            self._talk()

    def _talk(self) -> None:
        """Send what is due, or come back when something may be."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if self._busy:
            return
        now_ms = self._now_ms()
        self.session.handle_timeout(now_ms)
        frame = self.session.data_to_send(now_ms)
        if frame is not None:
            self._busy = True
            if self.access.begin(len(frame), self._now_s()) is None:
                raise AssertionError("the ledger had room a moment ago")
            self._look(frame)
            return
        deadline_ms = self.session.deadline()
        if deadline_ms is not None:
            wait_ms = (deadline_ms - now_ms + _TICKS // 2) % _TICKS - _TICKS // 2
            # Deadlines are whole ms, and now may be in the middle of one.
            self._wake = self._timeline.after(1000 * max(wait_ms, 1), self._talk)

    # One frame on its way.

    def _look(self, frame: bytes) -> None:
        if self._plan.method != "cad":
            self._send(frame)
            return
        self._antenna.detect(self._plan.uplink, LOOK_SYMBOLS, lambda busy: self._seen(frame, busy))

    def _seen(self, frame: bytes, busy: bool) -> None:
        wait_ms = self.access.heard(busy)
        if wait_ms:
            self._timeline.after(1000 * wait_ms, lambda: self._look(frame))
        else:
            self._timeline.after(_TURN_US, lambda: self._send(frame))

    def _send(self, frame: bytes) -> None:
        self.access.sending(len(frame), self._now_s())
        self.frames += 1
        self.airtime_us += self._plan.uplink.modulation.airtime_us(len(frame))
        self._antenna.transmit(self._plan.uplink, frame, _POWER_DBM, self._sent)

    def _sent(self) -> None:
        self.session.sent(self._now_ms())
        if not self.session.is_waiting:
            self._busy = False
            self._talk()
            return
        self._timeline.after(1000 * LISTEN_AFTER_MS, self._listen)

    def _listen(self) -> None:
        open_ms = listen_until_ms(self._plan.downlink.modulation) - LISTEN_AFTER_MS
        self._hearing_until_us = 0
        self._window = self._timeline.after(1000 * open_ms, self._listened)
        self._antenna.listen(self._plan.downlink, self)

    def _listened(self) -> None:
        """The window is over; an answer that began in time is heard to its end."""
        if self._timeline.now_us < self._hearing_until_us:
            self._window = self._timeline.at(self._hearing_until_us, self._listened)
        else:
            self._close()

    def _close(self) -> None:
        if self._window is not None:
            self._window.cancel()
        self._antenna.stop()
        self._busy = False
        self._talk()

    # What the antenna hears.

    def preamble(self) -> None:
        """Wait for the header."""
        symbols_us = 20 * self._plan.downlink.symbol_us
        self._hearing_until_us = self._timeline.now_us + symbols_us

    def header(self, ok: bool) -> None:
        """Wait for the rest."""
        if ok:
            airtime_us = self._plan.downlink.modulation.airtime_us(LONGEST)
            self._hearing_until_us = self._timeline.now_us + airtime_us

    def frame(self, reception: Reception) -> None:
        """Take an answer, which may be somebody else's."""
        self._hearing_until_us = 0
        if not reception.crc_ok:
            return
        self.session.receive(reception.data, self._now_ms())
        event = self.session.next_event()
        while event is not None:
            if event[0] == TIME:
                uptime_us = self._timeline.now_us - self._booted_us
                self._unix_ms = event[1] - uptime_us // 1000
                self.greeted_us = self.greeted_us or self._timeline.now_us
            event = self.session.next_event()
        if not self.session.is_waiting:
            self._close()


def key_of(number: int) -> bytes:
    """Return the key of a node, which is no secret here."""
    return number.to_bytes(16, "big")
