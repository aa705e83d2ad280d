"""A receiver: finds preambles, locks on one frame, and reads it to its end.

Place: ether tells of frames -> `Receiver` -> `Listener`, and the log.
Guarantee: one frame at a time; each frame that a receiver had a chance to hear gets exactly one
result in the log.

A frame is tried when the receiver has listened to five symbols of its preamble. Those must be
clean, else it is tried again with each symbol. Then the receiver is deaf for others until the
frame is over, is given up, or another drowns it (`Rule.takeover`).
Not modelled: the length of preamble a receiver was told to expect; clocks that run apart.
"""

from typing import TYPE_CHECKING

from tools.rig.air.interference import Harm, harms
from tools.rig.air.reading import end_for, read
from tools.rig.air.rules import LOCK_SYMBOLS
from tools.rig.air.signal import Listener, Tuning
from tools.rig.air.timeline import Event
from tools.rig.air.transmission import Transmission

if TYPE_CHECKING:
    from tools.rig.air.antenna import Antenna


def matches(receiver: Tuning, sender: Tuning) -> bool:
    """Return whether a receiver with these settings can lock on such a frame."""
    return (
        receiver.sf == sender.sf
        and receiver.bandwidth_hz == sender.bandwidth_hz
        and abs(receiver.frequency_hz - sender.frequency_hz) * 4 <= receiver.bandwidth_hz
        and receiver.inverted == sender.inverted
        and receiver.sync_word == sender.sync_word
        and receiver.explicit == sender.explicit
        # The two families have different symbols there.
        and (receiver.sf >= 7 or receiver.chip == sender.chip)
    )


class Receiver:
    """One demodulator behind an antenna, from `Antenna.listen` to `close`."""

    def __init__(self, antenna: "Antenna", tuning: Tuning, listener: Listener):
        self.antenna = antenna
        self.ether = antenna.ether
        self.tuning = tuning
        self.listener = listener
        self.since_us = antenna.ether.timeline.now_us
        self.locked: Attempt | None = None
        # Frames whose preamble is still looked for, in the order of their begin.
        self.seeking: dict[Attempt, None] = {}

    def meet(self, frame: Transmission) -> None:
        """Hear of a frame on the air, whose preamble may still be long enough."""
        now_us = self.ether.timeline.now_us
        listened_us = now_us + LOCK_SYMBOLS * frame.symbol_us
        if listened_us > frame.preamble_end_us or not matches(self.tuning, frame.tuning):
            return
        frame.met.add(self.antenna)
        unheard = self.antenna.unheard(frame)
        if unheard:
            self.note(frame, "lost", unheard)
        else:
            attempt = Attempt(self, frame)
            self.seeking[attempt] = None
            attempt.seek()

    def close(self, why: str) -> None:
        """Listen no longer: what was under way is lost for this reason."""
        if self.locked is not None:
            self.locked.give_up("lost", why)
        for attempt in list(self.seeking):
            attempt.give_up("lost", why)

    def free(self) -> None:
        """Look for preambles again, with the symbols that come from now on."""
        held, self.locked = self.locked, None
        if self.ether.rule.takeover:
            # It never ceased to.
            return
        self.since_us = self.ether.timeline.now_us
        for attempt in list(self.seeking):
            attempt.seek(held)

    def note(self, frame: Transmission, result: str, why: str = "", by: str = "") -> None:
        """Write down what became of a frame."""
        level_dbm = self.antenna.level_dbm(frame)
        now_us = self.ether.timeline.now_us
        self.ether.log.result(now_us, frame, self.antenna.name, level_dbm, result, why, by)


