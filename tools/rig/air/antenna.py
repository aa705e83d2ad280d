"""An antenna and the feed to one radio: the place where chips, attackers and the air meet.

Place: chip model -> `Antenna` -> ether -> `Listener`.
Guarantee: half duplex; an antenna does one thing at a time, and what is new ends what was before,
except sending, which must be stopped.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.rig.air.propagation import Position
from tools.rig.air.reception import Receiver, matches
from tools.rig.air.signal import Listener, Tuning
from tools.rig.air.timeline import Event
from tools.rig.air.transmission import Transmission

if TYPE_CHECKING:
    from tools.rig.air.ether import Ether


class Antenna:
    """Made by `Ether.antenna`.

    `attenuation_db` sits in the feed and counts in both directions, for frames that begin later.
    `loss` is the share of otherwise good frames that are damaged here. `watched`: the log also
    tells of frames that it missed because it was not listening, by the settings it had last.
    """

    def __init__(self, ether: "Ether", name: str, position: Position, watched: bool):
        self.ether = ether
        self.name = name
        self.attenuation_db = 0.0
        self.loss = 0.0
        self.watched = watched
        self.sending: Transmission | None = None
        self._position = position
        self._receivers: list[Receiver] = []
        self._expected: list[Tuning] = []
        self._sent_until_us = -1
        self._end: Event | None = None
        self._detection: Event | None = None

    @property
    def position(self) -> Position:
        """Return where it is, in metres."""
        return self._position

    @position.setter
    def position(self, position: Position) -> None:
        self._position = position
        self.ether.forget_paths(self)

    def transmit(
        self, tuning: Tuning, frame: bytes, power_dbm: float, on_end: Callable[[], None]
    ) -> None:
        """Send a frame, and call back when it is out; ValueError while another is sent.

        Listening and CAD end here, and do not come back by themselves.
        """
        if self.sending is not None:
            raise ValueError(f"{self.name} is sending")
        # Looked at first, so that settings that are refused change nothing.
        sent = self.ether.compose(self, tuning, bytes(frame), power_dbm)
        self._quit("half duplex")
        self.sending = sent
        self._end = self.ether.timeline.at(sent.end_us, lambda: self._sent(on_end))
        self.ether.launch(sent)

    def listen(self, tuning: Tuning, listener: Listener) -> None:
        """Receive with these settings, and no others, until something else is done."""
        self._start()
        self._expected = []
        self._receive(tuning, listener)

    def listen_also(self, tuning: Tuning, listener: Listener) -> None:
        """Receive with these settings too: one more demodulator, as concentrators have them."""
        if not self._receivers:
            self._start()
            self._expected = []
        self._receive(tuning, listener)

    def stop(self) -> None:
        """End what it does. The rest of a frame that it sends is never on the air."""
        if self.sending is not None and self._end is not None:
            self._end.cancel()
            self._fall_silent()
        self._quit("not listening")

    def detect(self, tuning: Tuning, symbols: float, on_done: Callable[[bool], None]) -> None:
        """Look for LoRa of this channel and SF during so many symbols, then say what was seen."""
        self._start()
        begin_us = self.ether.timeline.now_us
        self.ether.detecting[self] = begin_us

        def done() -> None:
            self._detection = None
            active = self.ether.is_active(self, tuning, begin_us)
            del self.ether.detecting[self]
            on_done(active)

        self._detection = self.ether.timeline.after(round(symbols * tuning.symbol_us), done)

    def rssi_dbm(self, frequency_hz: int, bandwidth_hz: int) -> float:
        """Return the level of all signals in a channel now, and of the noise."""
        return self.ether.level_in_dbm(self, frequency_hz, bandwidth_hz)

    def level_dbm(self, frame: Transmission) -> float:
        """Return how strong a frame arrives here; minus infinity where it does not."""
        level_dbm = frame.levels_dbm.get(self)
        if level_dbm is None:
            level_dbm = -math.inf
            if frame.antenna is not self:
                level_dbm = frame.power_dbm + self.ether.gain_db(frame.antenna, self)
            frame.levels_dbm[self] = level_dbm
        return level_dbm

    def unheard(self, frame: Transmission) -> str:
        """Return why nothing of a frame can be understood here, or nothing where it can."""
        level_dbm = self.level_dbm(frame)
        if level_dbm == -math.inf:
            return "hidden"
        return "weak" if self.ether.is_weak(frame, level_dbm) else ""

    def expects(self, tuning: Tuning) -> bool:
        """Return whether it would hear such a frame if it were listening as it did last."""
        return any(matches(expected, tuning) for expected in self._expected)

    def missed(self, frame: Transmission) -> None:
        """Say why a frame whose preamble is over passed by, where nobody has said so yet."""
        if self in frame.met:
            return
        sending = self.sending is not None or self._sent_until_us > frame.start_us
        why = self.unheard(frame) or ("half duplex" if sending else "not listening")
        now_us = self.ether.timeline.now_us
        self.ether.log.result(now_us, frame, self.name, self.level_dbm(frame), "lost", why)

    def _start(self) -> None:
        if self.sending is not None:
            raise ValueError(f"{self.name} is sending")
        self._quit("not listening")

    def _receive(self, tuning: Tuning, listener: Listener) -> None:
        receiver = Receiver(self, tuning, listener)
        self._receivers.append(receiver)
        self._expected.append(tuning)
        self.ether.open(receiver)

    def _quit(self, why: str) -> None:
        receivers, self._receivers = self._receivers, []
        for receiver in receivers:
            self.ether.close(receiver)
            receiver.close(why)
        if self._detection is not None:
            self._detection.cancel()
            self._detection = None
            del self.ether.detecting[self]

    def _sent(self, on_end: Callable[[], None]) -> None:
        self._fall_silent()
        on_end()

    def _fall_silent(self) -> None:
        sent, self.sending, self._end = self.sending, None, None
        self._sent_until_us = self.ether.timeline.now_us
        if sent is not None:
            sent.silent_us = self._sent_until_us
            self.ether.landed(sent)
