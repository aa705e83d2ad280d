"""What will happen to the gateway, life by life, out of the seed.

Place: seed -> `lives` -> lane, which carries it out.
Guarantee: the same seed, lane and count give the same lives, whatever the machine does. A life ends
with a kill. Faults of the disk and the clock are drawn as well where no shim can make them, and are
left out then, so that the rest stays the same.
"""

import random
from dataclasses import dataclass

CUT_UP = "cut at a byte up"
CUT_DOWN = "cut at a byte down"
CUT_BEFORE_ACK = "cut before a PUBACK"
CUT_AFTER_ACK = "cut after a PUBACK"
STALL = "connection stalls"
NO_ACKS = "broker acknowledges nothing"
THROTTLE = "connection throttled"
AWAY = "broker away"
AWAY_LONG = "broker away over several lives"
DISK_SLOW = "disk slow"
DISK_FULL = "disk full"
DISK_FAILS = "sync fails"
CLOCK = "clock jumps a year"
PORT = "port pulled"
TORN = "last pages torn"

OF_SHIM = frozenset((DISK_SLOW, DISK_FULL, DISK_FAILS, CLOCK, TORN))
_WEIGHTS = {
    CUT_UP: 5,
    CUT_DOWN: 3,
    CUT_BEFORE_ACK: 4,
    CUT_AFTER_ACK: 4,
    STALL: 2,
    NO_ACKS: 1,
    THROTTLE: 1,
    AWAY: 3,
    AWAY_LONG: 1,
    DISK_SLOW: 3,
    DISK_FULL: 3,
    DISK_FAILS: 1,
    CLOCK: 3,
    PORT: 3,
}
_YEAR_S = 366 * 86_400
_EARLY = 0.15  # share of kills while it starts, when it reads what the last life left
_EARLY_S = 0.5
_LONG_EVERY = 20  # lives; a long one drains what has piled up and lives through timeouts
_TORN = 0.35


@dataclass(frozen=True)
class Fault:
    """`kind` begins `at_s` after the gateway was up, for `for_s`; `amount` as its kind says."""

    kind: str
    at_s: float
    for_s: float
    amount: int


@dataclass(frozen=True)
class Life:
    """One life of the gateway: `kill_s` counts from its start if it is `early`, else from up.

    `torn` is the seed of the damage after it, or None; `pause_s` comes before the next start.
    """

    early: bool
    kill_s: float
    pause_s: float
    torn: int | None
    faults: tuple[Fault, ...]


def lives(seed: int, lane: int, kills: int) -> list[Life]:
    """Return so many lives."""
    dice = random.Random(f"{seed} {lane}")  # noqa: S311 - repeatable on purpose
    return [_life(dice, number) for number in range(kills)]


def _life(dice: random.Random, number: int) -> Life:
    early = dice.random() < _EARLY
    kill_s = dice.uniform(0, _EARLY_S) if early else dice.uniform(0.02, 0.6)
    if number % _LONG_EVERY == _LONG_EVERY - 1:
        early, kill_s = False, dice.uniform(1.5, 3.0)
    count = 0 if early else dice.choice((0, 1, 1, 2, 3))
    faults = tuple(_fault(dice, kill_s) for _ in range(count))
    torn = dice.randrange(2**31) if dice.random() < _TORN else None
    if torn is not None and not early:
        # Syncs take their time, so that there is something that the power can tear.
        faults += (Fault(DISK_SLOW, 0.0, kill_s + 1.0, dice.randrange(10, 60)),)
    pause_s = dice.choice((0.0, 0.0, 0.05, 0.2))
    return Life(early, kill_s, pause_s, torn, faults)


def _fault(dice: random.Random, kill_s: float) -> Fault:
    (kind,) = dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
    at_s = dice.uniform(0, kill_s)
    for_s = dice.uniform(0.03, 0.5)
    amounts = {
        CUT_UP: dice.choice((dice.randrange(1, 200), dice.randrange(1, 20_000))),
        CUT_DOWN: dice.randrange(1, 400),
        CUT_BEFORE_ACK: dice.randrange(1, 40),
        CUT_AFTER_ACK: dice.randrange(1, 40),
        THROTTLE: dice.randrange(2_000, 50_000),
        AWAY_LONG: dice.randrange(2, 7),
        DISK_SLOW: dice.choice((5, 20, 100, 300)),
        DISK_FULL: dice.choice((0, 0, 100, 4_096, 30_000)),
        CLOCK: dice.choice((-_YEAR_S, 0, _YEAR_S)),
        PORT: dice.randrange(1_000),
    }
    return Fault(kind, at_s, for_s, amounts.get(kind, 0))
