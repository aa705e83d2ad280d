"""The batches of the golden vectors: every form of every part of a batch, as forms with a name."""

from protocol.batch import INTERVALS
from protocol.quantities import LIMIT
from protocol.sampletime import ACCURACY_S
from tests.shared.forms import LONGEST_AGE

MOST_OLDER = (1 << 22) - (1 << 6)


def batch(first: int, ids: list, columns: list, **changes) -> dict:
    """Return the form of a batch."""
    form = {
        "kind": "batch",
        "first": first,
        "older": None,
        "places": None,
        "ids": ids,
        "columns": columns,
        "interval_s": 900,
        "clock": "unix",
        "seconds": 1750000500,
        "accuracy_s": 1,
        "quality": None,
    }
    return form | changes


def climate(**changes) -> dict:
    """Return a batch of three samples of temperature and humidity."""
    return batch(7, [0, 1], [[201, 203, 202], [55, 55, 56]]) | changes


def noise(span: int) -> list:
    """Return 32 values below `span` that look random: first differences."""
    return [(i * 7919) % span for i in range(32)]


def curve(bend: int) -> list:
    """Return 32 values whose slope changes by up to `bend`: second differences."""
    value, slope, out = 0, 0, []
    for i in range(32):
        out.append(value)
        slope += (i * 7919) % (bend + 1) - bend // 2
        value += slope
    return out


DAY = [round(150 + 60 * (1 - (i - 32) ** 2 / 1024)) for i in range(64)]
RAMP = list(range(0, 320, 5))
SPIKE = [0] * 31 + [500000] + [0] * 32
CLASSES = [[4, 5, 9], [30, 28, 33], [12, 0, 15], [3, 1, 2], [0, 0, 0], [1, 0, 0]]
ALL = list(range(24))
ALL_COLUMNS = [[10 * i, 10 * i + 3, 10 * i - 2] for i in range(29)]

NUMBERS = [
    ("one sample of one quantity", batch(0, [0], [[213]], clock="slot", seconds=33)),
    ("the low 16 bits of a number", batch(70000, [0], [[213]])),
    ("the largest number", batch(4294967295, [0], [[213]])),
    ("introduction of a new node", batch(0, [0], [[213]], older=0)),
    ("introduction with the whole number", batch(70000, [0], [[213]], older=0)),
    ("introduction with older samples", batch(70000, [0], [[213, 214]], older=300)),
    ("introduction: everything is older", batch(300, [0], [[213]], older=300)),
    ("introduction at both limits", batch(4294967295, [0], [[213]], older=MOST_OLDER)),
    ("64 samples up to the last number", batch(4294967232, [0], [[213] * 64], older=0)),
]

PLACES = [
    ("two places of three", climate(places=[0, 1, 3])),
    ("the widest hole", batch(7, [0], [[213, 215]], places=[0, 63])),
    (
        "every second place",
        batch(7, [0], [RAMP[:32]], places=[*range(0, 62, 2), 63]),
    ),
    ("one place of 64 is missing", batch(7, [0], [RAMP[:63]], places=[0, *range(2, 64)])),
    ("introduction with a hole", climate(places=[0, 2, 3], first=70000, older=64)),
]

QUANTITIES = [
    ("climate, one sample", batch(7, [0, 1, 2, 3], [[213], [55], [10132], [88]])),
    ("every quantity", batch(1000, ALL, ALL_COLUMNS, interval_s=60)),
    ("the last quantity", batch(1, [23], [[500]])),
    ("quantities far apart", batch(1, [0, 12, 23], [[150, 1], [50, 2], [500, 3]])),
    ("a histogram", batch(1003, [13], CLASSES, interval_s=300)),
    (
        "a histogram between others",
        batch(1003, [12, 13, 14], [[50, 34, 59], *CLASSES, [44, 45, 41]]),
    ),
]

