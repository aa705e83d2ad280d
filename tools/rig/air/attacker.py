"""Somebody with radios of his own: records, sends, replays, and jams.

Place: an attack's script -> `Attacker` -> ether.
Guarantee: bound by physics only: he hears what arrives where he stands, and what he sends disturbs
like any other signal. Not by rules: no duty cycle, no half duplex, for he has a radio for each.
"""

from collections import deque
from collections.abc import Callable

from tools.rig.air.antenna import Antenna
from tools.rig.air.ether import Ether
from tools.rig.air.propagation import Position
from tools.rig.air.signal import Reception, Tuning

_KEPT = 10_000


class Attacker:
    """`heard` are the latest receptions, damaged ones too; `on_frame` is called with each.

    `on_preamble` is called as soon as a frame begins, with the settings that found it: the moment
    of a jammer that spares his power.
    """

    def __init__(
        self, ether: Ether, name: str, position: Position = (0.0, 0.0), kept: int = _KEPT
    ) -> None:
        self.heard: deque[Reception] = deque(maxlen=kept)
        self.on_frame: Callable[[Reception], None] | None = None
        self.on_preamble: Callable[[Tuning], None] | None = None
        self._ether = ether
        self._name = name
        self._position = position
        self._mouths: list[Antenna] = []
        self._ear = ether.antenna(f"{name} ear", position)

    def eavesdrop(self, *tunings: Tuning) -> None:
        """Record all that arrives with any of these settings, at once."""
        self._ear.stop()
        for tuning in tunings:
            self._ear.listen_also(tuning, _Ear(self, tuning))

    def send(
        self,
        tuning: Tuning,
        frame: bytes,
        power_dbm: float = 14.0,
        at_us: int | None = None,
        for_us: int | None = None,
    ) -> None:
        """Send anything at any time, now where none is given; break it off after `for_us`."""
        timeline = self._ether.timeline

        def begin() -> None:
            mouth = self._idle_mouth()
            mouth.transmit(tuning, frame, power_dbm, on_end=_nothing)
            if for_us is not None:
                sent = mouth.sending
                # By then it may send something else.
                timeline.after(for_us, lambda: mouth.stop() if mouth.sending is sent else None)

        if at_us is None:
            begin()
        else:
            timeline.at(at_us, begin)

    def replay(
        self, reception: Reception, power_dbm: float = 14.0, at_us: int | None = None
    ) -> None:
        """Send a frame again as it was heard."""
        self.send(reception.tuning, reception.data, power_dbm, at_us)

    def _idle_mouth(self) -> Antenna:
        for mouth in self._mouths:
            if mouth.sending is None:
                return mouth
        name = f"{self._name} {len(self._mouths) + 1}"
        mouth = self._ether.antenna(name, self._position)
        self._ether.hide(mouth, self._ear)
        self._mouths.append(mouth)
        return mouth


class _Ear:
    def __init__(self, attacker: Attacker, tuning: Tuning):
        self._attacker = attacker
        self._tuning = tuning

    def preamble(self) -> None:
        if self._attacker.on_preamble is not None:
            self._attacker.on_preamble(self._tuning)

    def header(self, ok: bool) -> None:
        """Nothing to do: what cannot be read is in the log of the ether."""

    def frame(self, reception: Reception) -> None:
        self._attacker.heard.append(reception)
        if self._attacker.on_frame is not None:
            self._attacker.on_frame(reception)


def _nothing() -> None:
    """Do nothing at the end of a frame."""
