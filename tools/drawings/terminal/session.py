"""One command at a terminal of its own, and somebody who answers its questions.

Place: scenes -> `run` -> a process on a PTY -> Screen.
Guarantee: the process has ended when `run` returns; what takes too long is killed.
"""

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.drawings.terminal.screen import COLUMNS, Screen

_ROWS = 40
_PATIENCE_S = 240.0
_CHUNK_BYTES = 1 << 16


class SessionError(Exception):
    """A command did not do what its picture is to show."""


def run(
    command: Sequence[str],
    shown: str,
    answers: Sequence[tuple[str, str]],
    folder: Path,
    environment: Mapping[str, str],
    on_change: Callable[[Screen], str | None] | None = None,
) -> Screen:
    """Run a command in a folder, shown as `shown`; return what the terminal shows at its end.

    `answers` are pieces of questions, and what is typed at the prompt that follows. `on_change`
    sees the screen after each change; what it returns is typed as well.
    """
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("4H", _ROWS, COLUMNS, 0, 0))
    screen = Screen()
    for line in _typed(shown):
        screen.feed(f"\x1b[1m{line}\x1b[0m\r\n")
    process = subprocess.Popen(
        command, stdin=far, stdout=far, stderr=far, cwd=folder, env=dict(environment)
    )
    os.close(far)
    try:
        _watch(near, screen, list(answers), on_change)
        process.wait(_PATIENCE_S)
    finally:
        process.kill()
        process.wait()
        os.close(near)
    return screen


def _typed(shown: str) -> list[str]:
    """Return a command on as many lines as it needs, each option with its value on one."""
    lines = ["$"]
    for part in shown.replace(" --", "\n--").split("\n"):
        if len(lines[-1]) + len(part) > COLUMNS - 4:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {part}"
    return lines


def _watch(
    near: int,
    screen: Screen,
    answers: list[tuple[str, str]],
    on_change: Callable[[Screen], str | None] | None,
) -> None:
    """Read until the program has closed the terminal, and type."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    deadline = time.monotonic() + _PATIENCE_S
    new = ""
    while select.select([near], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            text = decoder.decode(os.read(near, _CHUNK_BYTES))
        except OSError:  # EIO: nobody has the other end
            if answers:
                raise SessionError(f"{answers[0][0]!r} was never asked:\n{screen.words}") from None
            return
        screen.feed(text)
        new += text
        typed = on_change(screen) if on_change else None
        if answers and answers[0][0] in new and screen.words.endswith((">", "]")):
            typed, new = answers.pop(0)[1], ""
        if typed is not None:
            os.write(near, f"{typed}\n".encode())
    raise SessionError(f"this takes too long:\n{screen.words}")
