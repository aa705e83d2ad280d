"""A virtual ESP32: the real MicroPython under a supervisor that owns its power, clock and cables.

Place: flash image -> interpreter on PTYs -> mpremote, gateway.
Guarantee: a killed process is a power cut, and the image is what the flash would hold. An
interpreter that ends is started again with the cause an ESP32 would report. A board whose own
filesystem does not come up is killed, never left in a REPL on the host's files. When this process
dies the interpreters die with it: their terminals hang up.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import termios
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from tools.rig.errors import RigError
from tools.rig.interpreter import find_micropython
from tools.rig.wire import Noise, Wire

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = range(1, 6)

# Free heap of an ESP32 when the firmware starts is about 110 KB; the same objects need 1.57 times
# as much on the 64-bit port.
ESP32_HEAP_KB = 172

_DEVICE = Path(__file__).parent / "device"
_SUPPORT_KB = 64  # what the stubs and the mounted flash may take on top; the rest is blocked
_EXIT_RESET = 10
_EXIT_SLEEP = 11
_EXIT_NO_FILESYSTEM = 13
_RAW_REPL = b"\x01"
_FRIENDLY_REPL = b"\x02"


class VirtualBoard:
    """One board. `console` and `uart(n)` are the paths of its ports.

    `heap_kb` is what is free when the firmware starts. `time_scale` divides the length of deep
    sleeps. `state_dir` holds the ports' links and the RTC memory. Call `stop` at the end.
    """

    def __init__(
        self,
        image: Path,
        *,
        state_dir: Path,
        name: str = "board",
        heap_kb: int = ESP32_HEAP_KB,
        uarts: tuple[int, ...] = (1,),
        time_scale: float = 1.0,
        on_console: Callable[[bytes], None] | None = None,
    ):
        self.image = image
        self.name = name
        self.boots: list[tuple[int, float]] = []
        self.sleeping = False
        self._heap_kb = heap_kb
        self._time_scale = time_scale
        self._rtc = state_dir / "rtc.bin"
        self.console = state_dir / "console"
        self.wire = {n: Wire(state_dir / f"uart{n}") for n in uarts}
        self._console = Wire(self.console, on_console)
        self._console.on_down = self._follow_repl_mode
        self._in_raw_repl = False
        self._process: asyncio.subprocess.Process | None = None
        self._control: asyncio.StreamReader | None = None
        self._watchdog_s: float | None = None
        self._sleep_ms = 0
        self._ready = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    def uart(self, number: int) -> Path:
        """Return the path of the host's end of a UART."""
        return self.wire[number].path

    def unplug(self, number: int) -> None:
        """Pull the cable of a UART."""
        self.wire[number].unplug()

    def plug(self, number: int) -> None:
        """Put the cable of a UART back in."""
        self.wire[number].plug()

    def set_noise(self, number: int, noise: Noise | None) -> None:
        """Disturb the cable of a UART, or end that with None."""
        self.wire[number].noise = noise

    async def power_on(self, timeout_s: float = 20.0) -> None:
        """Apply power and wait until the board's own filesystem is up, or raise RigError."""
        if self._life is not None:
            raise RigError(f"{self.name} is on already")
        self._rtc.write_bytes(bytes(2050))
        self._in_raw_repl = False
        self._ready.clear()
        self._life = asyncio.create_task(self._live(PWRON_RESET), name=self.name)
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, self._life}, timeout=timeout_s, return_when="FIRST_COMPLETED")
        if not ready.done():
            ready.cancel()
            life = self._life
            await self.power_cut()
            if life.done() and not life.cancelled() and (error := life.exception()):
                raise error
            raise RigError(f"{self.name} did not come up within {timeout_s:g} s")

    async def power_cut(self) -> None:
        """Take the power away at once: flash stays, RTC memory and all else is gone."""
        if self._life is None:
            return
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)
        self._life = None
        self.sleeping = False
        for wire in (self._console, *self.wire.values()):
            wire.power_lost()

    async def reset(self) -> None:
        """Press EN: start again with cause HARD_RESET; RTC memory is kept."""
        if self._life is None:
            raise RigError(f"{self.name} has no power")
        rtc = self._rtc.read_bytes()
        await self.power_cut()
        self._rtc.write_bytes(rtc)
        self._ready.clear()
        self._life = asyncio.create_task(self._live(HARD_RESET), name=self.name)

    async def stop(self) -> None:
        """Take the power and all cables away."""
        await self.power_cut()
        for wire in (self._console, *self.wire.values()):
            wire.close()

    async def _live(self, cause: int) -> None:
        """Run interpreters one after the other until somebody cancels."""
        try:
            while True:
                await self._spawn(cause)
                code = await self._watch()
                if code == _EXIT_NO_FILESYSTEM:
                    raise RigError(f"{self.name}: the filesystem of the board did not come up")
                cause = await self._next_cause(code)
        finally:
            await self._kill()

    async def _next_cause(self, code: int) -> int:
        if code == 0:  # Ctrl-D in the REPL: mpremote waits for this line
            self._console.write_to_host(b"MPY: soft reboot\r\n")
            return SOFT_RESET
        self._in_raw_repl = False
        if code == _EXIT_SLEEP:
            self.sleeping = True
            await asyncio.sleep(self._sleep_ms / 1000 / self._time_scale)
            self.sleeping = False
            return DEEPSLEEP_RESET
        if code == _EXIT_RESET:
            return HARD_RESET
        return WDT_RESET  # bitten by the watchdog, or crashed: an ESP32's panic ends the same way

    async def _spawn(self, cause: int) -> None:
        read_end, write_end = os.pipe()
        tty_fd = self._console.board_fd
        uart_fds = {n: os.dup(wire.board_fd) for n, wire in self.wire.items()}
        for fd in uart_fds.values():
            os.set_blocking(fd, False)
        try:
            self._process = await asyncio.create_subprocess_exec(
                find_micropython(),
                "-X",
                f"heapsize={self._heap_kb + _SUPPORT_KB}k",
                "-i",
                _DEVICE / "power_on.py",
                stdin=tty_fd,
                stdout=tty_fd,
                stderr=tty_fd,
                pass_fds=(write_end, *uart_fds.values()),
                start_new_session=True,
                preexec_fn=_take_terminal,
                env=self._environment(cause, write_end, uart_fds),
            )
        finally:
            for fd in (write_end, *uart_fds.values()):
                os.close(fd)
        self._watchdog_s = None
        self._control = await _reader(read_end)
        self.boots.append((cause, time.monotonic()))

    def _environment(self, cause: int, control: int, uarts: dict[int, int]) -> dict[str, str]:
        return {
            "NECKAR_RIG_CAUSE": str(cause),
            "NECKAR_RIG_CONTROL": str(control),
            "NECKAR_RIG_DEVICE": str(_DEVICE),
            "NECKAR_RIG_FLASH": str(self.image.resolve()),
            "NECKAR_RIG_HEAP": str(self._heap_kb * 1024),
            "NECKAR_RIG_MAC": f"240ac4{zlib.crc32(self.name.encode()) % 2**24:06x}",
            "NECKAR_RIG_RAW": "1" if self._in_raw_repl else "0",
            "NECKAR_RIG_RTC": str(self._rtc.resolve()),
            "NECKAR_RIG_UARTS": " ".join(f"{n}={fd}" for n, fd in uarts.items()),
        }

    async def _watch(self) -> int:
        """Listen to the board until its process ends; return its exit code."""
        assert self._process and self._control  # noqa: S101 - _spawn came before
        while True:
            try:
                line = await asyncio.wait_for(self._control.readline(), self._watchdog_s)
            except TimeoutError:
                await self._kill()
                return -signal.SIGKILL
            if not line:
                return await self._process.wait()
            self._take_word(line.split())

    def _take_word(self, words: list[bytes]) -> None:
        if words[0] == b"ready":
            self._ready.set()
            if self._in_raw_repl:
                self._console.write_to_board(_RAW_REPL)
        elif words[0] == b"watchdog":
            self._watchdog_s = int(words[1]) / 1000
        elif words[0] == b"sleep":
            self._sleep_ms = int(words[1])

    async def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def _follow_repl_mode(self, data: bytes) -> None:
        """Remember which REPL the host asked for last: a soft reset returns to it."""
        raw, friendly = data.rfind(_RAW_REPL), data.rfind(_FRIENDLY_REPL)
        if raw != friendly:
            self._in_raw_repl = raw > friendly


def _take_terminal() -> None:
    """Make the console the controlling terminal: Ctrl-C interrupts, a hangup ends the process."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    mode = termios.tcgetattr(0)
    mode[3] |= termios.ISIG  # of the otherwise raw line, only the interrupt character works
    mode[6][termios.VINTR], mode[6][termios.VQUIT], mode[6][termios.VSUSP] = b"\x03", b"\0", b"\0"
    termios.tcsetattr(0, termios.TCSANOW, mode)


async def _reader(fd: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(fd, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader
