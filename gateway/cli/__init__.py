"""`neckar-gateway [-c FILE] COMMAND ...`: find the command, run it, map errors to exit codes.

Place: the operator's shell or systemd -> here -> the module of the same name in this folder.
Guarantee: only the module of the command that was named is imported. What an operator did wrong is
one line on standard error and exit code 2; no traceback for what the gateway has a word for.

0    done, or ended by SIGTERM or SIGINT
1    the disk or something else failed; `status`: something is wrong
2    the command line, the configuration or what was typed is wrong: one line says what
130  ended by Ctrl-C

A command's module has `add_parser(subparsers)`, which adds the parser of its name and sets
`func(options) -> int`, the exit code. `options.config` is the configuration file.
"""

import argparse
import importlib
import io
import os
import sys
from pathlib import Path
from typing import NoReturn

from gateway.errors import ConfigError, GatewayError

COMMANDS = {
    "run": "run the gateway until SIGTERM",
    "check": "look whether everything it needs is there, and change nothing",
    "status": "how the running gateway is, and what to do if it is not well",
    "nodes": "the hardware that may be heard: list, add, swap, revoke",
    "points": "the measuring points: what stands where, and whose it is",
    "labs": "the labs that measuring points belong to",
    "technicians": "whose mount records are taken: add, list, remove",
    "keys": "the gateway's own key, and import of nodes' sealed keys",
    "command": "send a command to a node or to a lab, and see what became of it",
    "days": "per node and day: expected, received, recovered, late, missing",
}

_DEFAULT = "/etc/neckar/gateway.toml"
_HELP = f"the TOML file to work with, at any place (else $NECKAR_CONFIG, else {_DEFAULT})"
_WRONG = 2
_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; parsers of commands below it are of this kind as well."""

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with exit code 2."""
        self.exit(_WRONG, f"{self.prog}: {message} ({self.prog} --help says more)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command that was typed; return the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):  # names have umlauts, whatever the locale knows
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        options = _parse(words)
        code = _call(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough; the interpreter flushes once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parse(words: list[str]) -> argparse.Namespace:
    config, words = _without_config(words)
    parser = _Parser("neckar-gateway", description="Neckar's gateway")
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", default=config, help=_HELP)
    for word in words:
        if not _is_text(word):
            parser.error(f"{word!a} should be UTF-8")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    named = next((word for word in words if not word.startswith("-")), None)
    for name, text in COMMANDS.items():
        if name == named:
            importlib.import_module(f"gateway.cli.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=text)
    return parser.parse_args(words)


def _is_text(word: str) -> bool:
    """Say whether a word was UTF-8: of other bytes Python makes what no file takes."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_config(words: list[str]) -> tuple[Path, list[str]]:
    """Take `-c FILE` out, wherever it stands; return the file and the other words."""
    path = os.environ.get("NECKAR_CONFIG") or _DEFAULT
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word in ("-c", "--config"):
            value = next(left, None)
            if value is None:
                rest.append(word)  # the parser says what is missing
            else:
                path = value
        elif word.startswith("--config="):
            path = word.removeprefix("--config=")
        else:
            rest.append(word)
    return Path(path), rest


def _call(options: argparse.Namespace) -> int:
    try:
        return options.func(options)
    except GatewayError as e:
        return _say(e, options.config)
    except PermissionError as e:  # state and secrets belong to root and the service alone
        text = f"neckar-gateway: {e.filename}: this user may not look at it: try with sudo"
        print(text, file=sys.stderr)
        return 1
    except BaseExceptionGroup as group:  # a task failed, and all were ended with it
        ours = group.subgroup(GatewayError)
        if ours is None:
            raise
        return _say(_first(ours), options.config)


def _say(error: BaseException, config: Path) -> int:
    """Print what went wrong; return the exit code."""
    if isinstance(error, ConfigError):
        print(f"neckar-gateway: {config}: {error}", file=sys.stderr)
        return _WRONG
    print(f"neckar-gateway: {error}", file=sys.stderr)
    return getattr(error, "exit_code", 1)


def _first(group: BaseExceptionGroup) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
