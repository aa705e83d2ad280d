"""The machine's objects for the sensors' wires, as the board file says where they are.

Place: /board.json -> `Ports` -> drivers.
Guarantee: an object is made when a driver asks for it, and once. What the board does not have is a
NodeError that names the field. Voltages are millivolts at the far end of their divider.
"""

from node.errors import NodeError

_I2C_HZ = 50_000  # SPS30 takes 100 kHz at most, and wires on a mast are long


class Ports:
    """`wires` is `sensors` of a board file, with its `uarts` and `battery`; see `node.board`."""

    def __init__(self, wires: dict, machine, link_uart=None):
        """`link_uart` is the one that the gateway is at."""
        self._wires = wires
        self._machine = machine
        self._link_uart = link_uart
        self._made = {}
        self._asked = {}

    def asked(self) -> dict:
        """Return the part of the wires that was asked for: what the next wake has to know."""
        return self._asked

    def i2c(self):
        """Return the bus of the sensors, a `machine.I2C`."""
        if "i2c" not in self._made:
            bus = self._wire("i2c")
            pin = self._machine.Pin
            self._made["i2c"] = self._machine.I2C(
                bus["id"], sda=pin(bus["sda"]), scl=pin(bus["scl"]), freq=_I2C_HZ
            )
        return self._made["i2c"]

    def uart(self, number: int, baud: int):
        """Return a `machine.UART`, 8N1, with room for 256 bytes."""
        if number == self._link_uart:
            raise NodeError("uart: %d carries the link; a sensor needs one of its own" % number)
        for pins in self._wires.get("uarts") or ():
            if pins["id"] == number:
                self._asked["uarts"] = self._asked.get("uarts", []) + [pins]
                return self._machine.UART(
                    number, baudrate=baud, tx=pins["tx"], rx=pins["rx"], rxbuf=256
                )
        raise NodeError("/board.json: uarts has no id %d, as a sensor wants" % number)

    def onewire(self):
        """Return the pin of the 1-Wire bus, for `onewire.OneWire`."""
        return self._machine.Pin(self._wire("onewire"))

    def pulses(self, number: int):
        """Return pulse input `number`, pulled up."""
        pins = self._wire("pulses")
        if number >= len(pins):
            raise NodeError("/board.json: sensors.pulses has no entry %d" % number)
        return self._machine.Pin(pins[number], self._machine.Pin.IN, self._machine.Pin.PULL_UP)

    def i2s(self, rate_hz: int, buffer_bytes: int):
        """Return a `machine.I2S` that receives 32-bit mono frames of a microphone."""
        pins = self._wire("i2s")
        pin, kind = self._machine.Pin, self._machine.I2S
        return kind(
            pins["id"],
            sck=pin(pins["sck"]),
            ws=pin(pins["ws"]),
            sd=pin(pins["sd"]),
            mode=kind.RX,
            bits=32,
            format=kind.MONO,
            rate=rate_hz,
            ibuf=buffer_bytes,
        )

    def millivolts(self, name: str):
        """Return a function that measures `battery` or `solar`."""
        divider = self._wire(name)
        pin = self._machine.Pin
        adc = self._machine.ADC(pin(divider["pin"]), atten=self._machine.ADC.ATTN_11DB)
        upper, lower = divider["upper_kohm"], divider["lower_kohm"]
        switch = divider["switch"]

        def measure() -> int:
            if switch:
                pin(switch["pin"], pin.OUT, value=switch["on"])
            try:
                return adc.read_uv() // 1000 * (upper + lower) // lower
            finally:
                if switch:
                    pin(switch["pin"], pin.OUT, value=1 - switch["on"])

        return measure

    def supply(self, on: bool) -> None:
        """Switch what feeds the sensors, where the board can."""
        output = self._wires.get("supply")
        if output:
            self._asked["supply"] = output
            level = output["on"] if on else 1 - output["on"]
            self._machine.Pin(output["pin"], self._machine.Pin.OUT, value=level)

    def _wire(self, name: str):
        wire = self._wires.get(name)
        if wire is None:
            raise NodeError("/board.json: sensors.%s is null, but a sensor wants it" % name)
        self._asked[name] = wire
        return wire
