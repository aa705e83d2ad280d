"""One run of the interpreter, from power-on to its end.

Place: board -> Process -> MicroPython.
Guarantee: the interpreter gets its terminal, the descriptors and the environment it is given, and
nothing else. It leads a session whose controlling terminal is the supervisor's: when the supervisor
dies, however it dies, the kernel hangs up and the interpreter ends.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

# Dispositions survive exec: a supervisor under nohup would hand on that SIGHUP is ignored.
_DEFAULT_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTERM)
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH")  # for an interpreter that is itself a script


class Process:
    """Started by its constructor; `on_exit` gets the exit code, negative for a signal."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        terminal: str,
        descriptors: Iterable[int],
        on_exit: Callable[[int], None],
    ):
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        # Opening a terminal as the leader of a session makes it the controlling one; a descriptor
        # duplicated onto itself survives exec.
        actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
            (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, 0, 2),
        ]
        actions += [(os.POSIX_SPAWN_DUP2, number, number) for number in descriptors]
        self.pid = os.posix_spawn(
            command[0],
            command,
            {**kept, **environment},
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=_DEFAULT_SIGNALS,
        )
        self._on_exit = on_exit
        self._pidfd = os.pidfd_open(self.pid)
        self._has_ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._pidfd, self._reap)

    def kill(self) -> None:
        """End it without a goodbye."""
        if not self._has_ended.is_set():
            os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> None:
        """Wait until it has ended and `on_exit` was called."""
        await self._has_ended.wait()

    def interrupt(self) -> bool:
        """Act on Ctrl-C: True when code was running, False when the byte is for who reads."""
        if not self._catches_interrupts():
            return False
        os.kill(self.pid, signal.SIGINT)
        return True

    def _catches_interrupts(self) -> bool:
        """MicroPython handles SIGINT exactly while its interrupt character is enabled."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        except OSError:
            return False
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGINT - 1) & 1)

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        _, status = os.waitpid(self.pid, 0)
        self._has_ended.set()
        self._on_exit(os.waitstatus_to_exitcode(status))
