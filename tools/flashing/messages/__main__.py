"""`python -m tools.flashing.messages`: write docs/flash-messages.md, the table of all messages.

--check    write nothing; exit code 1 where the file is not what it would become

Place: the catalogue -> here -> docs.
Guarantee: the same catalogue gives the same file, byte for byte.
"""

import argparse
import sys
from pathlib import Path

from tools.flashing.messages import AREAS, Message

ROOT = Path(__file__).resolve().parents[3]
PAGE = Path("docs/flash-messages.md")
_HEAD = """# Messages of tools/flash

<!-- made by python -m tools.flashing.messages -->

Every message of `tools/flash` has a code, a sentence that says what is wrong, and one that says
what to do next. They are German; `--lang en`, or an English system, makes them English. What stands
in braces is filled in.
"""
_LANGUAGES = (
    ("Deutsch", ("Code", "Meldung", "Nächster Schritt")),
    ("English", ("code", "message", "next step")),
)


def page() -> str:
    """Return the text of docs/flash-messages.md."""
    parts = [_HEAD]
    for at, (name, columns) in enumerate(_LANGUAGES):
        parts.append(f"\n## {name}\n")
        for area in AREAS:
            if area.messages:
                parts.append(f"\n### {area.names[at]}\n\n")
                parts.append(_row(columns) + _row(("---",) * 3))
                parts += [_row((code, *row[2 * at :][:2])) for code, row in _sorted(area.messages)]
    return "".join(parts)


def _sorted(messages: dict[str, Message]) -> list[tuple[str, Message]]:
    return sorted(messages.items())


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def main(arguments: list[str] | None = None) -> int:
    """Write or check; return the exit code."""
    parser = argparse.ArgumentParser("tools.flashing.messages", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, say whether it is old")
    given = parser.parse_args(arguments)
    target = ROOT / PAGE
    if target.exists() and target.read_text(encoding="utf-8") == page():
        return 0
    print(PAGE, file=sys.stderr)
    if given.check:
        return 1
    target.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
