"""Drawings that lie: an old pin, a text that hides another, a wire that leads to nowhere."""

import re
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from tools.drawings.__main__ import main
from tools.drawings.board import Board, boards
from tools.drawings.canvas import Canvas, width_of
from tools.drawings.pages import BEGIN, END, made
from tools.drawings.sensors import SENSORS
from tools.drawings.wiring import board_drawing, sensor_drawing

ROOT = Path(__file__).parents[2]
BOARDS = {board.name: board for board in boards(ROOT)}
MADE = made(ROOT)
DRAWINGS = sorted(path for path in MADE if path.endswith(".svg"))
NAMES = "{http://www.w3.org/2000/svg}"


def drawn(path: str) -> ElementTree.Element:
    return ElementTree.fromstring(MADE[path])  # noqa: S314 - our own


def number(shape: ElementTree.Element, *fields: str) -> list[float]:
    return [float(shape.get(field, "0")) for field in fields]


def text_boxes(svg: ElementTree.Element) -> list[tuple[str, float, float, float, float]]:
    """Return (words, left, top, right, bottom) of each text, as wide as it may become."""
    boxes = []
    for text in svg.iter(f"{NAMES}text"):
        x, y, size = number(text, "x", "y", "font-size")
        words = text.text or ""
        width = width_of(words, int(size), text.get("font-weight") == "bold")
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor", "")]
        boxes.append((words, left, y - 0.8 * size, left + width, y + 0.25 * size))
    return boxes


def frames(svg: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """Return (left, top, right, bottom) of all boxes that may hold a text."""
    found = []
    for rect in svg.iter(f"{NAMES}rect"):
        x, y, width, height = number(rect, "x", "y", "width", "height")
        if width > 60:
            found.append((x, y, x + width, y + height))
    return found


def test_every_file_in_the_checkout_is_what_the_script_makes():
    for path, text in MADE.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: run tools.drawings"
    assert main(["--check"]) == 0


def test_a_file_that_is_old_is_named_and_mended(tmp_path: Path, monkeypatch, capsys):
    for folder in ("docs/sensors", "docs/boards", "firmware/boards"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    board = tmp_path / "firmware/boards/heltec-v3.json"
    board.write_text(board.read_text().replace('"onewire": 4', '"onewire": 38'))
    monkeypatch.setattr("tools.drawings.__main__.ROOT", tmp_path)
    assert main(["--check"]) == 1
    named = capsys.readouterr().err.splitlines()
    assert {"docs/sensors/ds18b20.svg", "docs/boards/heltec-v3.md"} <= set(named)
    assert "docs/sensors/a02.svg" not in named
    assert main([]) == 0
    assert "GPIO 38" in (tmp_path / "docs/sensors/ds18b20.svg").read_text()
    assert main(["--check"]) == 0


@pytest.mark.parametrize("path", DRAWINGS)
def test_a_text_stays_in_its_box_and_hides_no_other(path: str):
    svg = drawn(path)
    texts = text_boxes(svg)
    assert len(texts) > 5
    for words, left, top, right, bottom in texts:
        middle = ((left + right) / 2, (top + bottom) / 2)
        around = [
            frame
            for frame in frames(svg)
            if frame[0] <= middle[0] <= frame[2] and frame[1] <= middle[1] <= frame[3]
        ]
        x, y, x_end, y_end = min(around, key=lambda frame: frame[2] - frame[0])
        assert x <= left and right <= x_end and y <= top and bottom <= y_end, words
    for i, one in enumerate(texts):
        for other in texts[i + 1 :]:
            is_apart = one[1] >= other[3] or other[1] >= one[3]
            assert is_apart or one[2] >= other[4] or other[2] >= one[4], (one[0], other[0])


@pytest.mark.parametrize("path", DRAWINGS)
def test_every_pin_in_a_drawing_is_one_that_the_board_has_for_sensors_or_cable(path: str):
    name = Path(path).stem
    board = BOARDS.get(name) or BOARDS[next(s.board for s in SENSORS if s.name == name)]
    given = board.given
    used = {pin for uart in given["uarts"] for pin in (uart["tx"], uart["rx"])}
    for place in (given["sensors"], given["power"]["pmic"] or {}):
        used |= {int(pin) for pin in re.findall(r"\d+", str(place))}
    pins = [int(pin) for pin in re.findall(r">GPIO (\d+)<", MADE[path])]
    assert pins or name == "none"
    assert set(pins) <= used
    assert len(set(pins)) == len(pins)


def test_a_page_has_its_drawing_and_names_no_other_pin_than_its_board():
    for path in DRAWINGS:
        page = MADE[path.replace(".svg", ".md")]
        assert f"({Path(path).name})" in page
    for name, board in BOARDS.items():
        table = MADE[f"docs/boards/{name}.md"].partition(BEGIN)[2].partition(END)[0]
        for terminal, row in (("i2c.sda", "I2C SDA"), ("uart.rx", "UART 2 rx"), ("onewire", "1-W")):
            cell = re.search(rf"\| {row}[^|]*\| ([^|]*) \|", table)
            assert cell is not None
            assert cell[1] == (board.label(terminal) or "none")


def test_links_between_pages_lead_somewhere():
    for path in sorted((ROOT / "docs").glob("*/*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_every_driver_has_a_page():
    pages = "".join(MADE[f"docs/sensors/{sensor.name}.md"] for sensor in SENSORS)
    helpers = {"__init__", "driver", "uart_driver", "shots", "sensirion", "a_weighting"}
    for module in (ROOT / "firmware/node/drivers").glob("*.py"):
        assert module.stem in helpers or f'"driver": "{module.stem}"' in pages, module.stem


def test_a_board_without_the_terminal_is_refused_and_not_drawn():
    microphone = next(sensor for sensor in SENSORS if sensor.name == "i2s-microphone")
    with pytest.raises(ValueError, match=r"lora32-v21 has no i2s\.sck"):
        sensor_drawing(microphone, BOARDS["lora32-v21"])


def test_a_text_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="is wider than 20"):
        Canvas(100, 100, "x").text(0, 0, "GPIO 21", 20)
    long = replace(SENSORS[0], notes=("far too long " * 9,))
    with pytest.raises(ValueError, match="is wider than"):
        sensor_drawing(long, BOARDS["heltec-v3"])


def test_a_page_without_marks_is_refused(tmp_path: Path):
    for folder in ("docs/sensors", "docs/boards", "firmware/boards"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    page = tmp_path / "docs/sensors/a02.md"
    page.write_text(page.read_text().replace(END, ""))
    with pytest.raises(ValueError, match="lacks the marks"):
        made(tmp_path)


def test_what_a_board_cannot_switch_is_fed_by_3v3_and_what_it_can_by_that_pin():
    for board in BOARDS.values():
        is_switched = board.given["sensors"]["supply"] == "vext"
        assert (board.supply != "3V3") == is_switched, board.name


def test_a_board_that_is_new_gets_a_drawing_without_any_change_here():
    board = Board("new-one", BOARDS["heltec-v3"].given)
    assert ">new-one<" in board_drawing(board)
