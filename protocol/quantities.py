"""The registry: what a node can measure, how finely, and where the codec expects the values.

Place: read by `batch` (node and gateway), by profiles (names) and by the gateway's topics (groups).
Guarantee: an id never changes its meaning; new quantities are appended. The registry is part of
the protocol version. Values travel as integers: physical value x 10**decimals.

`base` and `order` are where a first value is expected and how far from there it usually lies
(2**order); they cost bits when wrong, never correctness. `width` is the number of integers of one
reading (a histogram has several). `kind` says whether a reading is a momentary value or stands for
the whole interval that ends at its time (a count, an equivalent level).
"""

from protocol._compat import const

MOMENT = const(0)
INTERVAL = const(1)

# id: name, unit (SenML, RFC 8428, where it has one), group, decimals, base, order, width, kind
_TABLE = (
    ("temperature", "Cel", "climate", 1, 150, 6, 1, MOMENT),  # 0
    ("humidity", "%RH", "climate", 0, 60, 4, 1, MOMENT),  # 1
    ("pressure", "hPa", "climate", 1, 10130, 6, 1, MOMENT),  # 2
    ("battery_pct", "%EL", "power", 0, 90, 4, 1, MOMENT),  # 3
    ("pm25", "ug/m3", "air", 0, 10, 4, 1, MOMENT),  # 4
    ("pm10", "ug/m3", "air", 0, 15, 4, 1, MOMENT),  # 5
    ("pm1", "ug/m3", "air", 0, 8, 4, 1, MOMENT),  # 6
    ("no2", "ppb", "air", 0, 30, 5, 1, MOMENT),  # 7
    ("o3", "ppb", "air", 0, 20, 4, 1, MOMENT),  # 8
    ("co2", "ppm", "air", 0, 450, 6, 1, MOMENT),  # 9
    ("laeq", "dBA", "noise", 1, 550, 7, 1, INTERVAL),  # 10
    ("lamax", "dBA", "noise", 1, 680, 7, 1, INTERVAL),  # 11
    ("vehicles", "count", "traffic", 0, 50, 5, 1, INTERVAL),  # 12
    ("speed_classes", "count", "traffic", 0, 5, 3, 6, INTERVAL),  # 13: <30 <50 <60 <70 <100 >=100
    ("speed", "km/h", "traffic", 0, 50, 4, 1, INTERVAL),  # 14
    ("occupancy", "%", "traffic", 0, 10, 4, 1, INTERVAL),  # 15
    ("water_level", "m", "water", 2, 100, 6, 1, MOMENT),  # 16
    ("free_spaces", "count", "parking", 0, 200, 7, 1, MOMENT),  # 17
    ("battery", "V", "power", 2, 370, 4, 1, MOMENT),  # 18
    ("solar", "V", "power", 2, 0, 6, 1, MOMENT),  # 19
    ("precipitation", "mm", "weather", 1, 0, 1, 1, INTERVAL),  # 20
    ("wind_speed", "m/s", "weather", 1, 30, 5, 1, INTERVAL),  # 21
    ("wind_direction", "deg", "weather", 0, 200, 7, 1, INTERVAL),  # 22
    ("illuminance", "lx", "weather", 0, 500, 9, 1, MOMENT),  # 23
)

COUNT = len(_TABLE)
LIMIT = const(524287)  # |scaled value| at most this: second differences then fit 22 bits


class Quantity:
    """One row of the registry; see the module's text for the fields."""

    def __init__(self, qid: int, row: tuple):
        self.qid = qid
        self.name = row[0]
        self.unit = row[1]
        self.group = row[2]
        self.decimals = row[3]
        self.base = row[4]
        self.order = row[5]
        self.width = row[6]
        self.kind = row[7]
        self.scale = 10 ** row[3]


def by_id(qid: int) -> Quantity:
    """Return the quantity of an id; KeyError where the registry has none."""
    if not 0 <= qid < COUNT:
        raise KeyError(qid)
    return Quantity(qid, _TABLE[qid])


def by_name(name: str) -> Quantity:
    """Return the quantity of a name; KeyError where the registry has none."""
    for qid in range(COUNT):
        if _TABLE[qid][0] == name:
            return Quantity(qid, _TABLE[qid])
    raise KeyError(name)


def names() -> tuple:
    """Return all names in the order of their ids."""
    return tuple(row[0] for row in _TABLE)


# What is known of a single value. Every code but VALID travels with the value it belongs to.
VALID = const(0)
WARM_UP = const(1)  # the sensor had not settled yet
OUT_OF_RANGE = const(2)  # outside what the sensor is specified for; the value is kept
FROZEN = const(3)  # has not moved for longer than nature allows
FAULT = const(4)  # the sensor gave no value; there is none in the message
MAINTENANCE = const(5)  # somebody is working on the node

QUALITY_NAMES = ("valid", "warm_up", "out_of_range", "frozen", "fault", "maintenance")
