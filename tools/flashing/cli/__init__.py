"""`tools/flash COMMAND ...`: find the command, run it, map what goes wrong to a line and a code.

Place: the technician's shell -> here -> the module of the command in this folder.
Guarantee: only the module of the command that was named is imported. Whatever happens is one line
with a code on standard error, never a traceback: details of what was not foreseen are in a file.

0    done
1    a board or something else failed
2    the command line is wrong
130  stopped by Ctrl-C
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tools.flashing.cli import terminal
from tools.flashing.errors import FlashError
from tools.flashing.language import LANGUAGES, language

_INSTALLED = "neckar-flash"
PROGRAM = _INSTALLED if Path(sys.argv[0]).name == _INSTALLED else "tools/flash"
_OK, _FAILED, _INTERRUPTED = 0, 1, 130  # 128 + SIGINT, as shells report it
_USAGE = ("F801", "F802", "F803", "F804", "F805", "F806", "F808", "F812", "F825")
_CODES = {
    "F809": _INTERRUPTED,
    **dict.fromkeys(_USAGE, 2),
}
_ON_BOARDS = ("boards", "bench", "retiring")
_HELP = ("--help", "-h", "help")
_WITH_VALUE = ("--lang", "--workshop", "--bundle")


class Command(NamedTuple):
    """`module` has `add_<name>(parser)` and `<name>(desk) -> exit code`; `group`: of the help."""

    module: str
    name: str
    group: str


# A command of two words stands below the first; a first word alone, with no row, lists those.
COMMANDS = {
    "node": Command("boards", "node", "boards"),
    "modem": Command("boards", "modem", "boards"),
    "batch": Command("bench", "batch", "boards"),
    "rekey": Command("boards", "rekey", "boards"),
    "swap": Command("boards", "swap", "boards"),
    "retire": Command("retiring", "retire", "boards"),
    "ports": Command("ports", "ports", "boards"),
    "init": Command("workshop", "init", "workshop"),
    "lab add": Command("workshop", "lab_add", "workshop"),
    "lab list": Command("workshop", "lab_list", "workshop"),
    "inventory": Command("inventory", "inventory", "workshop"),
    "inventory import": Command("inventory", "inventory_import", "workshop"),
    "inventory seal": Command("inventory", "inventory_seal", "workshop"),
    "bundle make": Command("bundles", "bundle_make", "workshop"),
    "bundle show": Command("bundles", "bundle_show", "workshop"),
    "bundle verify": Command("bundles", "bundle_verify", "workshop"),
    "bundle key": Command("bundles", "bundle_key", "workshop"),
    "label": Command("paper", "label", "workshop"),
    "sign": Command("paper", "sign", "workshop"),
    "mount": Command("mounting", "mount", "mast"),
    "doctor": Command("doctor", "doctor", "help"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that was typed; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    terminal.prepare()
    lang = language(_wanted_language(words))
    try:
        code = _run(words, lang)
        sys.stdout.flush()
    except BrokenPipeError:
        terminal.hush(sys.stdout)
        return _OK
    except KeyboardInterrupt:
        if sys.stderr.isatty():  # where ^C stands, behind a question perhaps
            print(file=sys.stderr)
        _complain(FlashError(_stopped(words)), lang)
        return _INTERRUPTED
    except FlashError as e:
        _complain(e, lang)
        return _CODES.get(e.code, _FAILED)
    except Exception as e:
        from tools.flashing.crash import told

        _complain(told(e), lang)
        return _FAILED
    return code


def find(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command that is meant and its arguments; F801 where there is none like it.

    What is valid with every command may stand before it. Without a command `node` is meant.
    """
    before, rest = _before(words)
    if not rest or rest[0].startswith("-"):
        return "node", before + rest
    for count in (2, 1):
        name = " ".join(rest[:count])
        if len(rest) >= count and name in COMMANDS:
            return name, before + rest[count:]
    below = [name for name in COMMANDS if name.startswith(f"{rest[0]} ")]
    raise FlashError(
        "F801", command=" ".join(rest[: 2 if below else 1]), possible=below or _near(rest[0])
    )


def _before(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is valid with every command and stands before it, and the rest."""
    before: list[str] = []
    rest = list(words)
    while rest and rest[0].partition("=")[0] in _WITH_VALUE:
        count = 1 if "=" in rest[0] else 2
        before, rest = before + rest[:count], rest[count:]
    return before, rest


def _with_help(words: list[str]) -> list[str]:
    """Return `node --help` for `help node`."""
    before, rest = _before(words)
    asks = len(rest) > 1 and rest[0] == "help" and not rest[1].startswith("-")
    return [*before, *rest[1:], "--help"] if asks else words


def _run(words: list[str], lang: str) -> int:
    words = _with_help(words)
    _, rest = _before(words)
    if rest and rest[0] in _HELP:
        from tools.flashing.cli.overview import overview

        print(overview(PROGRAM, lang))
        return _OK
    from tools.flashing.cli.parser import Parser

    name, rest = find(words)
    command = COMMANDS[name]
    module = importlib.import_module(f"tools.flashing.cli.{command.module}")
    parser = Parser(PROGRAM, name, lang)
    getattr(module, f"add_{command.name}")(parser)
    parser.everywhere()
    if "--help" in rest or "-h" in rest:
        print(parser.format_help(), end="")
        return _OK
    given = parser.parse_args(rest)
    from tools.flashing.cli.desk import Desk

    return getattr(module, command.name)(Desk(given, lang))


def _stopped(words: Sequence[str]) -> str:
    """Return the code of a Ctrl-C: only where boards are worked on can one be unfinished."""
    try:
        return "F809" if COMMANDS[find(words)[0]].module in _ON_BOARDS else "F824"
    except FlashError:
        return "F824"


def _wanted_language(words: Sequence[str]) -> str | None:
    """Return what --lang says, before anything can complain in the wrong language."""
    for at, word in enumerate(words):
        if word.startswith("--lang"):
            value = word.partition("=")[2] or "".join(words[at + 1 : at + 2])
            return value if value in LANGUAGES else None
    return None


def _near(word: str) -> list[str]:
    from difflib import get_close_matches

    firsts = list(dict.fromkeys(name.split()[0] for name in COMMANDS))
    return get_close_matches(word, firsts) or firsts


def _complain(error: FlashError, lang: str) -> None:
    from tools.flashing.messages import text

    print(text(error, lang), file=sys.stderr, flush=True)
