"""JSON in lines, from whoever controls the world, and one line of answer to each.

Place: test, bench, demo -> ControlLine -> Control.
Guarantee: bounded; what is no command is answered with the reason. An answer has the `id` of its
command, for `until` is answered after commands that came later.
"""

import json
import socket
from typing import Any

from tools.rig.world.control import Control
from tools.rig.world.line import Line

_LINE_BYTES = 65536


class ControlLine(Line):
    """One connection, of any number."""

    def __init__(self, connection: socket.socket, control: Control):
        super().__init__(connection)
        self._control = control
        self._in = b""

    def readable(self) -> None:
        """Handle the commands that came."""
        *lines, self._in = (self._in + self.receive()).split(b"\n")
        for line in lines:
            self._handle(line)
        if len(self._in) > _LINE_BYTES:
            self.close()

    def _handle(self, line: bytes) -> None:
        number = None
        try:
            command = dict(json.loads(line))
            number = command.pop("id", None)
            self._control.handle(command, lambda value: self._answer(number, value))
        # Whatever it was, the world is not the one to end of it.
        except Exception as e:
            self._answer(number, {"error": _reason(e)})

    def _answer(self, number: Any, value: dict[str, Any]) -> None:
        self._out += json.dumps({"id": number, **value}).encode() + b"\n"
        self.flush()


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing, or nothing has that name"
    return str(error) or type(error).__name__
