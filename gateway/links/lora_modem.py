"""A LoRa modem on a serial port: what it heard becomes frames, answers become its orders.

Place: records of SerialLink -> Modem -> ingest, with the way back; answers -> `Send` -> port.
Guarantee: an answer is on the air in the window in which its node listens, or not at all; what the
modem says of each is counted. A record that is none is counted, logged now and then, never raised.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from gateway.clock import Clock
from gateway.config import Radio
from gateway.ratelimit import RateLimit
from protocol import modem
from protocol.errors import DecodeError
from protocol.lora import ANSWER_AFTER_MS, ANSWER_HZ, ANSWER_UNTIL_MS, margin_db
from protocol.stream import to_record

log = logging.getLogger("gateway.modem")

_IDS = 1 << 16


class Air:
    """The way back to who sent one frame, and how well it was heard."""

    def __init__(self, lora: "Modem", heard: modem.Heard):
        self.name = lora.name
        self._modem = lora
        self._heard = heard
        self.quality = _quality(heard)

    def send(self, frame: bytes) -> None:
        """Answer in the window that the node opens after its frame."""
        self._modem.answer(self._heard, frame)


def _quality(heard: modem.Heard) -> tuple[int, int, int]:
    """Return (RSSI, SNR in quarters, margin) as an Ack has room for them."""
    margin = margin_db(heard.sf, heard.snr_q)
    rssi, snr_q, margin = (min(max(x, -128), 127) for x in (heard.rssi_dbm, heard.snr_q, margin))
    return rssi, snr_q, margin


class Modem:
    """`write` takes bytes for the port; `on_frame(way back, frame)` gets every frame."""

    def __init__(
        self,
        name: str,
        radio: Radio,
        clock: Clock,
        write: Callable[[bytes], None],
        on_frame: Callable[[Any, bytes], None],
    ):
        self.name = name
        self.radio = radio
        self._write = write
        self._on_frame = on_frame
        self._limit = RateLimit(log, clock)
        self._next_id = 0
        self._tune_id: int | None = None
        self._error = ""
        self.state: modem.State | None = None
        self.results: Counter[str] = Counter()
        self.frames = 0
        self.garbled = 0

    def opened(self) -> None:
        """The port is open: what the modem was set to before, and how it is, is not known."""
        self.state = None
        self._tune()

    def record(self, record: bytes) -> None:
        """Take one record from the port."""
        try:
            message = modem.decode(record)
        except DecodeError as e:
            self.garbled += 1
            self._limit.warning("garbled", "%s: a record is damaged (%s)", self.name, e)
            return
        if isinstance(message, modem.Heard):
            self.frames += 1
            self._on_frame(Air(self, message), message.frame)
        elif isinstance(message, modem.Done):
            self._done(message)
        elif isinstance(message, modem.State):
            self._take_state(message)

    def answer(self, heard: modem.Heard, frame: bytes) -> None:
        """Order a frame for the node that `heard` came from."""
        radio = self.radio
        times = heard.stamp_ms, ANSWER_AFTER_MS, ANSWER_UNTIL_MS
        channel = ANSWER_HZ, heard.sf, radio.downlink_dbm
        self._say(modem.Send(self._new_id(), *times, *channel, frame))

    def _tune(self) -> None:
        self._tune_id = self._new_id()
        self._say(modem.Tune(self._tune_id, self.radio.frequency_hz, self.radio.sf))

    def _new_id(self) -> int:
        self._next_id = (self._next_id + 1) % _IDS
        return self._next_id

    def _say(self, message: Any) -> None:
        self._write(b"\x00" + to_record(modem.encode(message)))

    def _done(self, done: modem.Done) -> None:
        name = modem.result_names()[done.result]
        if done.id == self._tune_id:
            if done.result != modem.DONE:
                text = "%s cannot listen on %d Hz: %s"
                self._limit.warning("tune", text, self.name, self.radio.frequency_hz, name)
            return
        self.results[name] += 1
        if done.result != modem.DONE:
            self._limit.warning(name, "%s has not sent an answer: %s", self.name, name)

    def _take_state(self, state: modem.State) -> None:
        self.state = state
        if state.error != self._error:
            self._error = state.error
            log.warning("%s: radio: %s", self.name, ascii(state.error) if state.error else "works")
        wanted = self.radio.frequency_hz, self.radio.sf
        if (state.fields.get("frequency_hz"), state.fields.get("sf")) != wanted:
            self._tune()  # it has just started, or somebody else told it otherwise

    def status(self) -> dict[str, Any]:
        """Return what the status of the gateway says of this radio."""
        state = self.state
        return {
            "frequency_hz": self.radio.frequency_hz,
            "sf": self.radio.sf,
            "answers": dict(self.results),
            "firmware": state.version if state else None,
            "error": state.error if state else None,
            "duty": {band: {"used_ms": u, "allowed_ms": a} for band, u, a in state.duty}
            if state
            else {},
            "self": state.fields if state else {},
        }
