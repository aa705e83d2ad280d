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

# One line for each id, from 0 on: name, unit (SenML, RFC 8428, where it has one), group, decimals,
# base, order, width, kind. As one text it takes a node a quarter of the memory of tuples.
# The classes of speed are: below 30, 50, 60, 70, 100 km/h, and above. `vehicles` counts both
# directions; towards and away are as the sensor sees them.
_TABLE = """
temperature     Cel    climate  1    150  6  1 moment
humidity        %RH    climate  0     60  4  1 moment
pressure        hPa    climate  1  10130  6  1 moment
battery_pct     %EL    power    0     90  4  1 moment
pm25            ug/m3  air      0     10  4  1 moment
pm10            ug/m3  air      0     15  4  1 moment
pm1             ug/m3  air      0      8  4  1 moment
no2             ppb    air      0     30  5  1 moment
o3              ppb    air      0     20  4  1 moment
co2             ppm    air      0    450  6  1 moment
laeq            dBA    noise    1    550  7  1 interval
lamax           dBA    noise    1    680  7  1 interval
vehicles        count  traffic  0     50  5  1 interval
speed_classes   count  traffic  0      5  3  6 interval
speed           km/h   traffic  0     50  4  1 interval
occupancy       %      traffic  0     10  4  1 interval
water_level     m      water    2    100  6  1 moment
free_spaces     count  parking  0    200  7  1 moment
battery         V      power    2    370  4  1 moment
solar           V      power    2      0  6  1 moment
precipitation   mm     weather  1      0  1  1 interval
wind_speed      m/s    weather  1     30  5  1 interval
wind_direction  deg    weather  0    200  7  1 interval
illuminance     lx     weather  0    500  9  1 moment
water_temperature      Cel    water    1  120  5  1 moment
vehicles_towards       count  traffic  0   25  5  1 interval
vehicles_away          count  traffic  0   25  5  1 interval
speed_classes_towards  count  traffic  0    3  2  6 interval
speed_classes_away     count  traffic  0    3  2  6 interval
"""

LIMIT = const(524287)  # |scaled value| at most this: second differences then fit 22 bits


_CODING = bytearray()  # base (16 bits), order, width of each: what the codec asks for all the time
COUNT = _TABLE.count("\n") - 1


class Quantity:
    """One row of the registry; see the module's text for the fields."""

    def __init__(self, qid: int, row: list):
        self.qid = qid
        self.name = row[0]
        self.unit = row[1]
        self.group = row[2]
        self.decimals = int(row[3])
        self.base = int(row[4])
        self.order = int(row[5])
        self.width = int(row[6])
        self.kind = INTERVAL if row[7] == "interval" else MOMENT
        self.scale = 10**self.decimals


def coding(qid: int) -> tuple:
    """Return (base, order, width) of a quantity of the registry: what a column is coded with."""
    if not _CODING:  # a wake that only samples codes nothing
        for each in range(COUNT):
            row = _row(each)
            _CODING.extend(int(row[4]).to_bytes(2, "big"))
            _CODING.append(int(row[5]))
            _CODING.append(int(row[6]))
    at = 4 * qid
    return _CODING[at] << 8 | _CODING[at + 1], _CODING[at + 2], _CODING[at + 3]


def by_id(qid: int) -> Quantity:
    """Return the quantity of an id; KeyError where the registry has none."""
    if not 0 <= qid < COUNT:
        raise KeyError(qid)
    return Quantity(qid, _row(qid))


def by_name(name: str) -> Quantity:
    """Return the quantity of a name; KeyError where the registry has none."""
    at = _TABLE.find("\n" + name + " ")
    if at < 0 or " " in name:
        raise KeyError(name)
    return Quantity(_TABLE.count("\n", 0, at), _line(at + 1).split())


def names() -> tuple:
    """Return all names in the order of their ids."""
    return tuple([line.split()[0] for line in _TABLE.splitlines() if line])


def _row(qid: int) -> list:
    """Return the words of a line; splitting the whole table takes a node forty times as long."""
    at = 0
    for _ in range(qid + 1):
        at = _TABLE.find("\n", at) + 1
    return _line(at).split()


def _line(at: int) -> str:
    return _TABLE[at : _TABLE.find("\n", at)]
