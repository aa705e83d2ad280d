"""Boards: what ships uses only pins that the chips have, and what is wrong is named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from node import board as boards
from node.errors import NodeError
from tools.rig.interpreter import find_micropython

ROOT = Path(__file__).parents[2]
BOARDS = ROOT / "firmware" / "boards"
NAMES = sorted(path.stem for path in BOARDS.glob("*.json"))

# ESP-IDF, "GPIO Summary" of each chip. Flash: SPI0/1 of the chip.
EXISTING = {
    "esp32": {*range(20), 21, 22, 23, 25, 26, 27, *range(32, 40)},
    "esp32s3": {*range(22), *range(26, 49)},
}
FLASH = {"esp32": set(range(6, 12)), "esp32s3": set(range(26, 33))}
INPUT_ONLY = {"esp32": set(range(34, 40)), "esp32s3": set()}
STRAPPING = {"esp32": {0, 2, 5, 12, 15}, "esp32s3": {0, 3, 45, 46}}
HIGHEST = {"esp32": 39, "esp32s3": 48}
READ = {"miso", "busy", "dio0", "dio1", "rx", "irq", "sd"}
DRIVEN = {"sck", "mosi", "cs", "reset", "rx_pin", "tx_pin", "tx", "sda", "scl", "ws", "onewire"}


def text_of(name: str) -> dict:
    """Return a board file as it ships."""
    return json.loads((BOARDS / f"{name}.json").read_text(encoding="utf-8"))


def used_pins(part, place="") -> list[tuple[str, int, bool]]:
    """Return (place, pin, driven) of all pins, found by their names and not by the code's table."""
    if isinstance(part, list):
        return [pin for i, entry in enumerate(part) for pin in used_pins(entry, f"{place}[{i}]")]
    found = []
    for key, value in part.items() if isinstance(part, dict) else ():
        if isinstance(value, int) and (key in READ or key in DRIVEN):
            found.append((f"{place}.{key}", value, key in DRIVEN))
        elif key == "pin":
            is_read = place.endswith(("battery", "button", "solar"))
            found.append((f"{place}.pin", value, not is_read))
        elif key == "pulses":
            found += [(f"{place}.pulses", pin, False) for pin in value]
        elif key != "limits":
            found += used_pins(value, f"{place}.{key}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_board_uses_pins_that_its_chip_has_and_each_once(name: str):
    board = text_of(name)
    mcu = board["mcu"]
    used = used_pins(board)
    pins = [pin for _, pin, _ in used]
    assert len(pins) >= 4
    assert len(set(pins)) == len(pins), used
    assert set(pins) <= EXISTING[mcu] - FLASH[mcu]
    assert not {pin for _, pin, driven in used if driven} & INPUT_ONLY[mcu]


@pytest.mark.parametrize("name", NAMES)
def test_the_limits_of_a_board_are_those_of_its_chip(name: str):
    board = text_of(name)
    mcu, limits = board["mcu"], board["limits"]
    assert set(limits["input_only"]) == INPUT_ONLY[mcu]
    assert set(limits["strapping"]) == STRAPPING[mcu]
    missing = set(range(HIGHEST[mcu] + 1)) - EXISTING[mcu]
    assert set(limits["reserved"]) >= FLASH[mcu] | missing


@pytest.mark.parametrize("name", NAMES)
def test_a_board_that_ships_is_accepted_and_names_its_sources(name: str):
    board = boards.load(str(BOARDS / f"{name}.json"))
    assert board["name"] == name
    assert "sources" not in board
    assert "notes" not in board
    sources = text_of(name)["sources"]
    assert len({source["url"] for source in sources}) >= 2
    assert all(source["document"] and source["date"] and source["says"] for source in sources)


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_has_the_pins_of_a_board(name: str):
    readme = (BOARDS / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in readme
    radio = text_of(name)["radio"]
    if radio is not None:
        order = ("sck", "mosi", "miso", "cs", "reset", "busy", "dio0", "dio1")
        row = " | ".join(str(radio.get(field, "")) for field in order).replace("  ", " ")
        assert f"| `{name}` | {row} |" in readme


def test_our_own_wiring_avoids_what_is_strapping():
    for name in ("esp32-rfm95", "esp32-wired"):
        used = used_pins(text_of(name))
        assert {pin for place, pin, _ in used if pin in STRAPPING["esp32"]} <= {0}  # the button


WRONG = [
    ("radio.sck", 99, "radio.sck is 99, should be a number from 0 to 39"),
    ("radio.sck", "5", "radio.sck is '5', should be a number from 0 to 39"),
    ("radio.sck", True, "radio.sck is True, should be a number"),
    ("radio.sck", None, "radio.sck is None, should be a number"),
    ("radio.cs", 5, "radio.cs is 5, should be a pin of its own: it is radio.sck already"),
    ("led.pin", 26, "led.pin is 26, should be a pin of its own: it is radio.dio0 already"),
    ("radio.reset", 39, "radio.reset is 39, should be a pin that can drive a line"),
    ("radio.dio0", 6, "radio.dio0 is 6, should be a pin that is not in limits.reserved"),
    ("radio.chip", "sx1280", "radio.chip is 'sx1280', should be one of: sx1262, sx1276"),
    ("radio.tcxo", 1, "radio.tcxo is 1, should be true or false"),
    ("radio.max_dbm", 30, "radio.max_dbm is 30, should be a number from -4 to 20"),
    ("radio.busy", 2, "radio.busy is no field here, should be one of: chip, spi, sck,"),
    ("radio", 3, "radio is 3, should be an object"),
    ("mcu", "rp2040", "mcu is 'rp2040', should be one of: esp32, esp32s3"),
    ("mcu", ["esp32"], "mcu is ['esp32'], should be one of: esp32, esp32s3"),
    ("uarts", {}, "uarts is {}, should be a list of 0 to 49 entries"),
    ("uarts", [{"id": 0, "tx": 25, "rx": 13}], "uarts[0].id is 0, should be a number from 1 to 2"),
    ("limits.reserved", [40], "limits.reserved[0] is 40, should be a number from 0 to 39"),
    ("power.radio", "solar", "power.radio is 'solar', should be one of: always, vext, pmic"),
    ("power.radio", "vext", "power.vext is null, should be what feeds the radio, as power.radio"),
    ("power.pmic.radio_rail.axp192", "dc3", "radio_rail.axp192 is 'dc3', should be one of: ldo2"),
    ("sensors.supply", "vext", "power.vext is null, should be what feeds the sensors, as"),
    ("sensors.pulses", [26], "sensors.pulses[0] is 26, should be a pin of its own: it is radio."),
    ("sensors.onewire", 39, "sensors.onewire is 39, should be a pin that can drive a line"),
    ("energy.sleep_ua", 0, "energy.sleep_ua is 0, should be a number from 1 to 20000"),
    ("name", "", "name is '', should be text of 1 to 32 characters"),
    ("colour", "red", "colour is no field here, should be one of: name, mcu, usb"),
]
ABSENT = ["radio", "radio.miso", "radio.rx_pin", "usb", "led", "limits.reserved", "power.vext"]


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "board.json"
    path.write_text(text)
    with pytest.raises(NodeError) as raised:
        boards.load(str(path))
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def parent_of(board: dict, field: str) -> tuple[dict, str]:
    *parts, last = field.split(".")
    for part in parts:
        board = board[part]
    return board, last


@pytest.mark.parametrize(("field", "value", "words"), WRONG)
def test_a_wrong_field_is_refused_in_one_line(tmp_path: Path, field: str, value, words: str):
    board = text_of("t-beam-sx1276")
    parent, last = parent_of(board, field)
    parent[last] = value
    assert words in refusal(tmp_path, json.dumps(board))


@pytest.mark.parametrize("field", ABSENT)
def test_a_missing_field_is_refused_by_name(tmp_path: Path, field: str):
    board = text_of("t-beam-sx1276")
    parent, last = parent_of(board, field)
    del parent[last]
    assert f": {field} is missing, should be there" in refusal(tmp_path, json.dumps(board))


def test_what_is_no_board_file_is_refused(tmp_path: Path):
    assert "is not a JSON object" in refusal(tmp_path, "[]")
    assert "is not a JSON object" in refusal(tmp_path, '{"name":')
    assert "name is missing" in refusal(tmp_path, "{}")
    with pytest.raises(NodeError, match=r"/no/board\.json is missing"):
        boards.load("/no/board.json")


ON_DEVICE = """
import sys
sys.path[:0] = [{root!r}, {root!r} + "/firmware"]
import gc
from node import board
for name in {names!r}:
    path = {root!r} + "/firmware/boards/" + name + ".json"
    loaded = board.load(path)
    print(name, loaded["mcu"], loaded["limits"]["reserved"], loaded["radio"] is None)
"""


@pytest.mark.board
def test_micropython_reads_the_same_boards_in_the_heap_of_a_small_one():
    program = ON_DEVICE.format(root=str(ROOT), names=NAMES)
    outputs = []
    for command in ([str(find_micropython()), "-X", "heapsize=172k"], [sys.executable]):
        done = subprocess.run(
            [*command, "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == len(NAMES)
