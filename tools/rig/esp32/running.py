"""Virtual ESP32s for programs without an event loop of their own.

    with running(folder, Wish(count=2, board="heltec-v3")) as (first, second):
        esptool ... first.port
        first.faults.pull_after_bytes = 1000
        first.plug()

Place: tests and benches of tools that flash -> `running` -> `bench`, in a thread.
Guarantee: all boards run when the block begins, and are gone when it ends. What a method asks for
has happened when it returns; its RigError is raised where it was called.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.rig.errors import RigError
from tools.rig.esp32.bench import Wish, bench
from tools.rig.esp32.esp32 import VirtualEsp32
from tools.rig.esp32.faults import Faults

_PATIENCE_S = 30.0


class Running:
    """One board; `printed` is what its console said."""

    def __init__(self, esp: VirtualEsp32, loop: asyncio.AbstractEventLoop):
        self._esp = esp
        self._loop = loop
        self.printed = bytearray()

    @property
    def port(self) -> str:
        """Return the path to open."""
        return str(self._esp.port)

    @property
    def flash(self) -> Path:
        """Return the file of the flash."""
        return self._esp.flash

    @property
    def kind(self) -> str:
        """Return the name of its chip."""
        return self._esp.kind.name

    @property
    def mac(self) -> bytes:
        """Return the address in its eFuses."""
        return self._esp.mac

    @property
    def faults(self) -> Faults:
        """Return what goes wrong; its fields may be set."""
        return self._esp.faults

    @property
    def mode(self) -> str:
        """Return what it does: off, start, run, bad image, brown-out, download."""
        return self._esp.mode

    @property
    def bytes_down(self) -> int:
        """Return how many bytes the host sent."""
        return self._esp.bytes_down

    @property
    def is_plugged(self) -> bool:
        """Say whether it has a port."""
        return self._esp.is_plugged

    def unplug(self) -> None:
        """Pull the cable, and with it the power."""
        self._do(self._esp.unplug())

    def plug(self) -> None:
        """Plug the cable in; it starts."""
        self._do(self._esp.plug())

    def power_cut(self) -> None:
        """Take the power; the port stays."""
        self._do(self._esp.power_cut())

    def power_on(self) -> None:
        """Give it power."""
        self._do(self._esp.power_on())

    def reset(self) -> None:
        """Press EN."""
        self._do(self._esp.reset())

    def until(self, is_so: Callable[[], object], what: str) -> None:
        """Wait for something; RigError where it does not happen."""
        deadline = time.monotonic() + _PATIENCE_S
        while not is_so():
            if time.monotonic() > deadline:
                raise RigError(f"this did not happen: {what}; it is in {self.mode}")
            time.sleep(0.002)

    def until_mode(self, mode: str) -> None:
        """Wait until it is in a mode."""
        self.until(lambda: self.mode == mode, f"mode {mode}")

    def until_printed(self, text: bytes) -> None:
        """Wait until its console said something."""
        self.until(lambda: text in self.printed, f"{text!r} in {bytes(self.printed[-500:])!r}")

    def _do(self, what: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(_PATIENCE_S)


@contextmanager
def running(folder: Path, wish: Wish | None = None) -> Iterator[list[Running]]:
    """Yield boards that run; RigError where one does not start."""
    thread = _Thread(folder, wish or Wish())
    try:
        yield thread.start()
    finally:
        thread.stop()


class _Thread:
    """The event loop of all boards of one bench."""

    def __init__(self, folder: Path, wish: Wish):
        self._folder = folder
        self._wish = wish
        self._boards: list[Running] = []
        self._failure: BaseException | None = None
        self._is_up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end: asyncio.Event
        self._thread = threading.Thread(target=self._work, name="virtual ESP32s", daemon=True)

    def start(self) -> list[Running]:
        self._thread.start()
        self._is_up.wait()
        if self._failure:
            raise self._failure
        return self._boards

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run())
        except BaseException as e:  # raised where the block begins
            self._failure = e
        finally:
            self._is_up.set()

    async def _run(self) -> None:
        self._end = asyncio.Event()
        early: dict[int, bytearray] = {i: bytearray() for i in range(self._wish.count)}
        async with bench(self._folder, self._wish, lambda i, data: early[i].extend(data)) as esps:
            self._boards = [Running(esp, self._loop) for esp in esps]
            for board, printed in zip(self._boards, early.values(), strict=True):
                board.printed = printed
            self._is_up.set()
            await self._end.wait()
