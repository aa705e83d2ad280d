"""A LoRa modem on a serial port: what it heard becomes frames, answers become its orders.

Place: records of SerialLink -> Modem -> ingest, with the way back; answers -> `Send` -> port.
Guarantee: an answer is on the air in the window in which its node listens, or not at all; what the
modem says of each is counted. A record that is none is counted, logged now and then, never raised.
"""

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from gateway.clock import Clock
from gateway.links.config import Radio
from gateway.links.way import Air, OnSent, quality_of
from gateway.ratelimit import RateLimit
from protocol import modem
from protocol.errors import DecodeError
from protocol.lora import ANSWER_AFTER_MS, ANSWER_HZ, ANSWER_UNTIL_MS
from protocol.stream import to_record

log = logging.getLogger("gateway.modem")

_IDS = 1 << 16
_MOST_AWAITED = 32  # answers of which the modem has not said what became: it keeps 8


class Modem:
    """`write` takes bytes for the port; `on_frames(way back, [frame])` gets every frame."""

    def __init__(
        self,
        name: str,
        radio: Radio,
        clock: Clock,
        write: Callable[[bytes], None],
        on_frames: Callable[[Any, list[bytes]], None],
    ):
        self.name = name
        self.radio = radio
        self._write = write
        self._on_frames = on_frames
        self._limit = RateLimit(log, clock)
        self._next_id = 0
        self._tune_id: int | None = None
        self._awaited: dict[int, OnSent] = {}
        self._error = ""
        self.state: modem.State | None = None
        self.results: Counter[str] = Counter()
        self.frames = 0
        self.garbled = 0

    def opened(self) -> None:
        """The port is open: what the modem was set to before, and how it is, is not known."""
        self.state = None
        self._awaited.clear()
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
            self._hear(message)
        elif isinstance(message, modem.Done):
            self._done(message)
        elif isinstance(message, modem.State):
            self._take_state(message)

    def _hear(self, heard: modem.Heard) -> None:
        self.frames += 1
        quality = quality_of(heard.rssi_dbm, heard.snr_q, heard.sf)
        way = Air(self.name, quality, partial(self._answer, heard.stamp_ms, heard.sf))
        self._on_frames(way, [heard.frame])

    def _answer(self, stamp_ms: int, sf: int, frame: bytes, on_sent: OnSent | None) -> None:
        """Order a frame for the node that was heard at `stamp_ms`."""
        times = stamp_ms, ANSWER_AFTER_MS, ANSWER_UNTIL_MS
        channel = ANSWER_HZ, sf, self.radio.downlink_dbm
        id = self._new_id()
        self._say(modem.Send(id, *times, *channel, frame))
        if on_sent:
            if len(self._awaited) >= _MOST_AWAITED:
                del self._awaited[next(iter(self._awaited))]
            self._awaited[id] = on_sent

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
            self._tune_id = None  # an answer may get this id again
            if done.result != modem.DONE:
                text = "%s cannot listen on %d Hz: %s"
                self._limit.warning("tune", text, self.name, self.radio.frequency_hz, name)
            return
        self.results[name] += 1
        on_sent = self._awaited.pop(done.id, None)
        if done.result == modem.DONE:
            if on_sent:
                on_sent()
        else:
            self._limit.warning(name, "%s has not sent an answer: %s", self.name, name)

    def _take_state(self, state: modem.State) -> None:
        self.state = state
        if state.error != self._error:
            self._error = state.error
            said = ascii(state.error) if state.error else "works"
            self._limit.warning(f"radio {said}", "%s: radio: %s", self.name, said)
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
