"""The hardware of this board, as app and modem get it.

Place: /board.json -> node.board -> `Hardware` -> app, modem.
Guarantee: code and data that describe a board are gone from the heap when this returns: they would
cost a tenth of what a node has. So it is called first of all.
"""

import machine

from node import files
from node.errors import NodeError
from node.memory import forget

_PATH = "/board.json"


class Hardware:
    """`driver` of the radio, or None; `uarts` are [{id, tx, rx}], or None: the chip's own pins."""

    def __init__(self, wants_radio: bool):
        self.driver = None
        self.uarts = None
        if wants_radio or files.read_bytes(_PATH) is not None:
            self._load(wants_radio)

    def _load(self, wants_radio: bool) -> None:
        from node import board

        given = board.load(_PATH)
        self.uarts = given["uarts"]
        if wants_radio:
            self.driver = board.radio(given, machine)
            if self.driver is None:
                wants = ": radio is null, but /config.json wants one: another board?"
                raise NodeError(_PATH + wants)
        del given, board
        forget("node.board")

    def uart(self, number: int, baud: int):
        """Return a UART on the pins that this board has for it."""
        if self.uarts is None:
            return machine.UART(number, baudrate=baud)
        for pins in self.uarts:
            if pins["id"] == number:
                return machine.UART(number, baudrate=baud, tx=pins["tx"], rx=pins["rx"])
        raise NodeError("%s: uarts has no id %d, as /config.json wants" % (_PATH, number))
