"""The world's one loop: boards, whoever controls it, and the time.

Place: `__main__` -> World -> boards' lines, control lines, ether, pace.
Guarantee: one thread and one order of events; a line that fails is closed and costs nobody else
anything. It ends with the process that started it.
"""

import contextlib
import selectors
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tools.rig.air.ether import Ether
from tools.rig.air.timeline import Timeline
from tools.rig.world import slot as slots
from tools.rig.world.board_line import FOREVER, BoardLine
from tools.rig.world.control import Control
from tools.rig.world.control_line import ControlLine
from tools.rig.world.greeting import Greeting
from tools.rig.world.hearing import Hearing
from tools.rig.world.pace import RealPace, WarpPace
from tools.rig.world.sleep_line import SleepLine
from tools.rig.world.slot import Slot

_RETRY_S = 0.005  # for what somebody has not yet taken


class World:
    """`run` for ever, on a socket at `path`."""

    def __init__(
        self,
        path: Path,
        timeline: Timeline,
        ether: Ether,
        pace: RealPace | WarpPace,
        hearing: Hearing,
    ):
        self.timeline = timeline
        self.ether = ether
        self.pace = pace
        self.hearing = hearing
        self.slots: dict[str, Slot] = {}
        self._lines: dict[int, BoardLine | ControlLine | SleepLine] = {}
        self._control = Control(self)
        self._selector = selectors.DefaultSelector()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(64)
        self._watch(self._socket, self._accept)

    def run(self) -> None:
        """Let the world go on for ever."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Let the time go on, or wait until somebody says something."""
        wait_s = self.pace.advance(self.slots.values(), self._control.next_us())
        unsent = [line for line in self._lines.values() if line.has_unsent]
        if unsent:
            wait_s = _RETRY_S if wait_s is None else min(wait_s, _RETRY_S)
        for key, _ in self._selector.select(wait_s):
            key.data()
        for line in unsent:
            line.flush()
        self._control.look()
        self._forget_closed()

    def _accept(self) -> None:
        connection, _ = self._socket.accept()
        greeting = Greeting(connection)
        descriptor = connection.fileno()

        def read() -> None:
            try:
                hello = greeting.read()
                if hello is not None:
                    self._selector.unregister(descriptor)
                    self._greet(connection, hello)
            except (OSError, ValueError, KeyError, TypeError, IndexError) as e:
                print(f"world: a connection said no hello: {e!r}", flush=True)
                with contextlib.suppress(KeyError):
                    self._selector.unregister(descriptor)
                connection.close()

        self._watch(connection, read)
        read()

    def _greet(self, connection: socket.socket, hello: Mapping[str, Any]) -> None:
        kind = hello["kind"]
        if kind == "control":
            self._add(connection, ControlLine(connection, self._control))
            return
        self.pace.asked(0)
        slot = self._slot(hello["name"], hello["wiring"], hello["position"])
        if slot.board is not None and kind != "off":
            slot.board.finish()
        if kind == "off":
            slot.cut_power()
            connection.close()  # which says that it is done
            return
        if kind == "sleep":
            self._let_sleep(connection, slot, hello["span_ms"])
            return
        board = BoardLine(connection, slot, self.pace)
        self._add(connection, board)
        board.greet(bool(hello["is_cold"]))

    def _let_sleep(self, connection: socket.socket, slot: Slot, span_ms: int | None) -> None:
        until_us = FOREVER if span_ms is None else self.pace.now_us() + 1000 * int(span_ms)
        sleeper = SleepLine(connection, slot, until_us)
        self._add(connection, sleeper)
        slot.plug(sleeper, False)

    def _slot(self, name: str, wiring: Mapping[str, Any], position: list[float]) -> Slot:
        """Return the place of that name; ValueError where other wires lead to it."""
        if name not in self.slots:
            slots.check(wiring)
            antenna = self.ether.antenna(name, (float(position[0]), float(position[1])))
            self.slots[name] = Slot(name, wiring, self.timeline, antenna)
        elif self.slots[name].wiring != wiring:
            raise ValueError(f"{name} is wired otherwise")
        return self.slots[name]

    def _add(self, connection: socket.socket, line: BoardLine | ControlLine | SleepLine) -> None:
        self._lines[connection.fileno()] = line

        def read() -> None:
            self.pace.asked(0)
            line.readable()

        self._watch(connection, read)

    def _watch(self, connection: socket.socket, handler: Callable[[], None]) -> None:
        self._forget_closed()  # one of them may have had the same descriptor
        self._selector.register(connection, selectors.EVENT_READ, handler)

    def _forget_closed(self) -> None:
        for descriptor, line in list(self._lines.items()):
            if not line.is_open:
                del self._lines[descriptor]
                self._selector.unregister(descriptor)
