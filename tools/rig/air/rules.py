"""What two signals at one receiver do to each other.

Place: `interference` asks a rule how much of what a signal can stand another one uses up.
Guarantee: a rule looks at two settings and two levels and nothing else; time is not its business.

A rule says: the `share` of the wanted signal's tolerance that an interferer takes, more than 1 is
too much; whether shares add up (`cumulative`); how many of the last preamble symbols must be clean
(`clean_symbols`); whether an interferer harms already with the first symbols of its own preamble
(`preamble_harms`); and whether a receiver looks for preambles also while it receives, so that a
frame that drowns another is received in its place (`takeover`).
"""

from typing import Protocol

from tools.rig.air.signal import Tuning

_Matrix = dict[int, dict[int, float]]
_SFS = range(5, 13)


class Rule(Protocol):
    """See the module."""

    cumulative: bool
    takeover: bool
    preamble_harms: bool

    def clean_symbols(self, preamble: int) -> int:
        """Return how many symbols at the end of a preamble must be undisturbed."""

    def share(self, wanted: Tuning, other: Tuning, margin_db: float) -> float:
        """Return what an interferer so much weaker than the wanted signal does to it."""


# What a receiver needs to find a preamble: LoRaSim, after measurements with the SX1272.
LOCK_SYMBOLS = 5


def _matrix(rows: tuple[tuple[float, ...], ...]) -> _Matrix:
    """Return rows and columns SF7 .. SF12 as wanted -> other, with SF5 and SF6 put before them.

    Nobody measured those: a row has 3 dB less than the next, which is what a symbol of half the
    length loses, and as interferers they count like SF7.
    """
    matrix = {
        sf: dict(zip(_SFS, (row[0], row[0], *row), strict=True))
        for sf, row in zip(range(7, 13), rows, strict=True)
    }
    for sf in (6, 5):
        matrix[sf] = {other: limit + 3 for other, limit in matrix[sf + 1].items()}
    # Of SF7's row the columns before it copied its own.
    for sf in (7, 6, 5):
        for other in (5, 6, 7):
            matrix[sf][other] = matrix[sf][8]
    return matrix


# How many dB a signal of one SF may be below another (the diagonal is not used).
# Croce et al., "Impact of LoRa Imperfect Orthogonality", IEEE Communications Letters 22(4), 2018,
# measured with the SX1272.
CROCE = _matrix(
    (
        (1, -8, -9, -9, -9, -9),
        (-11, 1, -11, -12, -13, -13),
        (-15, -13, 1, -13, -14, -15),
        (-19, -18, -17, 1, -17, -18),
        (-22, -22, -21, -20, 1, -20),
        (-25, -25, -25, -24, -23, 1),
    )
)
# Goursaud and Gorce, "Dedicated networks for IoT", 2015: computed, and much kinder.
GOURSAUD = _matrix(
    (
        (6, -16, -18, -19, -19, -20),
        (-24, 6, -20, -22, -22, -22),
        (-27, -27, 6, -23, -25, -25),
        (-30, -30, -30, 6, -26, -28),
        (-33, -33, -33, -33, 6, -29),
        (-36, -36, -36, -36, -36, 6),
    )
)


def same_chirps(one: Tuning, other: Tuning) -> bool:
    """Return whether chirps rise equally fast in the same direction: then they collide."""
    slopes = one.bandwidth_hz**2 << other.sf, other.bandwidth_hz**2 << one.sf
    return slopes[0] == slopes[1] and one.inverted == other.inverted


class Simple:
    """Frames of the same channel and SF that overlap are lost, both; others do not matter."""

    cumulative = False
    takeover = False
    preamble_harms = True

    def clean_symbols(self, preamble: int) -> int:
        """Return the whole preamble."""
        return preamble

    def share(self, wanted: Tuning, other: Tuning, margin_db: float) -> float:
        """Return all or nothing."""
        return 2.0 if wanted.sf == other.sf and wanted.inverted == other.inverted else 0.0


class Capture:
    """A signal survives when it is `threshold_db` above others of its kind.

    It stands far stronger ones of other SFs, bandwidths or inverted chirps (`rejection`). Chirps of
    the same SF and another bandwidth or direction were not measured: the worst of the row counts.
    """

    def __init__(
        self,
        threshold_db: float = 6.0,
        rejection: _Matrix | None = None,
        cumulative: bool = True,
        takeover: bool = False,
        preamble_harms: bool = True,
    ):
        self.cumulative = cumulative
        self.takeover = takeover
        self.preamble_harms = preamble_harms
        self._threshold_db = threshold_db
        self._rejection = CROCE if rejection is None else rejection

    def clean_symbols(self, preamble: int) -> int:
        """Return what it takes to lock."""
        return LOCK_SYMBOLS

    def share(self, wanted: Tuning, other: Tuning, margin_db: float) -> float:
        """Return the interferer's power over the greatest that is stood."""
        return float(10 ** ((self.required_db(wanted, other) - margin_db) / 10))

    def required_db(self, wanted: Tuning, other: Tuning) -> float:
        """Return how far the wanted signal must be above the other; below where negative."""
        if same_chirps(wanted, other):
            return self._threshold_db
        row = self._rejection[wanted.sf]
        if wanted.sf != other.sf:
            return row[other.sf]
        return max(limit for sf, limit in row.items() if sf != wanted.sf)
