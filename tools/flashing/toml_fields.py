"""Takes values out of parsed TOML one by one, each checked, and names what is wrong.

Place: under `workshop`.
Guarantee: what was not asked for is F312 at `finish`, with the nearest name there is, so that no
slip is passed over. What may be a secret is not shown.
"""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tools.flashing.errors import FlashError
from tools.flashing.record_format import SECRET, shown

_NEEDED: Any = object()
TEXT = re.compile(r"[^\x00-\x1f\x7f]+")


class Table:
    """One table of a file; `path` is its name in messages (`labs.innenstadt`)."""

    def __init__(self, file: Path, path: str, values: dict[str, Any]):
        self.file = file
        self.path = path
        self._values = dict(values)
        self._known: list[str] = []

    def name(self, key: str) -> str:
        """Return how a field is called in messages."""
        return f"{self.path}.{key}" if self.path else key

    def names(self) -> list[str]:
        """Return the fields that nobody has asked for yet."""
        return list(self._values)

    def take(self, key: str, kinds: tuple[type, ...], example: str, default: Any = _NEEDED) -> Any:
        """Return a value of some types; F311 where it is not there and has to be."""
        self._known.append(key)
        if key not in self._values:
            if default is _NEEDED:
                self._misspelt(key)
                raise FlashError("F311", file=self.file, field=self.name(key), example=example)
            return default
        value = self._values.pop(key)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.wrong(key, value, example)
        return value

    def wrong(self, key: str, value: object, example: str) -> FlashError:
        """Return the error of a value."""
        told = "***" if SECRET.search(key) else shown(value)
        return FlashError("F310", file=self.file, field=self.name(key), value=told, example=example)

    def text(
        self, key: str, example: str, default: Any = _NEEDED, pattern: re.Pattern[str] = TEXT
    ) -> Any:
        """Return a text that matches."""
        value = self.take(key, (str,), example, default)
        if value is not default and not pattern.fullmatch(value):
            raise self.wrong(key, value, example)
        return value

    def number(self, key: str, lowest: float, highest: float, default: Any = _NEEDED) -> float:
        """Return a number within bounds."""
        example = f"{lowest} … {highest}"
        value = self.take(key, (int, float), example, default)
        if not lowest <= value <= highest:
            raise self.wrong(key, value, example)
        return float(value)

    def integer(self, key: str, lowest: int, highest: int, default: Any = _NEEDED) -> int:
        """Return a whole number within bounds."""
        example = f"{lowest} … {highest}"
        value = self.take(key, (int,), example, default)
        if not lowest <= value <= highest:
            raise self.wrong(key, value, example)
        return value

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false."""
        return self.take(key, (bool,), "true, false", default)

    def texts(self, key: str, example: str) -> list[str]:
        """Return a list of texts; none where it is not given."""
        values = self.take(key, (list,), example, [])
        for value in values:
            if not isinstance(value, str):
                raise self.wrong(key, value, example)
        return values

    def has(self, key: str) -> bool:
        """Say whether a field is given."""
        if key not in self._values:
            self._known.append(key)
        return key in self._values

    def table(self, key: str) -> "Table":
        """Return a table below; empty where it is not given."""
        values = self.take(key, (dict,), f"[{self.name(key)}]", {})
        return Table(self.file, self.name(key), values)

    def _misspelt(self, key: str) -> None:
        """Raise F312 where a field that is missing is there with a slip in its name."""
        for name in get_close_matches(key, self._values, n=1):
            raise FlashError("F312", file=self.file, field=self.name(name), known=key)

    def finish(self) -> None:
        """Raise F312 for what nobody asked for: it is misspelt, or in the wrong table."""
        for key in self._values:
            near = get_close_matches(key, self._known, n=3) or self._known
            raise FlashError("F312", file=self.file, field=self.name(key), known=", ".join(near))
