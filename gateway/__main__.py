"""`python -m gateway` and the installed command `neckar-gateway`: `gateway.cli` does it."""

import sys

from gateway.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
