"""The part of MicroPython's `machine` that builds a radio: pins, SPI, I2C with a PMIC on it.

Does not model: any electricity. It keeps what was asked for, in the order in which it was asked.
"""


class Machine:
    """`pmic` is the content of its registers, or None where no chip answers."""

    def __init__(self, pmic=None):
        self.log = []
        self.pmic = pmic
        log = self.log

        class Pin:
            IN, OUT, OPEN_DRAIN = "in", "out", "open drain"

            def __init__(self, number, mode=None, value=None, hold=None):
                self.number, self.mode, self.level = number, mode, value
                log.append(("pin", number, mode, value))

        class SPI:
            def __init__(self, number, **options):
                self.number = number
                self.options = options
                log.append(("spi", number))

        self.Pin = Pin
        self.SPI = SPI

    def I2C(self, number, **options):  # noqa: N802 MicroPython's name
        """Return the bus with the PMIC."""
        pins = options["sda"].number, options["scl"].number
        self.log.append(("i2c", number, *pins))
        return Registers(self)


class Registers:
    """A chip at 0x34 whose registers are bytes; `stuck` is one that takes no value."""

    def __init__(self, machine):
        self._machine = machine

    def readfrom_mem(self, address, register, count):
        """Return `count` registers."""
        self._expect(address)
        return bytes(self._machine.pmic.get(register + i, 0) for i in range(count))

    def writeto_mem(self, address, register, data):
        """Set a register."""
        self._expect(address)
        self._machine.log.append(("write", register, *data))
        if register != self._machine.pmic.get("stuck"):
            self._machine.pmic[register] = data[0]

    def _expect(self, address):
        if self._machine.pmic is None or address != 0x34:
            raise OSError(19, "ENODEV")
