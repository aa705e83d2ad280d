"""What came of one board that was plugged in: for the table, for programs, for the runs.

Place: batch -> Outcome -> display, runs, standard output.
Guarantee: nothing of a key is in it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.flashing.messages import text
from tools.flashing.wish import Result, Wish


@dataclass(frozen=True, eq=False)  # two boards may fail alike, and are two
class Outcome:
    """`where` is the USB path, or the name of the port.

    `repeated`: the same board was done in this run before.
    """

    where: str
    wish: Wish
    result: Result
    seconds: float
    repeated: bool = False

    @property
    def good(self) -> bool:
        """Say whether the board is what was wanted."""
        return self.result.error is None

    @property
    def label(self) -> Collection[Path]:
        """Return the files of its label; those of a board that failed may not be there."""
        return self.result.label if self.good else ()

    def line(self, lang: str) -> dict[str, Any]:
        """Return it for JSON; the words of an error in a language."""
        result, wish = self.result, self.wish
        error = result.error
        return {
            "ok": self.good,
            "code": error.code if error else None,
            "error": text(error, lang) if error else None,
            "repeated": self.repeated,
            "skipped": result.skipped,
            "port": result.port,
            "where": self.where,
            "mac": result.mac or None,
            "address": result.address,
            "epoch": result.epoch,
            "role": wish.role,
            "board": wish.board,
            "profile": wish.profile,
            "lab": wish.lab,
            "point": wish.point,
            "seconds": round(self.seconds, 3),
            "steps": [
                {"name": name, "seconds": round(seconds, 3), "outcome": outcome}
                for name, seconds, outcome in result.steps
            ],
            "record": str(result.record) if result.record else None,
            "label": [str(path) for path in self.label],
        }
