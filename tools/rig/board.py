"""The virtual board: an interpreter on a flash image, with power, a reset line and cables.

    power_on -> boots -> ready -> runs -> reset, watchdog, Ctrl-D, crash -> boots ...
                                       -> deep sleep -> boots ...
                                       -> power_cut, brown_out

Place: image -> VirtualBoard -> console (mpremote) and UART cables (gateway).
Guarantee: any number of boards in one event loop. A board is up only after its boot code said that
the image is mounted; one that does not say so is ended, and nobody could type to it. A killed
interpreter is a power cut: the image holds what was written, RTC memory is empty next time.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from tools.rig import image as images
from tools.rig.boot import Boot
from tools.rig.cable import Noise
from tools.rig.chip import (
    DEEPSLEEP_RESET,
    ESP32_HEAP_KB,
    HARD_RESET,
    PWRON_RESET,
    SOFT_RESET,
    WDT_RESET,
    Chip,
    Identity,
    Start,
)
from tools.rig.console import Console
from tools.rig.errors import RigError
from tools.rig.flash import FlashFaults
from tools.rig.parts.wiring import Parts
from tools.rig.ports import cables, close_ports, open_ports, port_at
from tools.rig.sleep import DeepSleep
from tools.rig.terminal import HostPort
from tools.rig.watchdog import Watchdog
from tools.rig.world.client import RadioSlot


class VirtualBoard:
    """Construct it in the event loop it runs in: its ports appear at once. Call `stop` at the end.

    `heap_kb` are free when boot.py starts; `uarts` are the numbers of those with a cable, or the
    paths of their host's ends by number; `radio` is where its LoRa chip is in a world; without
    `autostart`, main.py is left alone; deep sleep is shortened `time_scale` times, but not in a
    warped world; `rom` is firmware in ROM; `parts` are the sensors around it; `identity` is who it
    is. `boots` has (cause, monotonic seconds) of every start; `wire[n]` counts UART n's bytes.
    """

    def __init__(
        self,
        image: Path | images.Region,
        *,
        state_dir: Path,
        name: str = "board",
        heap_kb: int = ESP32_HEAP_KB,
        uarts: Iterable[int] | Mapping[int, Path] = (1,),
        console: Path | HostPort | None = None,
        autostart: bool = True,
        time_scale: float = 1.0,
        on_console: Callable[[bytes], None] | None = None,
        radio: RadioSlot | None = None,
        rom: Path | None = None,
        flash_faults: FlashFaults | None = None,
        parts: Parts | None = None,
        identity: Identity | None = None,
    ):
        self.name = name
        self.on_console = on_console
        self.boots: list[tuple[int, float]] = []
        self.sleeping = False
        self.wire = cables(state_dir / name, uarts)
        self._console = Console(port_at(console, state_dir / name), self._tell_console)
        self._chip = Chip(name, image, state_dir, heap_kb, rom, flash_faults, identity)
        self._radio = radio
        self._parts = parts or Parts()
        self._autostart = autostart
        self._sleep = DeepSleep(radio, time_scale, self._wake_up)
        self._boot_timeout_s = 0.0
        self._power = ExitStack()  # holds the image's lock
        self._has_power = False
        self._boot: Boot | None = None
        self._then: Callable[[int], None] = self._go_off  # what follows the interpreter's end
        self._watchdog = Watchdog(lambda: self._restart(WDT_RESET))
        self._failure: RigError | None = None
        self._is_settled = asyncio.Event()  # up, or off again
        self._is_off = asyncio.Event()
        open_ports(self._console, self.wire)

    @property
    def console(self) -> Path:
        """Return the path that a person or mpremote opens."""
        return self._console.link

    @property
    def has_power(self) -> bool:
        """Say whether it is not off."""
        return self._has_power

    def uart(self, number: int) -> Path:
        """Return the path that a gateway opens."""
        return self.wire[number].link

    async def power_on(self, timeout_s: float = 10.0) -> None:
        """Start the board and wait until it is ready; RigError when it does not come up."""
        if self._has_power:
            raise RigError(f"{self.name} has power already")
        self._power.enter_context(images.locked(self._chip.file))
        self._has_power = True
        self._failure = None
        self._is_off.clear()
        self._boot_timeout_s = timeout_s
        self._start(PWRON_RESET)
        await self._until_ready()

    async def power_cut(self) -> None:
        """End the board in the middle of whatever it does."""
        if self._boot:
            self._then = self._go_off
            await self._boot.cut()
        elif self._has_power:
            self._go_off()

    async def brown_out(self) -> None:
        """Let the supply dip and wait until the board is ready.

        It ends as in a power cut, but RTC memory and the radio keep what they hold.
        """
        if not self._has_power:
            raise RigError(f"{self.name} has no power")
        self._is_settled.clear()
        self._then = lambda _: self._start(PWRON_RESET, is_brown_out=True)
        if self._boot:
            await self._boot.cut()
        else:
            self._then(0)
        await self._until_ready()

    async def reset(self) -> None:
        """Pull the reset line and wait until the board is ready; RTC memory stays."""
        if not self._has_power:
            raise RigError(f"{self.name} has no power")
        self._is_settled.clear()
        self._restart(HARD_RESET)
        await self._until_ready()

    async def run(self) -> None:
        """Wait until the power is cut; RigError when the board did not come back from a reset."""
        await self._is_off.wait()
        if self._failure:
            raise self._failure

    async def stop(self) -> None:
        """Cut the power and take all ports away."""
        await self.power_cut()
        close_ports(self._console, self.wire)
        self._chip.rtc.unlink(missing_ok=True)

    def unplug(self, number: int) -> None:
        """Pull a UART's cable out of the host: its port vanishes."""
        self.wire[number].unplug()

    def plug(self, number: int) -> None:
        """Plug the cable in again: a new port appears at the same path."""
        self.wire[number].plug()

    def set_noise(self, number: int, noise: Noise | None) -> None:
        """Put noise into a UART's cable, or take it out."""
        self.wire[number].noise = noise

    def _tell_console(self, data: bytes) -> None:
        if self.on_console:
            self.on_console(data)

    async def _until_ready(self) -> None:
        await self._is_settled.wait()
        if not self._has_power:
            raise self._failure or RigError(f"{self.name}: the power was cut while it booted")

    def _start(self, cause: int, is_brown_out: bool = False) -> None:
        is_soft = cause == SOFT_RESET
        if not is_soft:
            self._watchdog.stop()
        self.sleeping = False
        self._sleep.end()
        self._is_settled.clear()
        self._console.hold(is_soft)
        self._then = self._after_own_end
        try:
            self._boot = self._new_boot(self._chip.begin(cause, is_brown_out))
        except (RigError, OSError) as e:
            self._fail(str(e))

    def _new_boot(self, start: Start) -> Boot:
        return Boot(
            self._chip,
            start,
            self._autostart and not self._console.is_raw,
            self._console.terminal,
            self.wire,
            self._radio,
            self._parts,
            self._handlers(),
            self._on_exit,
            self._boot_timeout_s,
        )

    def _handlers(self) -> dict[str, Callable[[str], None]]:
        return {
            "ready": lambda _: self._on_ready(),
            "failed": self._fail,
            "reset": lambda _: self._restart(HARD_RESET),
            "soft": lambda _: self._kill_and(lambda _: self._soft_reset()),
            "cut": lambda _: self._on_cut(),
            "sleep": self._on_sleep,
            "wdt": lambda timeout_ms: self._watchdog.start(int(timeout_ms)),
            "fed": lambda _: self._watchdog.feed(),
        }

    def _on_ready(self) -> None:
        if self._boot is None:
            return
        self._boot.answered()
        self.boots.append((self._boot.cause, time.monotonic()))
        self._console.attach(self._boot.process)
        self._is_settled.set()

    def _on_cut(self) -> None:
        """Its flash says that the power went."""
        self._then = self._go_off
        if self._boot:
            self._boot.drop()

    def _on_sleep(self, time_ms: str) -> None:
        self._kill_and(lambda _: self._fall_asleep(int(time_ms) if time_ms else None))

    def _fall_asleep(self, time_ms: int | None) -> None:
        self.sleeping = True
        self._watchdog.stop()
        self._console.mute()
        try:
            self._sleep.begin(time_ms)
        except RigError as e:
            self._fail(str(e))

    def _wake_up(self, skipped_ns: int) -> None:
        self._chip.skip(skipped_ns)
        self._start(DEEPSLEEP_RESET)

    def _restart(self, cause: int) -> None:
        self._kill_and(lambda _: self._start(cause))

    def _soft_reset(self) -> None:
        self._console.say("MPY: soft reboot")
        self._start(SOFT_RESET)

    def _kill_and(self, then: Callable[[int], None]) -> None:
        """End the interpreter if there is one; `then` gets its exit code."""
        self._then = then
        if self._boot:
            self._boot.kill()
        else:
            then(0)

    def _on_exit(self, code: int) -> None:
        self._boot = None
        self._then(code)

    def _after_own_end(self, code: int) -> None:
        if not self._is_settled.is_set():
            self._fail(f"its interpreter ended with {code}")
        elif code in (0, -signal.SIGINT):  # Ctrl-D, or a Ctrl-C that came as code ended
            self._soft_reset()
        else:
            self._console.say(f"rig: the interpreter ended with {code}")
            self._start(HARD_RESET)

    def _fail(self, why: str) -> None:
        self._failure = RigError(f"{self.name} does not start: {why}")
        self._kill_and(self._go_off)

    def _go_off(self, code: int = 0) -> None:
        self.sleeping = False
        self._has_power = False
        self._sleep.end()
        self._watchdog.stop()
        self._console.mute()
        self._parts.cut_power()
        if self._radio:
            with suppress(RigError):  # a world that has ended holds no radio
                self._radio.cut_power()
        self._chip.lose_power()
        self._power.close()
        self._is_settled.set()
        self._is_off.set()
