"""What esptool says, sent to the thread that it works for instead of the terminal.

Place: esptool -> here -> `chip`, one listener for each thread.
Guarantee: nothing of esptool reaches stdout or stderr. Boards that are written in several threads
at once do not hear each other.

esptool 5 has one logger for the whole process, and this one replaces it. That is the only state
which its calls share, but for a warning that is said once. It also makes a hexadecimal text of
every packet, whether anybody traces it or not, which is nine tenths of what a write costs here:
that text is left out.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from esp_pylib.logger import EspLogBase
from esptool import loader, reset
from esptool.logger import log
from esptool.util import FatalError, PrintOnce

_LINES = 60


class Listener:
    """`on_progress(done, total)` is told while something is written; `said` are the last lines.

    After `give_up_at` (of `time.monotonic`) esptool's next word ends what it does, with FatalError:
    a chip that answers only now and then would keep it trying for two minutes.
    """

    def __init__(self, on_progress: Callable[[int, int], None] | None = None):
        self.on_progress = on_progress
        self.said: deque[str] = deque(maxlen=_LINES)
        self.give_up_at: float | None = None

    def hear(self, text: str) -> None:
        """Take a line, or a dot of one."""
        if text.strip("."):
            self.said.append(text)
        if self.give_up_at is not None and time.monotonic() > self.give_up_at:
            self.give_up_at = None  # its own handlers may say more
            raise FatalError("Failed to connect: the time is up.")


class _ThreadLog(EspLogBase):
    def __init__(self) -> None:
        self._local = threading.local()

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Send what this thread's esptool says to a listener."""
        self._local.listener = listener
        try:
            yield
        finally:
            self._local.listener = None

    def print(self, *args: Any, **kwargs: Any) -> None:
        listener = getattr(self._local, "listener", None)
        if listener is not None:
            listener.hear(" ".join(str(each) for each in args).strip())

    def err(self, *args: Any, suggestion: str | None = None) -> None:
        self.print(*args)

    def warn(self, *args: Any, suggestion: str | None = None) -> None:
        self.print(*args)

    def note(self, *args: Any) -> None:
        self.print(*args)

    def hint(self, *args: Any) -> None:
        self.print(*args)

    def debug(self, *args: Any) -> None:
        """Nobody traces."""

    def set_verbosity(self, mode: int | str) -> None:
        """There is nothing to set."""

    def progress_bar(
        self,
        cur_iter: int,
        total_iters: int,
        prefix: str = "",
        suffix: str = "",
        bar_length: int = 30,
    ) -> None:
        listener = getattr(self._local, "listener", None)
        if listener is not None and listener.on_progress is not None:
            listener.on_progress(cur_iter, total_iters)


class _NoText:
    """Stands for the text of a packet that nobody traces."""

    def __init__(self, packet: bytes, auto_split: bool = True):
        pass


_log = _ThreadLog()
heard_by = _log.heard_by
log.set_logger(_log)
reset.ResetStrategy.print_once = PrintOnce(_log.warn)  # it had the logger of before
loader.HexFormatter = _NoText
