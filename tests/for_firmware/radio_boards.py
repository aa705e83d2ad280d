"""Boards with the chip models of the rig on one ether, driven by the real drivers.

    air = Air()
    one = air.sx1262("one")
    await one.radio.start()

Does not model: SPI's time, and that of the host.
"""

from radio.sx126x import Sx126x
from radio.sx127x import Sx127x
from tests.fakes.radio_pins import FakePin, FakeSpi
from tools.rig.air.cad import Cad
from tools.rig.air.ether import Ether
from tools.rig.air.timeline import Timeline
from tools.rig.chips.sx1262 import Sx1262
from tools.rig.chips.sx1276 import Sx1276


class Board:
    """`chip`, `antenna`, `radio`, and the pins by name."""

    def __init__(self, air, name, model, position, fitted):
        self.antenna = air.ether.antenna(name, position)
        self.pins = {}
        self.chip = model(air.timeline, self.antenna, self._drive, **fitted)
        self.pins = {pin: FakePin(self.chip.level(pin)) for pin in model.pins}
        self.cs = FakePin(1, self.chip.select)
        self.reset = FakePin(1, self.chip.reset)
        self.spi = FakeSpi(self.chip.exchange)
        self.chip.power(True)
        self.radio = None

    def _drive(self, pin, level):
        if self.pins:
            self.pins[pin].drive(level)


class Air:
    """One timeline, one ether, boards."""

    def __init__(self, seed=1):
        self.timeline = Timeline()
        # A detection of preambles that is sure, for a test is no statistics.
        self.ether = Ether(self.timeline, seed, cad=Cad(preamble=1.0, false_alarm=0.0))
        self.boards = []
        self.sent = []  # transmissions that are over
        self.ether.observers.append(self.sent.append)

    def _add(self, board, radio):
        board.radio = radio
        self.boards.append(board)
        return board

    def sx1262(self, name, position=(0.0, 0.0), tcxo_mv=1800, fitted=None, **options):
        """Return a board with an SX1262 and a TCXO."""
        fitted = {"tcxo": True, "dio2_switch": True} if fitted is None else fitted
        board = Board(self, name, Sx1262, position, fitted)
        pins = board.pins
        radio = Sx126x(
            board.spi, board.cs, board.reset, pins["busy"], pins["dio1"], tcxo_mv, **options
        )
        return self._add(board, radio)

    def sx1276(self, name, position=(0.0, 0.0), second_line=True, fitted=None, **options):
        """Return a board with an SX1276 and a crystal."""
        board = Board(self, name, Sx1276, position, fitted or {})
        dio1 = board.pins["dio1"] if second_line else None
        radio = Sx127x(board.spi, board.cs, board.reset, board.pins["dio0"], dio1, **options)
        return self._add(board, radio)

    def board(self, model, name, **options):
        """Return a board with the chip of this name."""
        return (self.sx1262 if model == "sx1262" else self.sx1276)(name, **options)

    async def start(self):
        """Start all radios."""
        for board in self.boards:
            await board.radio.start()

    def counts(self):
        """Return what drivers did wrong, by the models."""
        return {kind: n for board in self.boards for kind, n in board.chip.counts.items() if n}
