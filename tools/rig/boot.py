"""One life of a board's interpreter, from a reset to the next: process, control line and cables.

Place: board -> Boot -> Process; control words and the process's end go back to the board.
Guarantee: descriptors live exactly as long as the process. When `on_exit` is called, everything
that the board told has been heard, and what it wrote to its UARTs has left, unless power was cut.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from tools.rig.cable import Cable
from tools.rig.chip import Chip, Start
from tools.rig.control import ControlLine
from tools.rig.parts.line import PartsLine
from tools.rig.parts.wiring import Parts
from tools.rig.process import Process
from tools.rig.world.client import RadioSlot


class Boot:
    """Starts at once; `handlers` are called with the text after their control word.

    The one of `failed` is called too where boot code is silent for `timeout_s`.
    """

    def __init__(
        self,
        chip: Chip,
        start: Start,
        runs_main: bool,
        terminal: str,
        cables: Mapping[int, Cable],
        radio: RadioSlot | None,
        parts: Parts,
        handlers: Mapping[str, Callable[[str], None]],
        on_exit: Callable[[int], None],
        timeout_s: float,
    ):
        self.cause = start.cause
        self._cables = cables
        self._radio = radio
        self._on_exit = on_exit
        self._control = ControlLine(handlers)
        self._sensors = PartsLine(parts)
        if start.is_cold:
            parts.power_on()
        with ExitStack() as ends:
            ends.callback(os.close, self._control.board_end)
            ends.enter_context(self._sensors.board_end)
            try:
                self.process = self._start(chip, start, runs_main, terminal, ends)
            except BaseException:
                self._disconnect(is_power_cut=True)
                raise
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(
            timeout_s, handlers["failed"], "its boot code did not answer"
        )

    def _start(
        self,
        chip: Chip,
        start: Start,
        runs_main: bool,
        terminal: str,
        ends: ExitStack,
    ) -> Process:
        """Start the interpreter with the far ends of all lines, which are closed here after it."""
        control = self._control.board_end
        uarts = {
            number: ends.enter_context(cable.connect()).fileno()
            for number, cable in self._cables.items()
        }
        sensors = self._sensors.board_end.fileno()
        descriptors = [control, sensors, *uarts.values()]
        world = None
        if self._radio:
            line = ends.enter_context(self._radio.connect(start.is_cold))
            world = line.fileno(), self._radio.mode
            descriptors.append(line.fileno())
        environment = chip.environment(start, runs_main, control, uarts, world, sensors)
        return Process(chip.command(), environment, terminal, descriptors, self._end)

    def answered(self) -> None:
        """Wait no more for its boot code: it said that it is ready."""
        self._patience.cancel()

    def kill(self) -> None:
        """End the process, whatever else it asks for; what it wrote last still arrives."""
        self._control.close()
        self.process.kill()

    def drop(self) -> None:
        """End the process and what it has on its way."""
        self._patience.cancel()
        self.process.kill()
        self._disconnect(is_power_cut=True)

    async def cut(self) -> None:
        """Drop it, and wait until it is gone."""
        self.drop()
        await self.process.wait()

    def _end(self, code: int) -> None:
        self._patience.cancel()
        self._control.drain()
        self._disconnect(is_power_cut=False)
        self._on_exit(code)

    def _disconnect(self, is_power_cut: bool) -> None:
        self._control.close()
        self._sensors.close()
        for cable in self._cables.values():
            cable.disconnect(is_power_cut)
