"""What can be done to a world while it runs, and what it tells.

    now                                     seconds since it began
    until    s                              answered when it is so late; a warped world stands
                                            still at the latest of these times
    attenuate  radio db                     an attenuator in its feed
    loss     share [radio] [other]          of good frames: everywhere, of one radio, of a pair
    hide     radio other [hidden]           let two radios hear nothing of each other
    hold     radio pin level                short an output of a chip to a level; null takes it away
    miso     radio value                    what its bus answers instead; null for the truth
    lost_irqs  radio flags                  flags of its interrupt register that never come
    eavesdrop  sf frequency_hz              an attacker listens with these settings
    heard                                   what the attacker heard last, in hexadecimal digits
    send     sf frequency_hz frame [power_dbm] [count] [pause_ms]     the attacker sends
    report                                  frames, outcomes, airtime, what broke the duty cycle,
                                            and what drivers did wrong to their chips

Place: ControlLine -> Control -> ether, slots, pace.
Guarantee: a wrong command changes nothing, raises, and is answered with the reason.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from protocol.lora import BANDWIDTH_HZ, modulation
from tools.rig.air.antenna import Antenna
from tools.rig.air.attacker import Attacker
from tools.rig.air.signal import Tuning
from tools.rig.air.transmission import Transmission
from tools.rig.air.witness import Witness

if TYPE_CHECKING:
    from tools.rig.world.server import World

Answer = Callable[[dict[str, Any]], None]
_US = 1_000_000
_MOST_S = 100 * 366 * 86_400
_MOST_DB = 300
_MOST_FRAMES = 100_000
_MOST_PAUSE_MS = 3_600_000


class Control:
    """`handle` a command; `look` whether somebody waits for a time that has come."""

    def __init__(self, world: "World"):
        self._world = world
        self._witness = Witness()
        self._airtime_us: dict[str, int] = {}
        self._frames: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._waiting: list[tuple[int, Answer]] = []
        self._attacker: Attacker | None = None
        world.ether.observers += [self._witness.observe, self._count]

    def _count(self, frame: Transmission) -> None:
        name = frame.antenna.name
        spent_us = frame.silent_us - frame.start_us
        self._airtime_us[name] = self._airtime_us.get(name, 0) + spent_us
        self._frames[name] = self._frames.get(name, 0) + 1
        self._bytes[name] = self._bytes.get(name, 0) + len(frame.frame)

    def handle(self, command: dict[str, Any], answer: Answer) -> None:
        """Do what is asked and answer."""
        fields = dict(command)
        method = getattr(self, "do_" + str(fields.pop("do")), None)
        if method is None:
            raise ValueError("no such command")
        if method == self.do_until:
            method(answer, **fields)
        else:
            answer(method(**fields) or {})

    def look(self) -> None:
        """Answer those whose time has come."""
        now_us = self._world.pace.now_us()
        due = [waiting for waiting in self._waiting if waiting[0] <= now_us]
        self._waiting = [waiting for waiting in self._waiting if waiting[0] > now_us]
        for _, answer in due:
            answer(self.do_now())

    def next_us(self) -> int | None:
        """Return when `look` has something to do."""
        return min((waiting[0] for waiting in self._waiting), default=None)

    def do_now(self) -> dict[str, Any]:
        return {"s": self._world.pace.now_us() / _US}

    def do_until(self, answer: Answer, s: float) -> None:
        until_us = round(_number(s, 0, _MOST_S) * _US)
        self._world.pace.limit_us = max(self._world.pace.limit_us, until_us)
        self._waiting.append((until_us, answer))

    def do_attenuate(self, radio: str, db: float) -> None:
        self._antenna(radio).attenuation_db = _number(db, -_MOST_DB, _MOST_DB)

    def do_loss(self, share: float, radio: str = "", other: str = "") -> None:
        _number(share, 0, 1)
        if other:
            self._world.ether.set_loss(self._antenna(radio), self._antenna(other), share)
        elif radio:
            self._antenna(radio).loss = share
        else:
            self._world.ether.loss = share

    def do_hide(self, radio: str, other: str, hidden: bool = True) -> None:
        self._world.ether.hide(self._antenna(radio), self._antenna(other), bool(hidden))

    def do_hold(self, radio: str, pin: str, level: int | None) -> None:
        chip = self._world.slots[radio].chip
        if pin not in chip.pins:
            raise ValueError(f"its outputs are {', '.join(chip.pins)}")
        chip.hold(pin, None if level is None else int(_number(level, 0, 1)))

    def do_miso(self, radio: str, value: int | None) -> None:
        chip = self._world.slots[radio].chip
        chip.miso = None if value is None else int(_number(value, 0, 0xFF))

    def do_lost_irqs(self, radio: str, flags: int) -> None:
        self._world.slots[radio].chip.lost_irqs = int(_number(flags, 0, 0xFFFF))

    def do_eavesdrop(self, sf: int, frequency_hz: int) -> None:
        self._somebody().eavesdrop(_tuning(sf, frequency_hz))

    def do_heard(self) -> dict[str, Any]:
        return {"frames": [reception.data.hex() for reception in self._somebody().heard]}

    def do_send(
        self,
        sf: int,
        frequency_hz: int,
        frame: str,
        power_dbm: float = 14.0,
        count: int = 1,
        pause_ms: int = 0,
    ) -> None:
        tuning = _tuning(sf, frequency_hz)
        data = bytes.fromhex(frame)
        pause_us = 1000 * int(_number(pause_ms, 0, _MOST_PAUSE_MS))
        period_us = tuning.modulation.airtime_us(len(data)) + pause_us
        power_dbm = _number(power_dbm, -_MOST_DB, _MOST_DB)
        begin_us = self._world.timeline.now_us
        for i in range(int(_number(count, 0, _MOST_FRAMES))):
            self._somebody().send(tuning, data, power_dbm, begin_us + i * period_us)

    def do_report(self) -> dict[str, Any]:
        witness, log = self._witness, self._world.hearing
        return {
            "s": self._world.pace.now_us() / _US,
            "frames": self._frames,
            "bytes": self._bytes,
            "airtime_us": self._airtime_us,
            "counts": dict(log.counts),
            "heard": {name: dict(counts) for name, counts in log.heard.items()},
            "violations": dict(witness.counts),
            "violations_last": [list(violation) for violation in witness.violations][-10:],
            "fullest_us": {" ".join(key): used for key, used in witness.fullest_us.items()},
            "chips": {name: dict(slot.chip.counts) for name, slot in self._world.slots.items()},
        }

    def _antenna(self, name: str) -> Antenna:
        return self._world.ether.antennas[name]

    def _somebody(self) -> Attacker:
        if self._attacker is None:
            self._attacker = Attacker(self._world.ether, "attacker")
        return self._attacker


def _number(value: float, lowest: float, highest: float) -> float:
    """Return a number within its bounds; ValueError for another, TypeError for what is none."""
    if isinstance(value, bool) or not math.isfinite(value) or not lowest <= value <= highest:
        raise ValueError(f"{value!r} is not a number from {lowest} to {highest}")
    return value


def _tuning(sf: int, frequency_hz: int) -> Tuning:
    """Return how Neckar sends there; ValueError for none of its spreading factors."""
    frequency_hz = int(_number(frequency_hz, 1, 1 << 30))
    return Tuning(frequency_hz, sf, BANDWIDTH_HZ, low_rate=modulation(sf).low_rate)
