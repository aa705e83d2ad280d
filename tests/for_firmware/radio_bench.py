"""Both drivers on chips that do what a test says."""

import asyncio

import pytest

from radio.errors import RadioError
from radio.sx126x import Sx126x
from radio.sx127x import Sx127x
from tests.fakes import sx126x_chip, sx127x_chip
from tests.fakes.sx126x_chip import FakeSx126x
from tests.fakes.sx127x_chip import FakeSx127x


class Bench:
    """One chip and its driver, and what its events are called."""

    def __init__(self, family, **options):
        if family == "sx126x":
            self.chip = FakeSx126x()
            self.radio = Sx126x(*self.chip.pins(), **options)
            self.line = self.chip.dio1
            self.names = sx126x_chip
            self.sending, self.looking = sx126x_chip.SET_TX, sx126x_chip.SET_CAD
            self.crc_error = sx126x_chip.CRC_ERR
        else:
            self.chip = FakeSx127x()
            self.radio = Sx127x(*self.chip.pins(), **options)
            self.line = self.chip.dio0
            self.names = sx127x_chip
            self.sending, self.looking = sx127x_chip.SEND, sx127x_chip.DETECT
            self.crc_error = sx127x_chip.CRC_ERROR

    def start(self):
        asyncio.run(self.radio.start())
        return self

    def fails(self, words):
        """Hold that `start` says this, and that the chip is in reset afterwards."""
        with pytest.raises(RadioError, match=words):
            asyncio.run(self.radio.start())
        assert self.chip.reset.level == 0
        with pytest.raises(RadioError, match="not started"):
            self.radio.standby()
