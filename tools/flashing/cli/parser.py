"""argparse that speaks German, and whose complaints are FlashErrors.

Place: the module of a command -> Parser -> its options; wrong usage -> F80x.
Guarantee: nothing of argparse's own English reaches a technician, and nothing exits from here.

argparse has no translation of its own and no way to give it one but the locale of the whole
process. So its help is laid out with our words, and its few complaints are told apart by theirs,
which are the same in Python 3.11 and 3.13.
"""

import argparse
import re
from collections.abc import Callable, Collection
from typing import Any, NoReturn

from tools.flashing.errors import FlashError
from tools.flashing.texts import say

_WIDTH = 79
_MAY_BE_EMPTY = "TEXT"
_LACKING = "the following arguments are required: "
_UNKNOWN = "unrecognized arguments: "
_NO_VALUE = re.compile(r"argument (\S+): expected ")
_NOT_WANTED = re.compile(r"argument (\S+): ignored explicit argument (.*)")


class Parser(argparse.ArgumentParser):
    """Takes the arguments of one command: `given`, `option` ..., then argparse's `parse_args`."""

    def __init__(self, program: str, command: str, lang: str):
        super().__init__(
            prog=f"{program} {command}",
            description=say(f"command {command}", lang),
            add_help=False,
            allow_abbrev=False,
            formatter_class=lambda prog: _Formatter(prog, lang),
        )
        self.command = command
        self.lang = lang
        self._given = self.add_argument_group(say("given", lang))
        self._switches = self.add_argument_group(say("switches", lang))
        self._everywhere = self.add_argument_group(say("everywhere", lang))

    def given(self, name: str, value: str, text: str | None = None, **more: Any) -> None:
        """Add an argument that is told by its place; `value` is a row `VALUE ...` of the texts."""
        help_text = say(text or f"option {name}", self.lang)
        metavar = say(f"VALUE {value}", self.lang)
        more.setdefault("type", self._full(metavar))
        self._given.add_argument(name, metavar=metavar, help=help_text, **more)

    def option(self, name: str, value: str, text: str | None = None, **more: Any) -> None:
        """Add an option with a value; more are keywords of argparse or gaps of the text."""
        gaps = more.pop("gaps", {})
        help_text = say(text or f"option {name[2:]}", self.lang, **gaps).replace("%", "%%")
        metavar = say(f"VALUE {value}", self.lang)
        if value != _MAY_BE_EMPTY:
            more.setdefault("type", self._full(name))
        self._switches.add_argument(name, metavar=metavar, help=help_text, **more)

    def choice(self, name: str, possible: Collection[str]) -> None:
        """Add an option that takes one of a few words."""
        help_text = say(f"option {name[2:]}", self.lang)
        metavar = "|".join(possible)
        kind = one_of(name, possible)
        self._switches.add_argument(name, metavar=metavar, help=help_text, type=kind)

    def flag(self, name: str) -> None:
        """Add an option without a value."""
        help_text = say(f"option {name[2:]}", self.lang)
        self._switches.add_argument(name, action="store_true", help=help_text)

    def everywhere(self) -> None:
        """Add what every command takes."""
        file, folder = say("VALUE FILE", self.lang), say("VALUE FOLDER", self.lang)
        add = self._everywhere.add_argument
        text = say("option workshop", self.lang)
        add("--workshop", metavar=folder, type=self._full("--workshop"), help=text)
        text = say("option bundle", self.lang)
        add("--bundle", metavar=file, type=self._full("--bundle"), help=text)
        text = say("option lang", self.lang)
        add("--lang", metavar="de|en", type=one_of("--lang", ("de", "en")), help=text)
        add("--help", "-h", action="store_true", help=say("option help", self.lang))

    def _full(self, name: str) -> Callable[[str], str]:
        """Return what takes any word but an empty one, as a variable of the shell that is not set.

        Nothing would be another thing than what was meant: any port, the usual workshop.
        """

        def taken(word: str) -> str:
            if not word.strip():
                raise FlashError("F803", command=self.command, option=name)
            return word

        return taken

    def error(self, message: str) -> NoReturn:
        """Raise what argparse complains of as a FlashError."""
        if message.startswith(_LACKING):
            raise FlashError("F804", command=self.command, what=message.removeprefix(_LACKING))
        if found := _NO_VALUE.match(message):
            raise FlashError("F803", command=self.command, option=found[1])
        if found := _NOT_WANTED.match(message):
            raise FlashError("F802", command=self.command, words=f"{found[1]}={found[2]}")
        raise FlashError("F802", command=self.command, words=message.removeprefix(_UNKNOWN))


class _Formatter(argparse.HelpFormatter):
    """The help in our words, as wide as the narrowest terminal."""

    def __init__(self, prog: str, lang: str):
        super().__init__(prog, max_help_position=28, width=_WIDTH)
        self._lang = lang

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """Begin the usage with our word for it."""
        super().add_usage(usage, actions, groups, say("usage", self._lang))


def one_of(option: str, possible: Collection[str]) -> Callable[[str], str]:
    """Return what takes one of a few words; F805 for another."""

    def taken(word: str) -> str:
        if word not in possible:
            raise FlashError("F805", option=option, value=word, possible=", ".join(possible))
        return word

    return taken


def whole(option: str, lowest: int, highest: int) -> Callable[[str], int]:
    """Return what takes a whole number of a range; F805 for anything else."""

    def taken(word: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", word) or not lowest <= int(word) <= highest:
            raise FlashError("F805", option=option, value=word, possible=f"{lowest}–{highest}")
        return int(word)

    return taken
