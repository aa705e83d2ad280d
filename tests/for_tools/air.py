"""A small ether for tests: antennas whose levels are known in dB, and listeners that remember."""

from tools.rig.air.antenna import Antenna
from tools.rig.air.ether import Ether
from tools.rig.air.propagation import LogDistance
from tools.rig.air.signal import Reception, Tuning
from tools.rig.air.timeline import Timeline

# Symbols of 4096 us; 20 bytes last 185344 us.
TUNING = Tuning(868_100_000, 9, 125_000)
SYMBOL_US = 4096
AIRTIME_US = 185_344
PREAMBLE_END_US = 8 * SYMBOL_US
SYNC_END_US = PREAMBLE_END_US + 17 * SYMBOL_US // 4
HEADER_END_US = SYNC_END_US + 8 * SYMBOL_US
FRAME = bytes(range(20))
# Everywhere the same, so that power and attenuators alone decide: 14 dBm arrive as -86 dBm.
FLAT = LogDistance(reference_db=100.0, exponent=0.0)
NOISE_DBM = -117.03


class Ear:
    """Remembers what it was told, each with its time."""

    def __init__(self, timeline: Timeline):
        self._timeline = timeline
        self.preambles: list[int] = []
        self.headers: list[tuple[int, bool]] = []
        self.frames: list[Reception] = []

    def preamble(self) -> None:
        self.preambles.append(self._timeline.now_us)

    def header(self, ok: bool) -> None:
        self.headers.append((self._timeline.now_us, ok))

    def frame(self, reception: Reception) -> None:
        self.frames.append(reception)

    @property
    def good(self) -> list[bytes]:
        """Return the frames that arrived whole."""
        return [frame.data for frame in self.frames if frame.crc_ok]


class Air:
    """An ether over a flat city, with a gateway that listens."""

    def __init__(self, seed: int = 1, tuning: Tuning = TUNING, **parts):
        self.timeline = Timeline()
        parts.setdefault("propagation", FLAT)
        self.ether = Ether(self.timeline, seed, **parts)
        self.gateway = self.ether.antenna("gateway", watched=True)
        self.ear = Ear(self.timeline)
        self.gateway.listen(tuning, self.ear)

    def node(self, name: str) -> Antenna:
        """Return the antenna of this name, made where there is none."""
        return self.ether.antennas.get(name) or self.ether.antenna(name)

    def send(
        self,
        name: str,
        at_us: int = 0,
        power_dbm: float = 14.0,
        tuning: Tuning = TUNING,
        frame: bytes = FRAME,
    ) -> Antenna:
        """Let a node send at this time."""
        node = self.node(name)
        self.timeline.at(
            at_us, lambda: node.transmit(tuning, frame, power_dbm, on_end=lambda: None)
        )
        return node

    def run(self, until_us: int = 10_000_000) -> "Air":
        """Let time pass."""
        self.timeline.run_until(until_us)
        return self

    def fates(self, at: str = "gateway") -> dict[int, str]:
        """Return what became of each frame at an antenna, by number, latest word last."""
        rows = [row for row in self.ether.log.rows if row.get("at") == at]
        return {row["frame"]: f"{row['result']} {row.get('why', '')}".strip() for row in rows}
