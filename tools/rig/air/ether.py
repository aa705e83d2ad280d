"""The air of one city: who hears what of whom.

Place: antennas of chip models, gateways and attackers -> `Ether` -> their listeners.
Guarantee: what happens follows from the seed and the calls, nothing else; memory does not grow
with the time that passes.

Each kind of chance has its own generator, so that frames lost at random do not change which bytes
a collision damages. Not modelled: the time a wave travels, other people's networks, weather.
"""

import math
import random
from collections.abc import Callable, Iterator
from functools import partial

from tools.rig.air.antenna import Antenna
from tools.rig.air.cad import Cad
from tools.rig.air.interference import portion_db
from tools.rig.air.log import Log
from tools.rig.air.propagation import SNR_LIMITS_DB, LogDistance, Position, noise_dbm, sum_dbm
from tools.rig.air.reception import Receiver
from tools.rig.air.rules import Capture, Rule
from tools.rig.air.signal import Tuning
from tools.rig.air.timeline import Timeline
from tools.rig.air.transmission import Transmission

_Pair = frozenset[Antenna]


class Ether:
    """Make antennas with `antenna`; they do the rest.

    `loss` is the share of otherwise good receptions that are damaged at random. `observers` are
    called with each transmission when it is over, such as `Witness.observe`.
    """

    def __init__(
        self,
        timeline: Timeline,
        seed: int,
        propagation: LogDistance | None = None,
        rule: Rule | None = None,
        cad: Cad | None = None,
        noise_figure_db: float = 6.0,
        log: Log | None = None,
    ):
        self.timeline = timeline
        self.rule: Rule = rule or Capture()
        self.log = log or Log()
        self.loss = 0.0
        self.antennas: dict[str, Antenna] = {}
        self.observers: list[Callable[[Transmission], None]] = []
        # Frames that are on the air or overlap one that is, in the order of their begin.
        self.recent: list[Transmission] = []
        self.detecting: dict[Antenna, int] = {}
        self.chance = self._random(seed, "loss")
        self.damage = self._random(seed, "damage")
        self._fading = self._random(seed, "fading")
        self._cad_chance = self._random(seed, "cad")
        self._seed = seed
        self._propagation = propagation or LogDistance()
        self._cad = cad or Cad()
        self._noise_figure_db = noise_figure_db
        self._noise_dbm: dict[int, float] = {}
        self._paths_db: dict[_Pair, float] = {}
        self._hidden: set[_Pair] = set()
        self._losses: dict[_Pair, float] = {}
        self._receivers: dict[tuple[int, int], dict[Receiver, None]] = {}
        self._watched: list[Antenna] = []
        self._numbers = 0

    def antenna(self, name: str, position: Position = (0.0, 0.0), watched: bool = False) -> Antenna:
        """Return a new antenna, in metres from the middle of the city; ValueError for a name twice.

        `watched`: see `Antenna`.
        """
        if name in self.antennas:
            raise ValueError(f"there is an antenna {name} already")
        antenna = self.antennas[name] = Antenna(self, name, position, watched)
        if watched:
            self._watched.append(antenna)
        return antenna

    def hide(self, one: Antenna, other: Antenna, hidden: bool = True) -> None:
        """Let two antennas hear nothing of each other, or end that, from the next frame on."""
        pair = frozenset((one, other))
        (self._hidden.add if hidden else self._hidden.discard)(pair)

    def set_loss(self, one: Antenna, other: Antenna, share: float) -> None:
        """Damage this share of good receptions between two antennas, whoever sends."""
        self._losses[frozenset((one, other))] = share

    # What follows is for antennas and receivers.

    def noise_dbm(self, bandwidth_hz: int) -> float:
        """Return the noise in a channel of this bandwidth, the same for all receivers."""
        level_dbm = self._noise_dbm.get(bandwidth_hz)
        if level_dbm is None:
            level_dbm = self._noise_dbm[bandwidth_hz] = noise_dbm(
                bandwidth_hz, self._noise_figure_db
            )
        return level_dbm

    def is_weak(self, frame: Transmission, level_dbm: float) -> bool:
        """Return whether a receiver cannot hear a frame of this level in its own noise."""
        snr_db = level_dbm - self.noise_dbm(frame.tuning.bandwidth_hz)
        return snr_db < SNR_LIMITS_DB[frame.tuning.sf]

    def gain_db(self, one: Antenna, other: Antenna) -> float:
        """Return what becomes of a frame's power between two antennas, feeds included."""
        pair = frozenset((one, other))
        if pair in self._hidden:
            return -math.inf
        path_db = self._paths_db.get(pair)
        model = self._propagation
        if path_db is None:
            path_db = model.loss_db(one.position, other.position)
            path_db += model.shadow_db(self._seed, one.name, other.name)
            self._paths_db[pair] = path_db
        if model.fading_db:
            path_db += self._fading.gauss(0.0, model.fading_db)
        return -path_db - one.attenuation_db - other.attenuation_db

    def forget_paths(self, antenna: Antenna) -> None:
        """Forget what was computed for an antenna that moves; its shadows stay."""
        for pair in [pair for pair in self._paths_db if antenna in pair]:
            del self._paths_db[pair]

    def loss_between(self, one: Antenna, other: Antenna) -> float:
        """Return the share of frames that chance takes on this way."""
        pair = self._losses.get(frozenset((one, other)), 0.0) if self._losses else 0.0
        kept = (1 - self.loss) * (1 - one.loss) * (1 - other.loss) * (1 - pair)
        return 1 - kept

    def compose(
        self, antenna: Antenna, tuning: Tuning, frame: bytes, power_dbm: float
    ) -> Transmission:
        """Return a transmission that begins now; ValueError where no radio could send it."""
        number = self._numbers + 1
        return Transmission(number, antenna, tuning, frame, power_dbm, self.timeline.now_us)

    def launch(self, frame: Transmission) -> None:
        """Put a transmission on the air."""
        self._numbers = frame.number
        self._forget_old(frame)
        self.recent.append(frame)
        self.log.sent(self.timeline.now_us, frame)
        tuning = frame.tuning
        for receiver in list(self._receivers.get((tuning.sf, tuning.bandwidth_hz), ())):
            receiver.meet(frame)
        for antenna in self._watched:
            concerned = antenna is not frame.antenna and antenna.expects(tuning)
            if concerned and antenna not in frame.met:
                self.timeline.at(frame.preamble_end_us, partial(antenna.missed, frame))

    def landed(self, frame: Transmission) -> None:
        """Take note that a transmission is over, whole or not."""
        for observer in self.observers:
            observer(frame)

    def open(self, receiver: Receiver) -> None:
        """Tell a receiver of what is on the air now, and of all that comes."""
        key = receiver.tuning.sf, receiver.tuning.bandwidth_hz
        self._receivers.setdefault(key, {})[receiver] = None
        for frame in list(self._on_air()):
            receiver.meet(frame)

    def close(self, receiver: Receiver) -> None:
        """Tell a receiver of nothing any more."""
        del self._receivers[receiver.tuning.sf, receiver.tuning.bandwidth_hz][receiver]

    def level_in_dbm(self, antenna: Antenna, frequency_hz: int, bandwidth_hz: int) -> float:
        """Return all power in a channel at an antenna now."""
        levels_dbm = [self.noise_dbm(bandwidth_hz)]
        for frame in self._on_air():
            portion = portion_db(frequency_hz, bandwidth_hz, frame.tuning)
            if portion is not None:
                levels_dbm.append(antenna.level_dbm(frame) + portion)
        return sum_dbm(levels_dbm)

    def is_active(self, antenna: Antenna, tuning: Tuning, begin_us: int) -> bool:
        """Return what a CAD that began then and ends now says."""
        now_us = self.timeline.now_us
        signals = (
            (frame, antenna.level_dbm(frame) - self.noise_dbm(tuning.bandwidth_hz))
            for frame in self.recent
        )
        return self._cad.sees(signals, tuning, begin_us, now_us, self._cad_chance)

    def _on_air(self) -> Iterator[Transmission]:
        now_us = self.timeline.now_us
        return (frame for frame in self.recent if frame.silent_us > now_us)

    def _forget_old(self, latest: Transmission) -> None:
        """Keep what overlaps a frame or a detection that somebody may still ask about."""
        now_us = self.timeline.now_us
        begins = [frame.start_us for frame in self.recent if frame.needed_us >= now_us]
        horizon_us = min([latest.start_us, *begins, *self.detecting.values()])
        self.recent = [frame for frame in self.recent if frame.silent_us >= horizon_us]

    @staticmethod
    def _random(seed: int, use: str) -> random.Random:
        return random.Random(f"{seed} {use}")  # noqa: S311 - repeatable on purpose
