"""Which number a segment's name stands for, and from where on nobody is sure.

Place: under `journal`.
Guarantee: durable when a method returns; a damaged file counts in `damaged` and means no shift.

    numbering   [[name, shift, ..], unsure]: what `renumber` added to the names from each on (the
                last begins where all before were wiped, or numbered anew); and the first name given
                out since the numbering was lost, or null once the gateway has confirmed it
"""

from node import files
from protocol import cbor
from protocol._compat import const
from protocol.errors import DecodeError

_BEYOND = const(1 << 31)  # of all numbers the half that no gateway gives, see `NodeSession`


class Numbering:
    """`path` is the journal's folder; `unsure` is a number or None."""

    def __init__(self, path: str):
        self._path = path + "/numbering"
        self.damaged = 0
        self.shifts = [0, 0]
        self.unsure = None
        value = load(self._path)
        if _is_sound(value):
            self.shifts = value[0]
            self.unsure = None if value[1] is None else value[1] + value[0][-1]
        elif value is not None:
            self.damaged = 1

    @property
    def begin(self) -> int:
        """Return the first number that the last `renumber` gave out."""
        return self.shifts[-2] + self.shifts[-1]

    def store(self, unsure: int | None, oldest: int) -> None:
        """Keep another `unsure`; `oldest` is the first number that anything is kept of."""
        self._store(self.shifts, unsure, oldest)

    def shift(self, start: int, number: int, oldest: int) -> None:
        """Let what was `start` be `number`."""
        last = self.shifts[-1]
        self._store(self.shifts + [start - last, last + number - start], None, oldest)

    def go_on(self, number: int, oldest: int) -> None:
        """Let `number` be the next, though nothing will be kept that shows it."""
        last = self.shifts[-1]
        self._store(self.shifts + [number - last, last], self.unsure, oldest)

    def _store(self, shifts: list, unsure: int | None, oldest: int) -> None:
        while len(shifts) > 2 and shifts[2] + shifts[3] <= oldest:
            shifts = shifts[2:]  # nobody has a name before it any more
        kept = [shifts, None if unsure is None else unsure - shifts[-1]]
        files.write_atomic(self._path, cbor.dumps(kept))
        self.shifts = shifts
        self.unsure = unsure

    def number_of(self, name: int) -> int:
        """Return the number of the first sample of a segment of that name."""
        shifts = self.shifts
        at = len(shifts) - 2
        while at > 0 and shifts[at] > name:
            at -= 2
        return name + shifts[at + 1]

    def name_of(self, number: int) -> int:
        """Return the name of a segment whose first sample has this number."""
        shifts = self.shifts
        at = len(shifts) - 2
        while at > 0 and shifts[at] + shifts[at + 1] > number:
            at -= 2
        return number - shifts[at + 1]


def _is_sound(value) -> bool:
    """Say whether a value is what `Numbering` stores: spoilt flash may be CBOR all the same."""
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], list):
        return False
    shifts, unsure = value
    numbers = shifts if unsure is None else shifts + [unsure]
    if len(shifts) < 2 or len(shifts) % 2 or any(not isinstance(n, int) for n in numbers):
        return False
    return min(numbers) >= 0 and max(numbers) < _BEYOND


DAMAGED = object()


def load(path: str):
    """Return the CBOR value in a small file, None where there is none, or DAMAGED."""
    data = files.read_bytes(path)
    if data is None:
        return None
    try:
        return cbor.loads(data)
    except DecodeError:
        return DAMAGED


def load_anchors(folder: str):
    """Return the journal's {boot: [unix second, uptime]}, or DAMAGED."""
    value = load(folder + "/anchors")
    if value is None:
        return {}
    if not isinstance(value, dict):
        return DAMAGED
    for boot, anchor in value.items():
        parts = [boot] + anchor if isinstance(anchor, list) else []
        if [type(part) for part in parts] != [int, int, int]:
            return DAMAGED
    return value
