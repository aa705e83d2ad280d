"""What tests of the virtual ESP32 share: real esptool and mpremote, and boards that run."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PATIENCE_S = 60.0


def esptool(port: str, *words: str | Path, fails: bool = False) -> str:
    """Run esptool on a port; return all that it said."""
    return _run("esptool", "--port", port, *words, fails=fails)


@contextlib.contextmanager
def esptool_at_work(port: str, *words: str | Path) -> Iterator[None]:
    """Run esptool beside a block, and end it then: it waits seconds for a port that is gone."""
    command = [sys.executable, "-m", "esptool", "--port", port, *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def mpremote(port: str, *words: str | Path, fails: bool = False) -> str:
    """Run mpremote on a port; return all that it said."""
    return _run("mpremote", "connect", port, *words, fails=fails)


def _run(module: str, *words: str | Path, fails: bool) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_S,
        check=False,
        text=True,
        env={**os.environ, "COLUMNS": "500", "NO_COLOR": "1"},
    )
    assert (done.returncode != 0) == fails, done.stdout
    return done.stdout
