"""What doctor found: a message of the catalogue, and how sure that is.

Place: the checks -> here -> `ordered` -> report.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from tools.flashing.errors import FlashError


class Sure(IntEnum):
    """How sure a finding is."""

    NOTE = 0  # nothing is wrong
    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


class Finding(NamedTuple):
    """`error` has the code and what its sentences name; `evidence` is what it was seen by."""

    sure: Sure
    error: FlashError
    evidence: str = ""


def certain(code: str, evidence: str = "", **values: object) -> Finding:
    """Return a finding that cannot be otherwise."""
    return Finding(Sure.CERTAIN, FlashError(code, **values), evidence)


def likely(code: str, evidence: str = "", **values: object) -> Finding:
    """Return a finding that mostly is so."""
    return Finding(Sure.LIKELY, FlashError(code, **values), evidence)


def possible(code: str, evidence: str = "", **values: object) -> Finding:
    """Return a finding that is worth a look when nothing surer was found."""
    return Finding(Sure.POSSIBLE, FlashError(code, **values), evidence)


def note(code: str, evidence: str = "", **values: object) -> Finding:
    """Return a finding that says that something is as it should be."""
    return Finding(Sure.NOTE, FlashError(code, **values), evidence)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return the surest first, and of equals the one that was found first."""
    return sorted(findings, key=lambda finding: -finding.sure)
