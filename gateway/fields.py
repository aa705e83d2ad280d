"""Takes values out of parsed TOML one by one, each checked, and names what is wrong.

Place: under `config`.
Guarantee: what is not asked for is an error at `finish`, so that a misspelt key is never ignored.
What may be a secret is not shown.
"""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gateway import credentials
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
            raise ConfigError(self._name(key), "missing", wanted + self._meant(key))
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

    def file(self, key: str, folder: Path) -> Path | None:
        """Return a path of a file that exists, or None where the key is not given.

        It is relative to `folder`, or `credential:NAME` (see `credentials`).
        """
        value = self._take(key, None, (str,), "the path of a file")
        return None if value is None else credentials.locate(self._name(key), value, folder)

    def store(self, key: str, folder: Path, default: str) -> Path:
        """Return the path of a file that may not be there yet, in a folder that is."""
        path = folder / self.text(key, default=default)
        if not path.parent.is_dir() or path.is_dir():
            raise ConfigError(self._name(key), str(path), "a file in a folder that exists")
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

    def expect(self, *keys: str) -> None:
        """Refuse any other key now, before a default hides that one was misspelt."""
        self._known.update(keys)
        for key, value in self._values.items():
            if key not in self._known:
                raise self._unknown(key, value)

    def finish(self) -> None:
        """Refuse whatever was not asked for, and name what may have been meant."""
        for key, value in self._values.items():
            raise self._unknown(key, value)

    def _unknown(self, key: str, value: Any) -> ConfigError:
        near = get_close_matches(key, self._known, n=1)
        meant = f"{self._name(near[0])}?" if near else "removed:"
        wanted = f"{meant} it is unknown; known are {', '.join(sorted(self._known))}"
        return ConfigError(self._name(key), credentials.veiled(key, value), wanted)

    def _meant(self, missing: str) -> str:
        """Name a given key that looks like the missing one."""
        near = get_close_matches(missing, self._values.keys() - self._known, n=1)
        return f" (is {self._name(near[0])} meant?)" if near else ""
