"""`python -m tools.flashing` and the command `neckar-flash`: `tools.flashing.cli` does it."""

import sys

from tools.flashing.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
