"""The virtual ESP32: a chip with one port, which esptool flashes and mpremote talks to.

    power_on ─> ROM checks the flash ─ good ─> MicroPython (VirtualBoard on the vfs partition)
                     ^                 bad ──> says so, again and again
                     │                              │
                     └── port closed ── download <──┴── SYNC of esptool, in any of them

Place: host <-> UsbPort <-> VirtualEsp32 -> Download or VirtualBoard -> flash.
Guarantee: any number of them in one event loop. A PTY carries neither DTR nor RTS, so esptool's
first SYNC stands for the reset that they would have made, and the last closing of the port for the
one at the end (`rfc2217` has the lines). Bootloader and MicroPython never have the flash at once.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.rig import image as images
from tools.rig.board import VirtualBoard
from tools.rig.chip import Identity
from tools.rig.errors import RigError
from tools.rig.esp32 import rom_log
from tools.rig.esp32.bootloader import SYNC_DATA
from tools.rig.esp32.checks import Bad, checked
from tools.rig.esp32.chips import kind_of
from tools.rig.esp32.download import Download
from tools.rig.esp32.faults import Faults
from tools.rig.esp32.flash import Flash, make_flash
from tools.rig.esp32.port import Inlet, UsbPort
from tools.rig.parts.wiring import Parts
from tools.rig.world.client import RadioSlot

# MicroPython as it is downloaded has no firmware frozen into it: code and names are in the heap
# too, in 64-bit words. So much leaves a node from /lib about what one in ROM has left: README.md.
HEAP_KB = 300
FLASH_BYTES = 4 << 20
_PAUSE_S = 1.0  # between two attempts to start; a chip makes several in that time
_ESPRESSIF = bytes.fromhex("246f28")  # a range of addresses of theirs


class VirtualEsp32:
    """Construct it in the event loop it runs in: its port appears at once. Call `stop` at the end.

    `flash` is made, erased, where there is none; `mac` follows from `name` if it is not given;
    `link` is the port's path, else it is in `state_dir`; `parts`, `radio`, `uarts` are as those of
    VirtualBoard; `on_console` gets what the board says. `bytes_down` counts what the host sent.
    """

    def __init__(
        self,
        flash: Path,
        *,
        state_dir: Path,
        name: str = "esp32",
        kind: str = "esp32",
        mac: bytes | None = None,
        flash_bytes: int = FLASH_BYTES,
        link: Path | None = None,
        parts: Parts | None = None,
        radio: RadioSlot | None = None,
        heap_kb: int = HEAP_KB,
        uarts: Iterable[int] | Mapping[int, Path] = (),
        faults: Faults | None = None,
        on_console: Callable[[bytes], None] | None = None,
    ):
        make_flash(flash, flash_bytes)
        self.flash = flash
        self.name = name
        self.kind = kind_of(kind)
        self.mac = mac or _ESPRESSIF + hashlib.sha256(name.encode()).digest()[:3]
        self.faults = faults or Faults()
        self.mode = "off"  # or "start", "run", "bad image", "brown-out", "download"
        self.bytes_down = 0
        self.board: VirtualBoard | None = None
        self.on_console = on_console
        self._state_dir = state_dir
        self._around: dict[str, Any] = {"parts": parts, "radio": radio}
        self._around |= {"uarts": uarts, "heap_kb": heap_kb}
        self._usb = UsbPort(link or state_dir / f"{name}-port", self._hear, self._on_left)
        self._inlet = Inlet(self._usb.link)
        self._download: Download | None = None
        self._early: bytearray | None = None  # what came while it changes to download mode
        self._before = b""  # the last bytes heard, where a SYNC may have begun
        self._turn = asyncio.Lock()  # one change of mode at a time
        self._tasks: set[asyncio.Task[None]] = set()
        self._saying: asyncio.Task[None] | None = None
        self._usb.plug()

    @property
    def port(self) -> Path:
        """Return the path that esptool and mpremote open."""
        return self._usb.link

    @property
    def is_plugged(self) -> bool:
        """Say whether it has a port."""
        return self._usb.is_plugged

    async def power_on(self) -> None:
        """Start it; back when MicroPython is ready, or the first failure was said."""
        async with self._turn:
            if self.mode != "off":
                raise RigError(f"{self.name} has power already")
            await self._start()

    async def power_cut(self) -> None:
        """End it in the middle of whatever it does; the port stays, and is deaf."""
        async with self._turn:
            self._early = None
            await self._halt()
            self._usb.run(None)

    async def reset(self) -> None:
        """Press EN: it starts again, as after a power-on."""
        async with self._turn:
            if self.mode != "off":
                await self._halt()
                await self._start()

    async def wait_for_download(self) -> None:
        """Press EN with BOOT held: it waits for esptool while somebody has the port open."""
        async with self._turn:
            if self.mode != "off":
                await self._begin_download(rom_log.download(self.kind))

    async def unplug(self) -> None:
        """Pull the cable: the port vanishes under whoever has it open, and the power is gone."""
        self._usb.unplug()
        async with self._turn:
            self._early = None
            await self._halt()

    async def plug(self) -> None:
        """Plug the cable in: the port is there again, at the same path, and the board starts."""
        async with self._turn:
            if not self._usb.is_plugged:
                self._usb.plug()
            if self.mode == "off":
                await self._start()

    async def stop(self) -> None:
        """Take power and port away for good."""
        await self.unplug()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)  # a task goes by a callback, which needs a turn

    def _spawn(self, change: Coroutine[None, None, None]) -> None:
        """Change the mode as soon as possible; a failure is the event loop's to tell."""
        task = asyncio.create_task(change)
        self._tasks.add(task)
        task.add_done_callback(self._tell)

    def _tell(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"{self.name} failed", "exception": failure}
            )

    async def _halt(self) -> None:
        """Stop whatever it does."""
        self.mode = "off"
        self._before = b""
        if self._saying:
            self._saying.cancel()
            self._saying = None
        if self.board:
            board, self.board = self.board, None
            await board.stop()
        if self._download:
            self._download.close()
            self._download = None

    async def _start(self) -> None:
        """Do as the ROM after a reset: check, and run what is there."""
        self._early = None
        flash = Flash(self.flash, self.flash.stat().st_size)
        try:
            found = checked(flash, self.kind)
        finally:
            flash.close()
        if self.faults.brown_out:
            self._go_on_saying("brown-out", lambda is_first: rom_log.brown_out(self.kind, is_first))
        elif isinstance(found, Bad):
            bad = found
            self._go_on_saying(
                "bad image", lambda is_first: rom_log.failure(self.kind, bad, is_first)
            )
        else:
            self._usb.run(None)
            self._say(rom_log.start(self.kind, found))
            await self._run(images.Region(self.flash, found.user_area.at, found.user_area.size))

    async def _run(self, region: images.Region) -> None:
        self.mode = "start"
        self.board = VirtualBoard(
            region,
            state_dir=self._state_dir,
            name=self.name,
            console=self._inlet,
            identity=Identity(self.mac, self.kind.machine),
            on_console=self.on_console,
            **self._around,
        )
        self._usb.run(self._inlet.near)
        try:
            await self.board.power_on()
        except RigError:
            await self._halt()
            raise
        self.mode = "run"

    def _go_on_saying(self, mode: str, words: Callable[[bool], bytes]) -> None:
        self.mode = mode
        self._usb.run(None)
        self._say(words(True))
        self._saying = asyncio.create_task(self._repeat(words(False)))

    async def _repeat(self, words: bytes) -> None:
        while True:
            await asyncio.sleep(_PAUSE_S)
            self._say(words)

    def _say(self, words: bytes) -> None:
        if self.on_console:
            self.on_console(words)
        self._usb.say(words)

    def _counted(self, data: bytes) -> bytes:
        """Return what of it arrives, for the cable may be pulled in the middle."""
        data, is_pulled = self.faults.pull(data)
        self.bytes_down += len(data)
        if is_pulled:
            self._usb.unplug()
            self._spawn(self.unplug())
        return data

    def _hear(self, data: bytes) -> bytes:
        """Take what the host says in run mode; return what the board gets of it."""
        data = self._counted(data)
        if self._early is not None:
            self._early += data
            return b""
        if self.mode == "off":
            return b""
        heard = self._before + data
        at = heard.find(SYNC_DATA)
        self._before = heard[-len(SYNC_DATA) - 9 :]
        if at < 0:
            return data
        self._early = bytearray(heard[max(0, heard.rfind(b"\xc0", 0, at)) :])
        self._spawn(self._on_sync())
        return b""

    async def _on_sync(self) -> None:
        async with self._turn:
            if self._early is not None:
                await self._begin_download(b"")

    async def _begin_download(self, words: bytes) -> None:
        await self._halt()
        early, self._early = bytes(self._early or b""), None
        if not self._usb.is_plugged:
            return
        self._download = Download(self.kind, self.mac, self.flash, self.faults)
        self.mode = "download"
        self._usb.download(lambda data: self._take(self._counted(data)))
        self._usb.answer(words + self._take(early))

    def _take(self, data: bytes) -> bytes:
        """Let the bootloader have bytes; return its answer."""
        if self._download is None:
            return b""
        answer = self._download.take(data)
        if self._download.has_left:
            self._on_left()
        return answer

    def _on_left(self) -> None:
        self._spawn(self._leave_download())

    async def _leave_download(self) -> None:
        async with self._turn:
            if self.mode == "download":
                await self._halt()
                await self._start()
