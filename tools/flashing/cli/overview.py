"""The overview of all commands: what `tools/flash --help` prints.

Place: the table of commands, texts -> here -> standard output.
"""

from tools.flashing.cli import COMMANDS
from tools.flashing.texts import say

_GROUPS = ("boards", "mast", "workshop", "help")
_COLUMN = 18
_WIDTH = 79


def overview(program: str, lang: str) -> str:
    """Return the text."""
    usage = say("usage", lang) + f"{program} [{say('command word', lang)}] "
    lines = [usage + f"[{say('switches word', lang)}]", "", say("title", lang)]
    for group in _GROUPS:
        lines += ["", f"{say(f'group {group}', lang)}:"]
        for name, command in COMMANDS.items():
            if command.group == group:
                lines += _row(name, say(f"command {name}", lang))
    return "\n".join([*lines, "", say("more help", lang, program=program)])


def _row(name: str, text: str) -> list[str]:
    """Return a name and its text beside it, on as many lines as that takes."""
    import textwrap

    wrapped = textwrap.wrap(text, _WIDTH - _COLUMN - 2)
    first = f"  {name:{_COLUMN}}{wrapped[0]}"
    return [first, *(" " * (_COLUMN + 2) + line for line in wrapped[1:])]
