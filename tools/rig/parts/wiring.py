"""The parts around one board, and what each of them answers on its wire.

    climate = Bme280(world)
    parts = Parts(i2c=[climate], uart={2: Sds011(world)}, supply=(21, 1))
    board = VirtualBoard(image, ..., parts=parts)
    climate.faults.hang = True

Place: board's question -> `line.PartsLine` -> Parts -> a part, and its answer back.
Guarantee: parts keep their state when the board resets or sleeps, and lose it with the power. The
time they are told never goes back: where the board's clock begins anew, theirs goes on. A question
that fits no part is answered as bare wires answer.

Not modelled: which pins I2C, 1-Wire and I2S are on; that a supply pin floats while the board resets
or sleeps (parts stay as they were); voltages of the supply.
"""

from collections.abc import Callable, Iterable, Mapping

from tools.rig.errors import RigError
from tools.rig.parts.part import (
    NACK,
    TIMEOUT,
    AnalogPart,
    I2cPart,
    OneWirePart,
    Part,
    PulsePart,
    SoundPart,
    UartPart,
)
from tools.rig.parts.receiver import Receiver, is_alive

NO_PIN = 255
_FRAME_BYTES = 4
_NOBODY = 0xFF  # what a bus reads that is pulled up
_MOST_EDGES = 0xFFFFFFFF


