"""A run of provisioning that is killed where a step begins, without a word: a process of its own.

    python -m tests.for_tools.flashing_victim WORKSHOP FOLDER PORT STEP

Place: test_flash_cuts -> here. FOLDER holds the bundle.
"""

import os
import sys
from pathlib import Path

from tests.for_tools.flashing_bundle import PUBLIC
from tools.benchmark.workbench import WISH, Watcher
from tools.flashing.bundle.opening import open_bundle
from tools.flashing.provisioning import provision
from tools.flashing.workshop import load

KILLED = 9


class _Killer(Watcher):
    """Ends the process where a step begins."""

    def __init__(self, name: str):
        super().__init__()
        self._name = name

    def step(self, name: str) -> None:
        if name == self._name:
            os._exit(KILLED)


def main(workshop: str, folder: str, port: str, step: str) -> None:
    """Set the board up, as far as it goes."""
    bundle = open_bundle(Path(folder) / "neckar.bundle", [PUBLIC])
    provision(port, WISH, load(Path(workshop)), bundle, _Killer(step))


if __name__ == "__main__":
    main(*sys.argv[1:])