TIMES = [
    *((f"an interval of {s} s", climate(interval_s=s)) for s in INTERVALS),
    ("an explicit interval", climate(interval_s=77)),
    ("the longest interval", climate(interval_s=(1 << 20) - 1)),
    ("no interval", batch(1007, [16], [[101]], interval_s=0)),
    ("the first slot", climate(clock="slot", seconds=0)),
    ("the last slot", climate(clock="slot", seconds=63, accuracy_s=60)),
    ("unix time 0", climate(clock="unix", seconds=0)),
    ("the last unix time", climate(clock="unix", seconds=4294967295)),
    ("taken just now", climate(clock="age", seconds=0)),
    ("an age", climate(clock="age", seconds=3725, accuracy_s=15)),
    ("an age beyond the longest", climate(clock="age", seconds=LONGEST_AGE + 1)),
    ("the longest age", climate(clock="age", seconds=LONGEST_AGE, accuracy_s=None)),
    ("at least no age", climate(clock="at_least", seconds=0, accuracy_s=None)),
    ("at least an age", climate(clock="at_least", seconds=3725, accuracy_s=None)),
    ("at least the longest age", climate(clock="at_least", seconds=LONGEST_AGE, accuracy_s=None)),
    *(
        (
            f"a clock accurate to {s} s" if s else "a clock of which nothing is known",
            climate(accuracy_s=s),
        )
        for s in ACCURACY_S
    ),
]

ALL_CODES = ["valid", "warm_up", "out_of_range", "frozen", "fault", "maintenance"]
QUALITIES = [
    *(
        (f"all of one code: {code}", batch(5, [0], [[7, 8]], quality=[[code, code]]))
        for code in ALL_CODES[1:]
        if code != "fault"
    ),
    (
        "a broken sensor beside a good one",
        batch(5, [0, 1], [[None] * 3, [55, 55, 56]], quality=[["fault"] * 3, None]),
    ),
    (
        "every code",
        batch(5, [4], [[12, 13, 900, 12, None, 12]], quality=[ALL_CODES]),
    ),
    (
        "all of one code, mixed and all valid",
        batch(
            5,
            [0, 4, 23],
            [[213, 215], [None, 900], [5, 6]],
            quality=[["warm_up"] * 2, ["fault", "out_of_range"], None],
        ),
    ),
    ("one sample without a value", batch(12, [1], [[None]], quality=[["fault"]])),
    (
        "no value in all columns of a histogram",
        batch(12, [1, 13], [[50]] + [[None]] * 6, quality=[None, ["fault"]]),
    ),
    (
        "a hole at either end of a column",
        batch(
            12,
            [2],
            [[None, 10130, 10131, None]],
            quality=[["fault", "valid", "valid", "fault"]],
        ),
    ),
]

COLUMNS = [
    ("64 samples, all the same", batch(64, [0], [[150] * 64])),
    ("64 samples of a smooth day", batch(64, [0], [DAY])),
    ("64 samples of a ramp", batch(128, [17], [RAMP])),
    ("one spike, through the escape", batch(256, [23], [SPIKE])),
    ("two values", batch(64, [0], [[150, 151]])),
    ("three values on a line", batch(64, [0], [[150, 250, 350]])),
    ("the limits of a value", batch(320, [19, 23], [[LIMIT, -LIMIT] * 3, [-LIMIT] * 6])),
    ("the limits alone", batch(320, [19, 23], [[LIMIT], [-LIMIT]])),
    *(
        (f"first differences, parameter {i}", batch(9, [19], [noise(span)]))
        for i, span in enumerate((2, 3, 7, 14, 23, 38, 68, 131, 260, 542))
    ),
    *(
        (f"second differences, parameter {i}", batch(9, [19], [curve(bend)]))
        for i, bend in enumerate((1, 3, 8, 17, 31))
    ),
    (
        "climate, 16 samples in a slot",
        batch(65530, [0, 1, 2], [DAY[:16], [55] * 16, RAMP[:16]], clock="slot", seconds=9),
    ),
]

BATCHES = NUMBERS + PLACES + QUANTITIES + TIMES + QUALITIES + COLUMNS