class Parts:
    """`uart` by number, `pulses` and `adc` by pin; a part wins over a cable on the same UART.

    `supply` is (pin, level that is on): it feeds what is on I2C, UARTs, 1-Wire and I2S, and is off
    until the board drives it. Pulse inputs and voltages have power as long as the board has.
    """

    def __init__(
        self,
        *,
        i2c: Iterable[I2cPart] = (),
        uart: Mapping[int, UartPart] | None = None,
        onewire: OneWirePart | None = None,
        pulses: Mapping[int, PulsePart] | None = None,
        i2s: SoundPart | None = None,
        adc: Mapping[int, AnalogPart] | None = None,
        supply: tuple[int, int] | None = None,
    ):
        self._i2c = list(i2c)
        self._receivers = {number: Receiver(part) for number, part in (uart or {}).items()}
        self._onewire = onewire
        self._pulses = dict(pulses or {})
        self._i2s = i2s
        self._adc = dict(adc or {})
        self._supply = supply
        behind: list[Part | None] = [*self._i2c, *(uart or {}).values(), onewire, i2s]
        self._behind_supply = [part for part in behind if part]
        self._always_fed: list[Part] = [*self._pulses.values(), *self._adc.values()]
        self._now_us = 0
        self._ahead_us = 0  # of the board's clock, which may begin anew with the power
        self._is_cold = True  # the power has come, or is about to; the board has not said when
        self._questions: dict[str, Callable[[int, int, bytes], bytes]] = {
            "B": self._begin,
            "L": self._drive_supply,
            "W": self._write,
            "R": self._read,
            "M": self._write_and_read,
            "O": self._open_uart,
            "A": self._waiting,
            "G": self._receive,
            "T": self._transmit,
            "E": self._reset_wire,
            "w": self._write_wire,
            "r": self._read_wire,
            "V": self._microvolts,
            "P": self._edges,
            "S": self._frames,
        }
        self.cut_power()

    def power_on(self) -> None:
        """Give power to the board; parts get theirs when its program says how late it is."""
        self._is_cold = True

    def cut_power(self) -> None:
        """Take the power from everything."""
        self._feed([*self._behind_supply, *self._always_fed], False)

    def answer(self, letter: str, where: int, value: int, data: bytes, now_us: int) -> bytes:
        """Answer one question of device/rig_parts.py; OSError as the part says.

        RigError for what is no question.
        """
        question = self._questions.get(letter)
        if question is None:
            raise RigError(f"{letter!r} is no question to sensors")
        if letter == "B" and self._is_cold:
            self._ahead_us = max(self._now_us - now_us, 0)
        self._now_us = max(self._now_us, self._ahead_us + now_us)
        return question(where, value, data)

    def _feed(self, parts: Iterable[Part], on: bool) -> None:
        for part in parts:
            if part.is_powered != on:
                part.power(on, self._now_us)

    def _begin(self, where: int, value: int, data: bytes) -> bytes:
        """A program starts: UARTs are not set up yet. Answer which wires lead somewhere."""
        for receiver in self._receivers.values():
            receiver.close()
        if self._is_cold:
            self._is_cold = False
            self._feed(self._always_fed, True)
            self._feed(self._behind_supply, self._supply is None)
        supply = self._supply[0] if self._supply else NO_PIN
        return bytes([supply, len(self._receivers), *self._receivers, *self._pulses])

    def _drive_supply(self, pin: int, level: int, data: bytes) -> bytes:
        if self._supply and pin == self._supply[0]:
            self._feed(self._behind_supply, level == self._supply[1])
        return b""

    def _at(self, address: int) -> I2cPart:
        live = [part for part in self._i2c if part.is_powered]
        if any(part.faults.hang for part in live):
            raise OSError(*TIMEOUT.args)
        for part in live:
            if part.address == address and not part.faults.missing:
                return part
        raise OSError(*NACK.args)

    def _write(self, address: int, value: int, data: bytes) -> bytes:
        self._at(address).write(data, self._now_us)
        return b""

    def _read(self, address: int, count: int, data: bytes) -> bytes:
        return _exactly(count, self._at(address).read(count, self._now_us))

    def _write_and_read(self, address: int, count: int, data: bytes) -> bytes:
        self._write(address, 0, data)
        return self._read(address, count, b"")

    def _receiver(self, number: int) -> Receiver:
        if number not in self._receivers:
            raise OSError(*NACK.args)
        return self._receivers[number]

    def _open_uart(self, number: int, size: int, data: bytes) -> bytes:
        self._receiver(number).open(size, self._now_us)
        return b""

    def _waiting(self, number: int, value: int, data: bytes) -> bytes:
        return self._receiver(number).count(self._now_us).to_bytes(2, "big")

    def _receive(self, number: int, count: int, data: bytes) -> bytes:
        return self._receiver(number).take(count, self._now_us)

    def _transmit(self, number: int, value: int, data: bytes) -> bytes:
        part = self._receiver(number).part
        if is_alive(part):
            part.write(data, self._now_us)
        return b""

    def _reset_wire(self, where: int, value: int, data: bytes) -> bytes:
        part = self._onewire
        return bytes([part is not None and is_alive(part) and part.reset(self._now_us)])

    def _write_wire(self, where: int, value: int, data: bytes) -> bytes:
        if self._onewire and is_alive(self._onewire):
            self._onewire.write_byte(value & 0xFF, self._now_us)
        return b""

    def _read_wire(self, where: int, value: int, data: bytes) -> bytes:
        part = self._onewire
        return bytes([part.read_byte(self._now_us) if part and is_alive(part) else _NOBODY])

    def _microvolts(self, pin: int, value: int, data: bytes) -> bytes:
        part = self._adc.get(pin)
        seen = part.microvolts(self._now_us) if part and is_alive(part) else 0
        return max(seen, 0).to_bytes(4, "big")

    def _edges(self, pin: int, value: int, data: bytes) -> bytes:
        part = self._pulses.get(pin)
        count = part.edges(self._now_us) if part and is_alive(part) else 0
        return min(count, _MOST_EDGES).to_bytes(4, "big")

    def _frames(self, where: int, count: int, data: bytes) -> bytes:
        rate_hz, part = int.from_bytes(data, "big"), self._i2s
        heard = part.frames(count, rate_hz, self._now_us) if part and is_alive(part) else b""
        return heard[: _FRAME_BYTES * count].ljust(_FRAME_BYTES * count, b"\x00")


def _exactly(count: int, data: bytes) -> bytes:
    """Return as many bytes as the board clocks out of a part, whatever that has to say."""
    return data[:count].ljust(count, bytes([_NOBODY]))
