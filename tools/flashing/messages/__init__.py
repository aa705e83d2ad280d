"""All messages of tools/flash: a code, what is wrong, what to do next; German and English.

Place: FlashError -> `text` -> terminal, runs; the catalogue -> `__main__` -> docs.
Guarantee: `text` never raises. What has no row, or lacks a value, is told as code and values.
"""

import re
from typing import NamedTuple

from tools.flashing.errors import FlashError
from tools.flashing.messages import (
    boards,
    bundles,
    cli,
    doctor,
    flow,
    mounting,
    paper,
    records,
    system,
)
from tools.flashing.messages.message import Message


class Area(NamedTuple):
    """The messages of one part of the tool; `names` are German and English."""

    names: tuple[str, str]
    messages: dict[str, Message]


AREAS = (
    Area(("Anschluss und Platine", "Ports and boards"), boards.MESSAGES),
    Area(("Bündel, Image, Dateisystem", "Bundle, image, filesystem"), bundles.MESSAGES),
    Area(("Werkstatt, Bestand, Schlüssel", "Workshop, records, keys"), records.MESSAGES),
    Area(("Weg einer Platine", "The way of a board"), flow.MESSAGES),
    Area(("Montage", "Mounting"), mounting.MESSAGES),
    Area(("Etiketten und Schilder", "Labels and signs"), paper.MESSAGES),
    Area(("Diagnose", "Diagnosis"), doctor.MESSAGES),
    Area(("Befehlszeile", "Command line"), cli.MESSAGES),
)
# A reason that somebody else has written may end like a sentence; ours goes on with a full stop.
_ENDED_TWICE = re.compile(r"([.?!…])\.$")
CATALOGUE = {code: row for area in AREAS for code, row in area.messages.items()}


def text(error: FlashError, lang: str) -> str:
    """Return `F101 Sentence. Next step.` in a language, `de` or `en`."""
    row = CATALOGUE.get(error.code)
    if row is None:
        return str(error)
    sentences = (row.en, row.en_next) if lang == "en" else (row.de, row.de_next)
    values = {name: _shown(value, lang) for name, value in error.values.items()}
    try:
        filled = (_ENDED_TWICE.sub(r"\1", sentence.format(**values)) for sentence in sentences)
        return " ".join([error.code, *filled])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return str(error)


def _shown(value: object, lang: str) -> object:
    """Return a value as people write it: a list without brackets, a text on one line."""
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return ", ".join(str(item) for item in items)
    if isinstance(value, int | float):
        return value
    words = " ".join(str(value).split())
    return system.german(words) if lang == "de" else words
