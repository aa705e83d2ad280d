"""`python -m tools.drawings.terminal [NAME ...]`: make the pictures of docs/flash.md, or some.

Place: virtual boards, tools/flash at a terminal -> here -> docs/flash/<name>.svg.
Guarantee: what a picture shows was on a terminal, on virtual boards, with made-up data. Times are
those of such boards: no wire, no flash chip. It takes two minutes.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tools.drawings.terminal.screen import Screen
from tools.drawings.terminal.session import SessionError
from tools.drawings.terminal.stage import BOARD, LAB, PROFILE, ROOT, Stage, gateway, stage

FOLDER = Path("docs/flash")
_WISH = f"--lab {LAB} --board {BOARD} --profile {PROFILE}"
_WORKING = ("Platine ansehen", "MicroPython schreiben", "Sensoren und Funk testen")
_Taken = dict[str, tuple[Screen, dict[str, str]]]


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures; return the exit code."""
    parser = argparse.ArgumentParser("tools.drawings.terminal", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of the pictures (all)")
    given = parser.parse_args(arguments)
    wanted = given.names or list(SCENES)
    for scene in dict.fromkeys(SCENES[name] for name in wanted):
        for name, (screen, hidden) in scene().items():
            if name in wanted:
                path = ROOT / FOLDER / f"{name}.svg"
                path.write_text(screen.picture(f"flash-{name}", hidden), encoding="utf-8")
                print(path.relative_to(ROOT), file=sys.stderr)
    return 0


def at_the_bench() -> _Taken:
    """Set up one board, then several; find out about one that does nothing."""
    taken: _Taken = {}
    with stage(count=6, deaf=4) as made:

        def keep(name: str, screen: Screen, *texts: str) -> None:
            for text in texts:
                if text not in screen.words:
                    raise SessionError(f"{name}: no {text!r} in\n{screen.words}")
            taken[name] = screen, made.hidden

        made.plug(0, 1, 2)
        keep("ports", made.types("ports"), "/dev/ttyUSB2".replace("/dev", "_dev"))
        first = (("Welche Platine?", "1"), ("messen?", PROFILE), ("feststeht", "air-17"))
        keep("node", made.types("", *first), "fertig in")
        made.unplug()
        made.plug(0)
        keep("again", made.types(""), "nichts zu tun")
        made.unplug()
        working, ended = _batch(made)
        keep("working", working, "Enter beendet")
        keep("batch", ended, "3 von 3")
        made.unplug()
        made.plug(4)
        keep("sensor", made.types(f"--port /dev/ttyUSB4 {_WISH}"), "F406")
        made.unplug()
        made.plug(5)
        keep("doctor", made.types("doctor --port /dev/ttyUSB5"), "F723")
    return taken


def _batch(made: Stage) -> tuple[Screen, Screen]:
    """Plug three boards in, each when the one before is at work; return two moments."""
    best: list[Screen] = []
    places = [1, 2, 3]

    def watch(screen: Screen) -> str | None:
        words = screen.words
        if places and (len(places) == 3 or words.count(_WORKING[2]) == 3 - len(places)):
            made.plug(places.pop(0))
        at_once = sum(step in words for step in _WORKING)
        if "Enter beendet" in words and (not best or at_once >= _at_once(best[-1])):
            best[:] = [screen.copy()]
        return None

    ended = made.types(f"batch {_WISH} --count 3", on_change=watch)
    return best[0], ended


def _at_once(screen: Screen) -> int:
    return sum(step in screen.words for step in _WORKING)


def at_the_mast() -> _Taken:
    """Mount a node by cable, in reach of a gateway with a modem."""
    with stage(count=2) as made:
        made.plug(0, 1)
        made.does("tools.flashing", "node", "--port", "_dev/ttyUSB0", *_WISH.split())
        words = ("--board", BOARD, "--set", "uart=1")
        made.does("tools.flashing", "modem", "--port", "_dev/ttyUSB1", *words)
        with gateway(made, modem=1):
            screen = made.types(
                "mount --port /dev/ttyUSB0",
                ("Etikett scannen", "neckar:17"),
                ("Name des Messpunkts", "air-17"),
                ("Position", "49.1427, 9.2109"),
                ("Höhe", "3,5"),
                ("Blickrichtung", "S"),
                ("Mast", "L 12"),
                ("Foto", ""),
                ("Bemerkung", "neben der Uhr"),
            )
    if "GRÜN" not in screen.words:
        raise SessionError(f"mount: not green:\n{screen.words}")
    return {"mount": (screen, made.hidden)}


SCENES: dict[str, Callable[[], _Taken]] = {
    **dict.fromkeys(
        ("ports", "node", "again", "working", "batch", "sensor", "doctor"), at_the_bench
    ),
    "mount": at_the_mast,
}

if __name__ == "__main__":
    sys.exit(main())
