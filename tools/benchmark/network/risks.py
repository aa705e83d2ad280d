"""A main.py that makes the firmware raise at rare moments, and what its console tells of it.

    risky(main, seed) -> /main.py of a board -> console -> `Raised`

Place: `trouble` -> flash image; console of the board -> here -> `trouble`.
Guarantee: the moments follow from the seed and the board's clock. Each exception is of another type
than the one before it, so that a digest that arrives tells which one it is of. What is raised is
printed before it is, and printed again when the node has recorded it: what lies between is a power
cut. Short wakes run no main.py and raise nothing.
"""

from dataclasses import dataclass, field

_RISKS = b"""
import time
from binascii import crc32
import machine
from node import app, crash, health, journal, life, measuring, sampler, supervise, uplink

_KINDS = (TypeError, KeyError, IndexError, NameError, AssertionError, RuntimeError, OverflowError,
    ZeroDivisionError, NotImplementedError, AttributeError)


try:
    with open("/raises") as file:
        _count = int(file.read() or "0")
except OSError:
    _count = 0


def _strikes(name, one_in):
    # With the count, for no time passes in this world while a board starts again.
    moment = b"%d %d %d" % (SEED, _count, time.time_ns() // 1000)
    return crc32(moment, crc32(name.encode())) % one_in == 0


def _struck():
    global _count
    _count += 1
    with open("/raises", "w") as file:
        file.write(str(_count))


def _raise(name):
    _struck()
    kind = _KINDS[_count % len(_KINDS)]
    print("bench: raises", kind.__name__, name)
    raise kind("bench")


def _reset(name):
    _struck()
    print("bench: resets", name)
    machine.reset()


def _risk(owner, name, one_in, act=_raise):
    was = getattr(owner, name)

    def now(*arguments):
        if _strikes(name, one_in):
            act(name)
        return was(*arguments)

    setattr(owner, name, now)


_keep = crash.keep
_crashed = life.Life.crashed


def _kept(found, firmware):
    is_first = crash.waiting() is None
    _keep(found, firmware)
    print("bench: kept" if is_first else "bench: behind", found[0])


def _recorded(self, place, e):
    _crashed(self, place, e)
    print("bench: recorded", type(e).__name__, place)


crash.keep = _kept
life.Life.crashed = _recorded
_risk(app.App, "jobs", 40)
_risk(supervise.Supervisor, "run_all", 60)
_risk(uplink.Uplink, "_send", 60)
_risk(health.Health, "fields", 25)
_risk(measuring.Measuring, "measure", 120)
_risk(journal.Journal, "append", 120)
_risk(journal.Journal, "release", 60)
_risk(sampler.Sampler, "sample", 120, _reset)
print("bench: starts")
"""


HEAP_KB = 32  # that this takes, and no board in the field


def risky(main: bytes, seed: int) -> bytes:
    """Return a main.py that goes on as `main`."""
    return b"SEED = %d\n" % seed + _RISKS + main


@dataclass
class Raised:
    """Feed it what a console says; names of exceptions in the order in which they came.

    raised    all
    recorded  those that the node got to record
    lives     of each life (a run of the interpreter) that recorded one, its first
    kept      digests that were to be told: those that no other waited before
    resets    `machine.reset()` in the place of a watchdog, which never bites in a warped world
    own       exceptions that the bench has not raised, and what a start complains of
    safe      starts in safe mode
    """

    raised: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    lives: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    resets: int = 0
    own: list[str] = field(default_factory=list)
    safe: int = 0
    _rest: str = ""
    _is_first: bool = True
    _last: tuple[str, ...] = ()

    def feed(self, data: bytes) -> None:
        """Take what the console says."""
        *lines, self._rest = (self._rest + data.decode(errors="replace")).split("\n")
        for line in lines:
            self._take(line.strip())

    def _take(self, line: str) -> None:
        what, _, name = line.removeprefix("bench: ").partition(" ")
        name = name.split(" ")[0]
        if not line.startswith("bench: "):
            self._read(line)
        elif what == "starts":
            self._is_first = True
        elif what == "raises":
            self.raised.append(name)
        elif what == "recorded":
            self.recorded.append(name)
            if self._is_first:
                self.lives.append(name)
            self._is_first = False
        elif what == "kept":
            self.kept.append(name)
        elif what == "resets":
            self.resets += 1

    def _read(self, line: str) -> None:
        """Take a line of the firmware's: the end of a traceback, with the lines before it."""
        if line.startswith("neckar: SAFE MODE"):
            self.safe += 1
        elif line.startswith(("neckar: cannot start: ", "neckar: /")) and line[-7:] != ": bench":
            self.own.append(line)
        if line.startswith("Traceback"):
            self._last = ("",)
        elif self._last and line.startswith("File "):
            self._last = (*self._last, line)
        elif self._last:
            if not line.endswith(": bench"):
                self.own.append(" ".join([*self._last[-2:], line]))
            self._last = ()
