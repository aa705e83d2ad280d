"""The hardware of this board, as app and modem get it.

Place: /board.json -> node.board -> `Hardware` -> app, modem.
Guarantee: code and data that describe a board are gone from the heap when this returns: they would
cost a tenth of what a node has. So it is called first of all.
"""

import esp32
import machine

from node import files
from node.errors import NodeError
from node.memory import forget

_PATH = "/board.json"


class Hardware:
    """`driver` of the radio, or None; `uarts` are [{id, tx, rx}], or None: the chip's own pins."""

    def __init__(self, wants_radio: bool, is_sound: bool = False):
        self.driver = None
        self.problem = None  # what is wrong with sensors, light, button or energy; these are gone
        self._select = None  # the radio's, a pin
        self.uarts = None
        self.button = None  # {pin, on}, as `led`, or None
        self.led = None
        self.wires = {}  # of the sensors, see `ports`
        self.energy = None  # what the board draws, see `energy`
        if wants_radio or files.read_bytes(_PATH) is not None:
            self._load(wants_radio, is_sound)

    def _load(self, wants_radio: bool, is_sound: bool) -> None:
        from node import board

        try:
            given = board.load(_PATH, is_sound=is_sound)
        except NodeError as e:  # it can say so where radio and UARTs are right
            given = board.load(_PATH, True)
            self.problem = str(e)
        self.uarts = given["uarts"]
        self.button = given["button"]
        self.led = given["led"]
        self.wires = board.wires(given)
        self.energy = given["energy"]
        if wants_radio:
            self.driver = board.radio(given, machine)
            if self.driver is None:
                wants = ": radio is null, but /config.json wants one: another board?"
                raise NodeError(_PATH + wants)
            self._select = given["radio"]["cs"]
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

    def hold(self) -> None:
        """Keep the radio deselected in deep sleep, where pins float: an edge would wake it.

        Its reset has a pull-up in the chip (SX1261/2 data sheet 3.3.1, SX1276's 7.2).
        """
        if self._select is not None:
            machine.Pin(self._select, machine.Pin.OUT, value=1, hold=True)
            esp32.gpio_deep_sleep_hold(True)
