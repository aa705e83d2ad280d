"""Takes values out of parsed TOML one by one, each checked, and names what is wrong.

Place: under `config`.
Guarantee: what is not asked for is an error at `finish`, so that a misspelt key is never ignored.
"""

import re
from pathlib import Path
from typing import Any

from gateway.errors import ConfigError

_REQUIRED: Any = object()


class Table:
    """One TOML table; `path` is its name in messages (`serial[1]`)."""

    def __init__(self, path: str, values: dict[str, Any]):
        self.path = path
        self._values = dict(values)
        self._known: set[str] = set()

    def _name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _take(self, key: str, default: Any, kinds: tuple[type, ...], wanted: str) -> Any:
        self._known.add(key)
        value = self._values.pop(key, default)
        if value is _REQUIRED:
            raise ConfigError(self._name(key), "missing", wanted)
        if value is default:
            return value
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ConfigError(self._name(key), value, wanted)
        return value

    def text(
        self,
        key: str,
        default: Any = _REQUIRED,
        pattern: str = r"[^\x00-\x1f]+",
        wanted: str = "a text without control characters",
    ) -> Any:
        """Return a string that matches `pattern`."""
        value = self._take(key, default, (str,), wanted)
        if value is not default and not re.fullmatch(pattern, value):
            raise ConfigError(self._name(key), value, wanted)
        return value

    def choice(self, key: str, options: tuple[str, ...], default: str) -> str:
        """Return one of `options`."""
        wanted = "one of " + ", ".join(options)
        value = self._take(key, default, (str,), wanted)
        if value not in options:
            raise ConfigError(self._name(key), value, wanted)
        return value

    def integer(self, key: str, lowest: int, highest: int, default: Any = _REQUIRED) -> int:
        """Return a whole number within the bounds."""
        wanted = f"a whole number from {lowest} to {highest}"
        value = self._take(key, default, (int,), wanted)
        if not lowest <= value <= highest:
            raise ConfigError(self._name(key), value, wanted)
        return value

    def number(self, key: str, lowest: float, highest: float, default: Any = _REQUIRED) -> float:
        """Return a number within the bounds."""
        wanted = f"a number from {lowest} to {highest}"
        value = self._take(key, default, (int, float), wanted)
        if not lowest <= value <= highest:
            raise ConfigError(self._name(key), value, wanted)
        return float(value)

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false."""
        return self._take(key, default, (bool,), "true or false")

    def file(self, key: str, folder: Path, required: bool = False) -> Path | None:
        """Return a path, relative to the folder of the configuration, of a file that exists."""
        default = _REQUIRED if required else None
        value = self._take(key, default, (str,), "the path of a file")
        if value is None:
            return None
        path = folder / value
        if not path.is_file():
            raise ConfigError(self._name(key), str(path), "the path of a file that exists")
        return path

    def has(self, key: str) -> bool:
        """Say whether a key is given."""
        return key in self._values

    def table(self, key: str) -> "Table":
        """Return a table below this one; an absent one is empty."""
        return Table(self._name(key), self._take(key, {}, (dict,), f"a table [{key}]"))

    def tables(self, key: str) -> list["Table"]:
        """Return an array of tables."""
        wanted = f"tables [[{key}]]"
        items = self._take(key, [], (list,), wanted)
        if not all(isinstance(item, dict) for item in items):
            raise ConfigError(self._name(key), items, wanted)
        return [Table(f"{self._name(key)}[{i}]", item) for i, item in enumerate(items)]

    def finish(self) -> None:
        """Refuse whatever was not asked for."""
        for key, value in self._values.items():
            known = ", ".join(sorted(self._known))
            raise ConfigError(self._name(key), value, f"removed: it is unknown; known are {known}")
