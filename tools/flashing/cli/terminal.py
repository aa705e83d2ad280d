"""The three standard streams, made such that printing to them never stops the work on a board.

Place: the shell -> here -> cli, desk.
Guarantee: a stream that was closed is one that leads nowhere, never a file or port that was opened
later. Text is UTF-8, whatever the locale knows.
"""

import io
import os
import sys
from typing import IO


def prepare() -> None:
    """Have all three streams."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):  # names have umlauts
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def hush(stream: IO[str]) -> None:
    """Lead a stream nowhere: `| head` has seen enough, and the interpreter flushes once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