class Attempt:
    """One receiver's way through one frame, stage by stage; at most one event is waiting."""

    def __init__(self, receiver: Receiver, frame: Transmission):
        self._receiver = receiver
        self._frame = frame
        self._timeline = receiver.ether.timeline
        self._event: Event | None = None
        self._locked_us = 0
        # Who disturbed the preamble when it was tried last.
        self._spoiler = ""

    def seek(self, held: "Attempt | None" = None) -> None:
        """Come back when enough of the preamble was listened to, if ever.

        `held` is what had the receiver so far, and is to blame when it is too late.
        """
        frame = self._frame
        if self._event is not None:
            self._event.cancel()
        since_us = max(frame.start_us, self._receiver.since_us)
        try_us = since_us + LOCK_SYMBOLS * frame.symbol_us
        if try_us <= frame.preamble_end_us:
            self._event = self._timeline.at(try_us, self._try)
        elif self._spoiler:
            self.give_up("lost", "collision", self._spoiler)
        elif held is not None:
            self.give_up("lost", "locked", held._frame.antenna.name)

    def give_up(self, result: str, why: str, by: str = "") -> None:
        """End without a frame."""
        if self._event is not None:
            self._event.cancel()
        self._receiver.note(self._frame, result, why, by)
        self._receiver.seeking.pop(self, None)
        if self._receiver.locked is self:
            self._receiver.free()

    def _try(self) -> None:
        """Lock, if the last symbols were clean and the receiver is free."""
        frame, receiver, now_us = self._frame, self._receiver, self._timeline.now_us
        self._event = None
        if frame.silent_us <= now_us:
            self.give_up("lost", "stopped")
            return
        rule = receiver.ether.rule
        clean_us = rule.clean_symbols(frame.tuning.preamble) * frame.symbol_us
        harm = self._harms(max(frame.start_us, now_us - clean_us), now_us)
        self._spoiler = harm[-1].by.antenna.name if harm else ""
        if harm and now_us == frame.preamble_end_us:
            self.give_up("lost", "collision", self._spoiler)
        elif harm:
            again_us = min(now_us + frame.symbol_us, frame.preamble_end_us)
            self._event = self._timeline.at(again_us, self._try)
        elif receiver.locked is None or rule.takeover:
            self._lock()
        # Else it is sought again when the receiver is free.

    def _lock(self) -> None:
        frame, receiver = self._frame, self._receiver
        del receiver.seeking[self]
        drowned, receiver.locked = receiver.locked, self
        if drowned is not None:
            drowned.give_up("lost", "collision", frame.antenna.name)
        self._locked_us = self._timeline.now_us
        frame.needed_us = max(frame.needed_us, end_for(receiver.tuning, frame))
        self._event = self._timeline.at(frame.sync_end_us, self._synchronised)
        receiver.listener.preamble()

    def _synchronised(self) -> None:
        frame = self._frame
        harm = self._harms(self._locked_us, frame.sync_end_us)
        if harm or frame.silent_us < frame.sync_end_us:
            self._disturbed("lost", harm)
        elif frame.tuning.explicit:
            self._event = self._timeline.at(frame.header_end_us, self._header)
        else:
            self._await_end()

    def _header(self) -> None:
        frame = self._frame
        harm = self._harms(frame.sync_end_us, frame.header_end_us)
        if harm or frame.silent_us < frame.header_end_us:
            self._disturbed("header", harm)
            self._receiver.listener.header(False)
        else:
            self._await_end()
            self._receiver.listener.header(True)

    def _await_end(self) -> None:
        end_us = end_for(self._receiver.tuning, self._frame)
        self._event = self._timeline.at(end_us, self._finish)

    def _finish(self) -> None:
        frame, receiver = self._frame, self._receiver
        data_us = frame.header_end_us if frame.tuning.explicit else frame.sync_end_us
        harm = self._harms(data_us, frame.end_us)
        reception, why = read(receiver, frame, [(h.from_us, h.to_us) for h in harm])
        by = harm[0].by.antenna.name if harm else ""
        receiver.note(frame, "crc" if why else "ok", why, by)
        receiver.free()
        receiver.listener.frame(reception)

    def _harms(self, from_us: int, to_us: int) -> list[Harm]:
        receiver = self._receiver
        ether = receiver.ether
        return harms(ether.rule, self._frame, receiver.antenna, ether.recent, from_us, to_us)

    def _disturbed(self, result: str, harm: list[Harm]) -> None:
        if harm:
            self.give_up(result, "collision", harm[0].by.antenna.name)
        else:
            self.give_up(result, "stopped")
