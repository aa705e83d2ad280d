"""The board a node runs on: which pins carry what, from one file, and the radio built from it.

Place: /board.json (one of firmware/boards) -> `load` -> app; `radio` -> a driver of package radio.
Guarantee: a wrong field, a pin that the chip does not have or that the board needs itself, and a
pin with two uses are a NodeError that names the file and the field. Only the driver of the chip
that is fitted is loaded, and its supply is on before it is spoken to. What the fields mean:
firmware/boards/README.md.
"""

import json
import time

from node import fields

# field:rule. out, in: a pin that the node drives or reads; pin: one that is only named; yes: true
# or false; text; 1..2: a number; a|b: one of these words; @x: an object of shape x; [x: a list of
# x; ? behind a rule: or null. It is text because as dicts and tuples it would cost more heap.
_SHAPES = {
    "board": (
        "name:text mcu:esp32|esp32s3 usb:@usb uarts:[@uart radio:@radio? power:@power "
        "led:@output? button:@input? sensors:@sensors energy:@energy? limits:@limits"
    ),
    "usb": "bridge:text uart:0..0? tx:out? rx:in?",
    "uart": "id:1..2 tx:out rx:in",
    "sx1262": (
        "chip:sx1262 spi:1..2 sck:out mosi:out miso:in cs:out reset:out busy:in dio1:in "
        "tcxo_mv:1600..3300? tcxo_ms:1..100 dio2_switch:yes rx_pin:out? tx_pin:out? dcdc:yes "
        "max_dbm:-9..22"
    ),
    "sx1276": (
        "chip:sx1276 spi:1..2 sck:out mosi:out miso:in cs:out reset:out dio0:in dio1:in? "
        "pa_boost:yes tcxo:yes rx_pin:out? tx_pin:out? max_dbm:-4..20"
    ),
    "power": "radio:always|vext|pmic vext:@output? pmic:@pmic? battery:@battery?",
    "pmic": "i2c:0..1 sda:out scl:out irq:in? radio_rail:@rail",
    "rail": "axp192:ldo2? axp2101:aldo2?",
    "battery": "pin:in upper_kohm:1..10000 lower_kohm:1..10000 switch:@output?",
    "sensors": "i2c:@i2c? i2s:@i2s? onewire:out? pulses:[in supply:always|vext solar:@battery?",
    "i2c": "id:0..1 sda:out scl:out",
    "i2s": "id:0..1 sck:out ws:out sd:in",
    "energy": (
        "start_uc:0..100000 sleep_ua:1..20000 cpu_ma:1..500 idle_ma:1..500 rx_ma:0..200 "
        "tx_ma:0..500"
    ),
    "output": "pin:out on:0..1",
    "input": "pin:in on:0..1",
    "limits": "input_only:[pin strapping:[pin reserved:[pin",
}
_NO_SENSORS = '{"i2c":null,"i2s":null,"onewire":null,"pulses":[],"supply":"always","solar":null}'
_FOR_PEOPLE = ("sources", "notes")  # not kept: they would cost more heap than all the rest
_PINS = {"esp32": 40, "esp32s3": 49}  # GPIO numbers are below; which of them exist: `reserved`

# Far below what both chips take (10 and 16 MHz), so that it also works over wires on a breadboard;
# 255 bytes pass in half a millisecond.
_SPI_HZ = 4_000_000
_SETTLE_S = 0.01  # SX1276 datasheet, 7.2.1: 10 ms from the supply to the first access


def load(path: str = "/board.json", is_bare: bool = False, is_sound: bool = False) -> dict:
    """Return the fields of a board file, checked, or raise NodeError.

    `is_bare`: without what a node needs only to measure, whatever the file says of it. `is_sound`:
    the same file was checked before the deep sleep that has just ended.
    """
    board = fields.read_object(path)
    if is_bare:
        board.update(led=None, button=None, energy=None, sensors=json.loads(_NO_SENSORS))
    for name in _FOR_PEOPLE:
        board.pop(name, None)
    if is_sound:
        return board
    check = _Check(path, board.get("mcu"))
    check.shape("", board, "board")
    check.pins(board["limits"])
    source = board["power"]["radio"]
    if source != "always" and board["power"][source] is None:
        fields.refuse(path, "power." + source, "null", "what feeds the radio, as power.radio says")
    if board["sensors"]["supply"] == "vext" and board["power"]["vext"] is None:
        fields.refuse(path, "power.vext", "null", "what feeds the sensors, as sensors.supply says")
    return board


def wires(board: dict) -> dict:
    """Return what `node.ports` has to know of a board: where its sensors are."""
    power = board["power"]
    found = board["sensors"]
    found["uarts"] = board["uarts"]
    found["battery"] = power["battery"]
    found["supply"] = power["vext"] if found["supply"] == "vext" else None
    if found["i2c"] is None and power["pmic"]:
        pmic = power["pmic"]
        found["i2c"] = {"id": pmic["i2c"], "sda": pmic["sda"], "scl": pmic["scl"]}
    return found


