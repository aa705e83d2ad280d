"""`python -m tools.drawings`: write the drawings and tables of docs/sensors and docs/boards.

--check    write nothing; exit code 1 where a file is not what it would become

Place: firmware/boards/*.json, tools/drawings/sensors.py -> here -> docs.
Guarantee: the same input gives the same files, byte for byte. Of a page only what stands between
its two marks is replaced, see `pages`.
"""

import argparse
import sys
from pathlib import Path

from tools.drawings.pages import made

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Write or check; return the exit code."""
    parser = argparse.ArgumentParser("tools.drawings", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name what is old")
    given = parser.parse_args(arguments)
    is_old = False
    for path, text in made(ROOT).items():
        target = ROOT / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        is_old = True
        print(path, file=sys.stderr)
        if not given.check:
            target.write_text(text, encoding="utf-8")
    return int(is_old and given.check)


if __name__ == "__main__":
    sys.exit(main())
