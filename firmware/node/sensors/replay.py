"""Recorded readings in place of a sensor: a file on the board, row after row, over and over.

Place: /replay.csv -> Replay -> sampler, or Replay -> Overlay -> sampler next to what is measured.

    pm25,vehicles,speed_classes     names of the registry
    12,7,0 3 2 1 1 0                scaled integers; a histogram's are set apart by spaces
    ,9,1 4 2 1 1 0                  empty: no value at this moment

Guarantee: a missing or broken file is refused at the start, with its line: the file is read through
once. After that one line at a time is in memory, however long the file.
"""

from node.drivers.driver import Driver
from node.sensors.readings import FAULT
from node.sensors.sensor import Sensor
from protocol import quality as qualities
from protocol import quantities
from protocol._compat import const

_LONGEST_LINE = const(256)  # all quantities at once, seven characters each, fit


class Replay(Sensor):
    """A sensor that serves these columns of the file, one row a sample, also over sleeps."""

    def __init__(self, path: str, names: tuple):
        super().__init__(Driver())
        self.quantities = tuple(names)
        self._path = path
        self._file = _open(path)
        header = self._header()
        for name in names:
            if name not in header:
                raise ValueError("%s: no column %s" % (path, name))
        self._columns = tuple(
            (header.index(name), quantities.by_name(name).width) for name in names
        )
        self._cells = len(header)
        self._check()

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return the next row."""
        line = self._file.readline(_LONGEST_LINE)
        if not line:
            self._header()
            line = self._file.readline(_LONGEST_LINE)
        return self._readings(line)

    def state(self) -> list:
        """Return how far the file was read."""
        return [self._file.tell()]

    def restore(self, state) -> None:
        """Go on there; a row that is cut in two by another file's state is one FAULT."""
        if isinstance(state, list) and len(state) == 1 and isinstance(state[0], int):
            self._file.seek(max(state[0], 0))

    def _header(self) -> list:
        """Go to the start of the file and past its header."""
        self._file.seek(0)
        return _names(self._file.readline(_LONGEST_LINE))

    def _check(self) -> None:
        number = 1
        line = self._file.readline(_LONGEST_LINE)
        while line:
            number += 1
            try:
                self._readings(line)
            except ValueError as e:
                raise ValueError("%s line %d: %s" % (self._path, number, e))
            line = self._file.readline(_LONGEST_LINE)
        if number == 1:
            raise ValueError("%s: no rows" % self._path)

    def _readings(self, line: str) -> list:
        cells = line.strip().split(",")
        if len(cells) != self._cells:
            raise ValueError("%d cells, not %d" % (len(cells), self._cells))
        return [_reading(cells[column], width) for column, width in self._columns]


class Overlay(Sensor):
    """A sensor, with some of its quantities taken from a replay."""

    def __init__(self, sensor, replay):
        super().__init__(sensor)
        self.quantities = sensor.quantities
        self._sensor = sensor
        self._replay = replay
        self._places = tuple(sensor.quantities.index(name) for name in replay.quantities)
        if hasattr(sensor, "run"):
            self.run = sensor.run

    async def measure(self, seconds: int, interval_s: int) -> list:
        """Return the sensor's readings, the replayed ones in their places."""
        # The replay first: a sensor that raises must not make the row late for the others.
        replayed = await self._replay.measure(seconds, interval_s)
        readings = list(await self._sensor.measure(seconds, interval_s))
        for i in range(len(replayed)):
            readings[self._places[i]] = replayed[i]
        return readings

    def prepare(self) -> None:
        """Prepare the sensor."""
        self._sensor.prepare()

    def release(self) -> None:
        """Release the sensor."""
        self._sensor.release()

    def state(self) -> list:
        """Return the states of both."""
        return [self._sensor.state(), self._replay.state()]

    def restore(self, state) -> None:
        """Go on as both said."""
        if isinstance(state, list) and len(state) == 2:
            self._sensor.restore(state[0])
            self._replay.restore(state[1])


def columns(path: str) -> tuple:
    """Return the names of the file's columns; ValueError where one is not in the registry."""
    with _open(path) as file:
        header = _names(file.readline(_LONGEST_LINE))
    known = quantities.names()
    for name in header:
        if name not in known:
            raise ValueError("%s line 1: %r is no quantity of the registry" % (path, name))
    return tuple(header)


def _open(path: str):
    try:
        return open(path)
    except OSError as e:
        raise OSError(e.errno, "%s: cannot open the replay" % path)


def _names(line: str) -> list:
    return [name.strip() for name in line.split(",")]


def _reading(cell: str, width: int) -> tuple:
    cell = cell.strip()
    if not cell:
        return FAULT
    numbers = [_number(part) for part in cell.split()]
    if len(numbers) != width:
        raise ValueError("%r is not %d integer(s)" % (cell, width))
    return (numbers if width > 1 else numbers[0]), qualities.VALID


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("%r is no integer" % text)
    if abs(number) > quantities.LIMIT:
        raise ValueError("%d is beyond %d" % (number, quantities.LIMIT))
    return number