class _Check:
    """Holds one file against `_SHAPES` and collects its pins on the way."""

    def __init__(self, path: str, mcu):
        self._path = path
        self._limit = _PINS.get(mcu, 0) if isinstance(mcu, str) else 0
        self._used = []  # (place, pin, whether the board drives it)

    def shape(self, place: str, given, name: str) -> None:
        """Check an object; `place` is what its fields are called by."""
        if not isinstance(given, dict):
            fields.refuse(self._path, place[:-1] or "all of it", repr(given), "an object")
        if name == "radio":
            self._word(place + "chip", given.get("chip"), "sx1262|sx1276")
            name = given["chip"]
        known = []
        for pair in _SHAPES[name].split():
            field, rule = pair.split(":")
            known.append(field)
            if field not in given:
                fields.refuse(self._path, place + field, "missing", "there")
            self._value(place + field, given[field], rule)
        for field in given:
            if field not in known:
                wanted = "one of: %s"
                fields.refuse(self._path, place + field, "no field here", wanted, ", ".join(known))

    def pins(self, limits: dict) -> None:
        """Check that no pin has two uses, and that each can do what it is used for."""
        seen = {}
        for place, pin, driven in self._used:
            if pin in seen:
                wanted = "a pin of its own: it is %s already"
                fields.refuse(self._path, place, str(pin), wanted, seen[pin])
            if pin in limits["reserved"]:
                fields.refuse(self._path, place, str(pin), "a pin that is not in limits.reserved")
            if driven and pin in limits["input_only"]:
                fields.refuse(self._path, place, str(pin), "a pin that can drive a line")
            seen[pin] = place

    def _value(self, place: str, value, rule: str) -> None:
        if rule[-1] == "?":
            if value is None:
                return
            rule = rule[:-1]
        if rule in ("out", "in", "pin"):
            fields.check(self._path, place, value, int, 0, self._limit - 1)
            if rule != "pin":
                self._used.append((place, value, rule == "out"))
        elif rule[0] == "@":
            self.shape(place + ".", value, rule[1:])
        elif rule[0] == "[":
            fields.check(self._path, place, value, list, 0, 49)
            for i in range(len(value)):
                self._value("%s[%d]" % (place, i), value[i], rule[1:])
        elif rule == "yes":
            fields.check(self._path, place, value, bool, 0, 1)
        elif rule == "text":
            fields.check(self._path, place, value, str, 1, 32)
        elif ".." in rule:
            lowest, highest = rule.split("..")
            fields.check(self._path, place, value, int, int(lowest), int(highest))
        else:
            self._word(place, value, rule)

    def _word(self, place: str, value, words: str) -> None:
        if value not in words.split("|"):
            wanted = "one of: %s"
            fields.refuse(self._path, place, repr(value), wanted, words.replace("|", ", "))


def radio(board: dict, machine):
    """Return the driver of the board's radio, its supply on; None where there is no radio."""
    fitted = board["radio"]
    if fitted is None:
        return None
    _switch_on(board["power"], machine)
    lines = _Lines(machine, fitted)
    cs = lines.output("cs", 1)  # not selected, before the clock begins to move
    spi = machine.SPI(
        fitted["spi"],
        baudrate=_SPI_HZ,
        polarity=0,
        phase=0,
        sck=machine.Pin(fitted["sck"]),
        mosi=machine.Pin(fitted["mosi"]),
        miso=machine.Pin(fitted["miso"]),
    )
    build = _sx1262 if fitted["chip"] == "sx1262" else _sx1276
    return build(fitted, lines, spi, cs)


def _switch_on(power: dict, machine) -> None:
    if power["radio"] == "vext":
        vext = power["vext"]
        machine.Pin(vext["pin"], machine.Pin.OUT, value=vext["on"])
    elif power["radio"] == "pmic":
        from node import pmic

        chip = power["pmic"]
        sda, scl = machine.Pin(chip["sda"]), machine.Pin(chip["scl"])
        pmic.switch_on(machine.I2C(chip["i2c"], sda=sda, scl=scl, freq=100000), chip["radio_rail"])
    else:
        return
    time.sleep(_SETTLE_S)


class _Lines:
    """Makes the pins of a radio from the names in its part of the file."""

    def __init__(self, machine, fitted: dict):
        self._pin = machine.Pin
        self._fitted = fitted

    def input(self, name: str):
        number = self._fitted[name]
        return None if number is None else self._pin(number, self._pin.IN)

    def output(self, name: str, level: int):
        number = self._fitted[name]
        if number is None:
            return None
        # A deep sleep held it, see `Hardware.hold`: the new level comes before it is let go.
        return self._pin(number, self._pin.OUT, value=level, hold=False)

    def released(self, name: str):
        """Return an output that only ever pulls low."""
        return self._pin(self._fitted[name], self._pin.OPEN_DRAIN, value=1, hold=False)


def _sx1262(fitted: dict, lines, spi, cs):
    from radio.sx126x import Sx126x

    return Sx126x(
        spi,
        cs,
        lines.output("reset", 1),
        lines.input("busy"),
        lines.input("dio1"),
        tcxo_mv=fitted["tcxo_mv"],
        tcxo_ms=fitted["tcxo_ms"],
        dio2_switch=fitted["dio2_switch"],
        rx_pin=lines.output("rx_pin", 0),
        tx_pin=lines.output("tx_pin", 0),
        dcdc=fitted["dcdc"],
        max_dbm=fitted["max_dbm"],
    )


def _sx1276(fitted: dict, lines, spi, cs):
    from radio.sx127x import Sx127x

    return Sx127x(
        spi,
        cs,
        # SX1276 datasheet, 7.2: the line floats while the supply rises, and is released after a
        # reset, never driven high.
        lines.released("reset"),
        lines.input("dio0"),
        lines.input("dio1"),
        pa_boost=fitted["pa_boost"],
        rx_pin=lines.output("rx_pin", 0),
        tx_pin=lines.output("tx_pin", 0),
        tcxo=fitted["tcxo"],
        max_dbm=fitted["max_dbm"],
    )
