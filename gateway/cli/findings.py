"""One line of what `check` found.

Place: under `cli/check`.
"""

from dataclasses import dataclass

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was looked at, what is found, and at a fault what to do."""

    level: str
    what: str
    text: str
