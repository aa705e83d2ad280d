"""The radio of a board: built as its file says, its supply first."""

import sys
import types
from pathlib import Path

import pytest

from node import board as boards
from node.errors import NodeError
from tests.fakes.machine import Machine

BOARDS = Path(__file__).parents[2] / "firmware" / "boards"


@pytest.fixture(name="drivers")
def fake_drivers(monkeypatch):
    """Put drivers into the package `radio` that only keep what they are given."""
    loaded = []

    def driver_of(chip):
        def driver(*pins, **options):
            loaded.append(chip)
            return types.SimpleNamespace(chip=chip, pins=pins, options=options)

        return driver

    for chip, name in (("sx126x", "Sx126x"), ("sx127x", "Sx127x")):
        module = types.ModuleType(f"radio.{chip}")
        setattr(module, name, driver_of(chip))
        monkeypatch.setitem(sys.modules, f"radio.{chip}", module)
    package = types.ModuleType("radio")
    package.__path__ = []
    monkeypatch.setitem(sys.modules, "radio", package)
    return loaded


def built(name: str, machine: Machine):
    return boards.radio(boards.load(str(BOARDS / f"{name}.json")), machine)


def numbers(pins) -> list:
    return [pin.number for pin in pins]


def test_the_driver_of_an_sx1262_gets_what_the_file_says(drivers):
    machine = Machine()
    radio = built("heltec-v3", machine)
    spi, *pins = radio.pins
    assert drivers == ["sx126x"]
    assert spi.number == 1
    bus = {key: spi.options.pop(key).number for key in ("sck", "mosi", "miso")}
    assert bus == {"sck": 9, "mosi": 10, "miso": 11}
    assert spi.options == {"baudrate": 4_000_000, "polarity": 0, "phase": 0}
    assert numbers(pins) == [8, 12, 13, 14]  # cs, reset, busy, dio1
    assert [pin.mode for pin in pins] == ["out", "out", "in", "in"]
    assert [pin.level for pin in pins] == [1, 1, None, None]
    assert radio.options == {
        "tcxo_mv": 1800, "tcxo_ms": 5, "dio2_switch": True, "rx_pin": None, "tx_pin": None,
        "dcdc": True, "max_dbm": 22,
    }  # fmt: skip
    assert machine.log[0] == ("pin", 8, "out", 1)  # not selected before the clock moves


def test_the_driver_of_an_sx1276_gets_what_the_file_says(drivers):
    radio = built("esp32-rfm95", Machine())
    spi, *pins = radio.pins
    assert drivers == ["sx127x"]
    assert (spi.number, spi.options["sck"].number, spi.options["mosi"].number) == (2, 18, 23)
    assert numbers(pins) == [27, 26, 33, 32]  # cs, reset, dio0, dio1
    assert [pin.mode for pin in pins] == ["out", "open drain", "in", "in"]
    assert radio.options == {
        "pa_boost": True, "rx_pin": None, "tx_pin": None, "tcxo": False, "max_dbm": 17,
    }  # fmt: skip


def test_a_board_without_radio_loads_no_driver_and_touches_no_pin(drivers):
    machine = Machine()
    assert built("esp32-wired", machine) is None
    assert drivers == machine.log == []


def test_pins_of_an_antenna_switch_begin_low_and_a_missing_dio_is_none(drivers):
    board = boards.load(str(BOARDS / "esp32-rfm95.json"))
    board["radio"] |= {"rx_pin": 4, "tx_pin": 14, "dio1": None}
    radio = boards.radio(board, Machine())
    assert radio.pins[-1] is None
    assert [
        (radio.options[name].number, radio.options[name].level) for name in ("rx_pin", "tx_pin")
    ] == [(4, 0), (14, 0)]


def test_a_switched_supply_is_on_before_the_radio_is_touched(drivers):
    board = boards.load(str(BOARDS / "heltec-v3.json"))
    board["power"]["radio"] = "vext"
    machine = Machine()
    boards.radio(board, machine)
    assert machine.log[0] == ("pin", 36, "out", 0)


AXP192 = {0x03: 0x03, 0x28: 0x0A, 0x12: 0b0101_0010}
AXP2101 = {0x03: 0x4A, 0x93: 0b1010_0000, 0x90: 0b0000_0101}


@pytest.mark.parametrize("name", ["t-beam-sx1262", "t-beam-sx1276"])
@pytest.mark.parametrize(
    ("registers", "writes"),
    [
        (AXP192, [("write", 0x28, 0xFA), ("write", 0x12, 0b0101_0110)]),
        (AXP2101, [("write", 0x93, 0b1011_1100), ("write", 0x90, 0b0000_0111)]),
    ],
)
def test_a_pmic_feeds_the_radio_first_and_keeps_its_other_rails(drivers, name, registers, writes):
    machine = Machine(dict(registers))
    assert built(name, machine) is not None
    assert [entry for entry in machine.log if entry[0] == "write"] == writes
    kinds = [entry[0] for entry in machine.log]
    assert ("i2c", 0, 21, 22) in machine.log
    assert kinds.index("spi") > len(kinds) - 1 - kinds[::-1].index("write")


@pytest.mark.parametrize(
    ("registers", "words"),
    [
        (None, "no PMIC answers on I2C at 0x34"),
        ({0x03: 0x41}, "the PMIC at 0x34 says 0x41"),
        ({**AXP192, "stuck": 0x12}, "the axp192 does not switch ldo2 on"),
        ({**AXP2101, "stuck": 0x90}, "the axp2101 does not switch aldo2 on"),
    ],
)
def test_a_pmic_that_does_not_obey_is_told_in_words(drivers, registers, words: str):
    with pytest.raises(NodeError, match=words):
        built("t-beam-sx1276", Machine(registers and dict(registers)))
    assert drivers == []


def test_a_pmic_without_a_radio_rail_in_the_file_is_left_alone(drivers):
    board = boards.load(str(BOARDS / "t-beam-sx1276.json"))
    board["power"]["pmic"]["radio_rail"]["axp192"] = None
    machine = Machine(dict(AXP192))
    with pytest.raises(NodeError, match=r"says 0x03: .* has no radio rail for it"):
        boards.radio(board, machine)
    assert machine.pmic == AXP192


def test_a_supply_has_ten_milliseconds_to_rise(drivers, monkeypatch):
    machine = Machine(dict(AXP2101))
    monkeypatch.setattr(
        boards.time, "sleep", lambda seconds: machine.log.append(("sleep", seconds))
    )
    built("t-beam-sx1262", machine)
    slept = machine.log.index(("sleep", 0.01))
    assert machine.log[slept - 1][0] == "write"
    built("heltec-v3", always_on := Machine())
    assert "sleep" not in [entry[0] for entry in always_on.log]
