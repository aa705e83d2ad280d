"""A gateway with one radio: hears one channel, answers on another, and is deaf while it does.

Place: stations ))) antenna -> `Base` -> sessions of the protocol, and answers back.
Guarantee: what was heard counts as stored at once, so that only the air loses anything. An answer
waits for a frame that is being heard, and is dropped where that takes too long; the gateway keeps
its duty cycle by the same ledger as the nodes.
"""

from protocol.airtime import sub_band
from protocol.duty import Ledger
from protocol.envelope import TAG_RADIO, Envelope, parse
from protocol.errors import FrameError
from protocol.gateway_session import GatewaySession
from protocol.lora import ANSWER_AFTER_MS, ANSWER_UNTIL_MS
from protocol.session import SAMPLES
from protocol.window import ReplayWindow
from tools.benchmark.network.station import LONGEST, key_of
from tools.benchmark.sealing import EPOCH, LibraryCcm
from tools.rig.air.antenna import Antenna
from tools.rig.air.propagation import SNR_LIMITS_DB
from tools.rig.air.signal import Reception, Tuning
from tools.rig.air.timeline import Timeline

_POWER_DBM = 27
_SNR_SEEN_DB = 20.0  # chips say no more, however near


class Base:
    """`stored` holds the sample numbers of each node that arrived."""

    def __init__(
        self,
        timeline: Timeline,
        antenna: Antenna,
        nodes: int,
        uplink: Tuning,
        downlink: Tuning | None,
        start_unix_s: int,
    ):
        self._timeline = timeline
        self._antenna = antenna
        self._uplink = uplink
        self._downlink = downlink
        self._start_unix_ms = 1000 * start_unix_s
        self._sessions = {
            number: GatewaySession(
                Envelope(LibraryCcm(key_of(number)), number, EPOCH, TAG_RADIO),
                ReplayWindow(-1),
                None,
            )
            for number in range(1, nodes + 1)
        }
        self._ledger = Ledger()
        self._answers: list[tuple[int, bytes]] = []  # until when, what
        self._hearing_until_us = 0
        self._sending = False
        self.stored: dict[int, set[int]] = {number: set() for number in self._sessions}
        self.frames = 0
        self.answers = 0
        self.answers_dropped = 0
        antenna.listen(uplink, self)

    def preamble(self) -> None:
        """A frame comes: be quiet until its header."""
        self._hearing_until_us = self._timeline.now_us + 20 * self._uplink.symbol_us

    def header(self, ok: bool) -> None:
        """A frame goes on, or was none."""
        now_us = self._timeline.now_us
        longest_us = self._uplink.modulation.airtime_us(LONGEST)
        self._hearing_until_us = now_us + longest_us if ok else now_us

    def frame(self, reception: Reception) -> None:
        """Take a frame, and answer it in time if it asks."""
        self._hearing_until_us = 0
        if reception.crc_ok:
            self._take(reception)
        self._answer()

    def _take(self, reception: Reception) -> None:
        now_ms = self._start_unix_ms + self._timeline.now_us // 1000
        try:
            parsed = parse(reception.data)
            session = self._sessions[parsed.node]
        except (FrameError, KeyError):
            return  # noise that a CRC let through
        session.receive(parsed, now_ms)
        event = session.next_event()
        while event is not None:
            self.frames += 1
            if event[0] == SAMPLES:
                self.stored[parsed.node].update(event[2][1])
            session.acknowledge(event, session.promise(), now_ms, self._link(reception))
            event = session.next_event()
        answer = session.data_to_send(now_ms)
        if answer is not None and self._downlink is not None:
            end_us = reception.end_us
            due_us = max(end_us + 1000 * ANSWER_AFTER_MS, self._timeline.now_us)
            until_us = end_us + 1000 * ANSWER_UNTIL_MS
            self._timeline.at(due_us, lambda: self._queue(until_us, answer))

    def _link(self, reception: Reception) -> tuple[int, int, int]:
        snr_db = min(reception.snr_db, _SNR_SEEN_DB)
        margin_db = int(snr_db - SNR_LIMITS_DB[reception.tuning.sf])
        return int(reception.rssi_dbm), int(4 * snr_db), margin_db

    def _queue(self, until_us: int, answer: bytes) -> None:
        self._answers.append((until_us, answer))
        self._answer()

    def _answer(self) -> None:
        """Send the first answer that is still in time; come back where a frame is being heard."""
        now_us = self._timeline.now_us
        if self._sending or not self._answers or self._downlink is None:
            return
        if now_us < self._hearing_until_us:
            # Not every frame that began is told to have ended.
            self._timeline.at(self._hearing_until_us, self._answer)
            return
        until_us, answer = self._answers.pop(0)
        band = sub_band(self._downlink.frequency_hz, self._downlink.bandwidth_hz, _POWER_DBM)
        airtime_us = self._downlink.modulation.airtime_us(len(answer))
        now_s = now_us // 1_000_000
        if now_us > until_us or self._ledger.wait_s(band, airtime_us, now_s):
            self.answers_dropped += 1
            self._answer()
            return
        self._ledger.record(band, airtime_us, now_s)
        self.answers += 1
        self._sending = True
        self._antenna.transmit(self._downlink, answer, _POWER_DBM, self._answered)

    def _answered(self) -> None:
        self._sending = False
        self._hearing_until_us = 0
        self._antenna.listen(self._uplink, self)
        self._answer()
