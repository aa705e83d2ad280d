"""The bench: boards that are plugged in and out, each worked on in a thread of its own.

Place: ports that are there -> Bench -> provisioning -> outcomes -> display, runs.
Guarantee: a board that fails ends no other. A board that stays plugged in is done once, and one
that was done is not changed again in this run, wherever it turns up.

A place is a USB socket. What comes after its port was away is a new board, unless the port itself
says otherwise: a chip with its USB inside vanishes when it restarts, and its serial number is its
MAC.
"""

import queue
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.flashing.crash import told
from tools.flashing.display import Display, Line
from tools.flashing.errors import FlashError
from tools.flashing.outcome import Outcome
from tools.flashing.ports import Port
from tools.flashing.wish import Result, Wish

Work = Callable[[str, Wish, Line], Result]
_MAC = re.compile(r"(?:[0-9a-f]{2}:?){6}")


@dataclass
class _Place:
    """What is plugged in at one socket, from plugging in to pulling out."""

    port: Port
    wish: Wish
    line: Line
    began_s: float
    mac: str = ""
    outcome: Outcome | None = None  # none while it is being worked on
    was_gone: bool = False


@dataclass
class Bench:
    """`look` at what is plugged in, and `reap` what has ended, in turns, until `over`.

    `work(port, wish, line)` sets up a board, in a thread; `wish_of(port)` says what it is to be.
    `count` boards that went well are enough; None: until `close`. `keep(outcome)` takes what came
    of each. `again`: whoever is unplugged may be followed by another board. `known(wish, result)`
    returns what the board was to be where only its record says that.
    """

    work: Work
    wish_of: Callable[[Port], Wish]
    display: Display
    keep: Callable[[Outcome], None]
    count: int | None = None
    again: bool = True
    known: Callable[[Wish, Result], Wish] = lambda wish, result: wish
    outcomes: list[Outcome] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._ended: queue.SimpleQueue[tuple[_Place, Result]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._good: set[str] = set()
        self._stopped = threading.Event()

    @property
    def running(self) -> int:
        """Return how many boards are being worked on."""
        return sum(place.outcome is None for place in self._places.values())

    @property
    def good(self) -> int:
        """Return how many boards are what was wanted."""
        return sum(outcome.good and not outcome.repeated for outcome in self.outcomes)

    @property
    def bad(self) -> int:
        """Return how many boards failed, and did not go well later."""
        return len(self._failed())

    @property
    def stopped(self) -> bool:
        """Say whether `stop` was called."""
        return self._stopped.is_set()

    @property
    def over(self) -> bool:
        """Say whether nothing runs and nothing is to come."""
        return not self.running and (self.closed or self._enough())

    def close(self) -> None:
        """Take no more boards; those that are being worked on go on."""
        self.closed = True

    def stop(self) -> None:
        """Take no more boards, and have those that are being worked on end at their next step."""
        self.closed = True
        self._stopped.set()

    def look(self, ports: Sequence[Port]) -> None:
        """Take note of what is plugged in now, and start on what is new."""
        there = {port.usb_path or port.path: port for port in ports}
        for name, place in self._places.items():
            if name not in there or there[name].path != place.port.path:
                place.was_gone = True
        for name, port in there.items():
            if name in self._places and not self._is_new(self._places[name], port):
                continue
            if not self.closed and not self._enough(self.running):
                self._start(name, port)

    def reap(self, wait_s: float) -> bool:
        """Take the next board that has ended; False where none does within `wait_s`."""
        try:
            place, result = self._ended.get(timeout=wait_s)
        except queue.Empty:
            return False
        outcome = self._judged(place, result)
        self.outcomes.append(outcome)
        place.outcome = outcome
        self.display.end(place.line, outcome)
        self.keep(outcome)
        if self.again and not self.stopped:
            if not self.closed and not self._enough(self.running):
                done = outcome.good or outcome.repeated
                self.display.write("next" if done else "next failed", where=place.line.where)
            self.display.bell()
        return True

    def told(self) -> list[Outcome]:
        """Return the last outcome of each board, in the order in which they came."""
        failed = self._failed()
        return [outcome for outcome in self.outcomes if outcome.good or outcome in failed]

    def _enough(self, coming: int = 0) -> bool:
        return self.count is not None and self.good + coming >= self.count

    def _failed(self) -> list[Outcome]:
        """Return failures; of a board that failed more than once the last, of a good one none."""
        last: dict[str, Outcome] = {}
        for number, outcome in enumerate(self.outcomes):
            error = outcome.result.error
            if error is not None and not outcome.repeated:
                # Of two boards with one MAC one is good, and the other is not.
                twin = error.code == "F814" or not outcome.result.mac
                last[f"{outcome.where} {number}" if twin else outcome.result.mac] = outcome
        return [outcome for mac, outcome in last.items() if mac not in self._good]

    def _is_new(self, place: _Place, port: Port) -> bool:
        """Say whether this is another board than the one that was there, or another try of it."""
        if place.outcome is None or not place.was_gone or not self.again:
            return False
        chip = _chip_of(port)
        if place.outcome.good and chip and chip == _chip_of(place.port):
            place.port = port
            place.was_gone = False
            return False
        return True

    def _start(self, name: str, port: Port) -> None:
        where = port.usb_path or Path(port.path).name
        wish = self.wish_of(port)
        line = self.display.add(where, self._check)
        place = _Place(port, wish, line, self.display.clock())
        line.claim = lambda mac: self._claim(place, mac)
        self._places[name] = place
        self.display.write("starts", where=where)
        # Not waited for at the end of the process: a second Ctrl-C has to end it at once.
        threading.Thread(target=self._run, args=(place,), name=where, daemon=True).start()

    def _run(self, place: _Place) -> None:
        try:
            result = self.work(place.port.path, place.wish, place.line)
        except BaseException as e:  # whatever it is, the bench has to know that this board ended
            result = Result(place.port.path, mac=place.mac, error=told(e))
        self._ended.put((place, result))

    def _check(self) -> None:
        """Raise F809 where everything is to end; called in the threads of the boards."""
        if self.stopped:
            raise FlashError("F809")

    def _claim(self, place: _Place, mac: str) -> None:
        """Note the MAC of a board; F813 or F814 where it is somewhere else, or done."""
        with self._lock:
            if mac in self._good:
                raise FlashError("F813", mac=mac)
            for other in list(self._places.values()):
                if other is not place and other.outcome is None and other.mac == mac:
                    raise FlashError("F814", mac=mac, where=other.line.where)
            place.mac = mac

    def _judged(self, place: _Place, result: Result) -> Outcome:
        seconds = self.display.clock() - place.began_s
        result.mac = result.mac or place.mac
        with self._lock:
            again = result.error is None and result.mac in self._good
            if again:
                result.error = FlashError("F813", mac=result.mac)
            elif result.error is None and result.mac:
                self._good.add(result.mac)
        repeated = result.error is not None and result.error.code == "F813"
        wish = self.known(place.wish, result)
        return Outcome(place.line.where, wish, result, seconds, repeated)


def _chip_of(port: Port) -> str:
    """Return the MAC of a chip whose USB is its own, or nothing."""
    number = port.serial.lower()
    return number.replace(":", "") if _MAC.fullmatch(number) else ""
