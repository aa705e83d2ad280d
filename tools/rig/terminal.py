"""Pseudo terminals: what a computer sees of a board's ports, and what the interpreter sees of them.

Place: mpremote, gateway <-> HostPort <-> cable, console <-> interpreter.
Guarantee: a terminal is raw, so every byte passes as it is; the supervisor keeps the far side open,
so a program that closes the port ends nothing; the path of a HostPort stays the same, whatever
terminal is behind it.
"""

import os
import termios
import tty
from pathlib import Path

from tools.rig.errors import RigError


class Terminal:
    """A pair of descriptors: `near` is the supervisor's, `path` is what others open."""

    def __init__(self) -> None:
        self.near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self.near, False)
        self.path = os.ttyname(self._far)

    def release(self) -> None:
        """Keep the far side open no longer: `near` fails when the last program closes it."""
        os.close(self._far)
        self._far = -1

    def hold(self) -> None:
        """Keep the far side open again."""
        self._far = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)

    def forget_input(self) -> None:
        """Drop what was written here and not yet read by who has `path` open."""
        termios.tcflush(self._far, termios.TCIFLUSH)

    def close(self) -> None:
        """Close both sides; who has `path` open reads an error or the end."""
        if self._far >= 0:
            os.close(self._far)
        os.close(self.near)


class HostPort:
    """A terminal that comes and goes behind the symlink `link`."""

    def __init__(self, link: Path):
        self.link = link
        self._terminal: Terminal | None = None

    @property
    def terminal(self) -> Terminal | None:
        """Return what is behind the link."""
        return self._terminal

    @property
    def is_open(self) -> bool:
        """Say whether there is a terminal behind the link."""
        return self._terminal is not None

    def open(self) -> int:
        """Make a terminal and let the link lead to it; return the supervisor's descriptor."""
        terminal = Terminal()
        try:
            _point(self.link, terminal.path)
        except OSError as e:
            terminal.close()
            raise RigError(f"cannot make the port {self.link}: {e.strerror}") from e
        self._terminal = terminal
        return terminal.near

    def close(self) -> None:
        """Remove the link and close the terminal."""
        if self._terminal is None:
            return
        if self.link.is_symlink() and str(self.link.readlink()) == self._terminal.path:
            self.link.unlink()
        self._terminal.close()
        self._terminal = None


def _point(link: Path, target: str) -> None:
    """Make a link in one step, in place of a link that an earlier rig left; never of a file."""
    if link.exists() and not link.is_symlink():
        raise FileExistsError(0, "a file of this name exists")
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
