"""What came of each board, a line of JSON each, and how long its steps took.

    <workshop>/runs/2026-11-25.jsonl

Place: node, batch -> Runs -> files; files -> Typical -> the time that the display says is left.
Guarantee: no line holds a key. A line that cannot be read is passed over.
"""

import json
import os
import statistics
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_MOST_FILES = 5
_MOST_LINES = 200
_NEWEST = 20  # runs of one step that count
_MOST_S = 86400.0  # what took longer was a clock, or is no number
_MOST_BYTES = 256 * 1024
# Before anything was learned. An image, 1.7 MB compressed, needs 20 s on the wire at 921,600 baud.
_FIRST_S = {
    "look": 2.0,
    "image": 30.0,
    "files": 5.0,
    "test": 10.0,
    "key": 3.0,
    "start": 3.0,
    "record": 0.5,
    "label": 0.5,
    "erase": 15.0,
    "prove": 5.0,
}


class Runs:
    """The folder with a file for each day."""

    def __init__(self, folder: Path):
        self._folder = folder

    def append(self, line: dict[str, Any], now_s: float) -> None:
        """Add what came of a board; OSError where the disk takes nothing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        day = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d")
        data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        path = self._folder / f"{day}.jsonl"
        file = os.open(path, flags, 0o644)
        try:  # one write: two benches in one workshop do not mix their lines
            os.write(file, data)
        except OSError as e:
            raise OSError(e.errno, e.strerror, str(path)) from None
        finally:
            os.close(file)

    def newest(self) -> Iterator[dict[str, Any]]:
        """Yield lines of the last days, the newest first."""
        left = _MOST_LINES
        for path in sorted(self._folder.glob("*.jsonl"), reverse=True)[:_MOST_FILES]:
            for line in reversed(_end_of(path)):
                if not left:
                    return
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, dict):
                    left -= 1
                    yield found


def _end_of(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _MOST_BYTES))
            return file.read().splitlines()
    except OSError:
        return []


class Typical:
    """How long a step usually takes on this bench."""

    def __init__(self, runs: Iterable[dict[str, Any]] = ()):
        self._found: dict[str, list[float]] = {name: [] for name in _FIRST_S}
        for run in runs:
            self._learn(run.get("steps"))

    def _learn(self, steps: Any) -> None:
        for step in steps if isinstance(steps, list) else ():
            if not isinstance(step, dict) or step.get("outcome") != "done":
                continue
            found = self._found.get(str(step.get("name")))
            seconds = step.get("seconds")
            if found is None or len(found) >= _NEWEST or not isinstance(seconds, int | float):
                continue
            if 0 <= seconds <= _MOST_S:
                found.append(float(seconds))

    def seconds(self, step: str) -> float:
        """Return the seconds that a step is likely to take, where it is needed."""
        found = self._found.get(step)
        return statistics.median(found) if found else _FIRST_S[step]
