"""The drawing of one sensor at one board, and of a board with all its sensors' terminals.

Place: Board, Sensor -> here -> SVG.
Guarantee: wires run straight from left to right, each in its row, so that a finger can follow
them; ValueError where a board lacks a terminal that the sensor needs.
"""

from tools.drawings.board import Board
from tools.drawings.canvas import BOARD, PART, Canvas
from tools.drawings.sensors import BLACK, BLUE, GREEN, ORANGE, RED, VIOLET, Part, Row, Sensor

_WIDTH = 600
_ROW = 46
_TOP = 92
_LEFT, _LEFT_END = 14, 176  # the board
_RIGHT, _RIGHT_END = 416, 586  # the sensor
_LANES = (210, 276, 340)
_TIE = 402
_NOTE = 26


def sensor_drawing(sensor: Sensor, board: Board) -> str:
    """Return the SVG of a sensor at a board."""
    bottom = _TOP + _ROW * len(sensor.rows)
    height = bottom + 26 + _NOTE * len(sensor.notes)
    canvas = Canvas(_WIDTH, height, f"{sensor.title} at {board.title}")
    canvas.box(_LEFT, 14, _LEFT_END - _LEFT, bottom - 14, BOARD)
    canvas.box(_RIGHT, 14, _RIGHT_END - _RIGHT, bottom - 14, PART)
    for x, room, words in ((95, 150, board.title), (501, 158, sensor.title)):
        canvas.text(x, 42, words, room, size=16, anchor="middle", is_bold=True)
    # What is tied comes last: its dot lies upon the other row's wire.
    for i in sorted(range(len(sensor.rows)), key=lambda i: sensor.rows[i].tied is not None):
        _wire(canvas, sensor, board, i)
    for part in sensor.parts:
        _part(canvas, sensor, board, part)
    for i, note in enumerate(sensor.notes):
        canvas.text(_LEFT, bottom + 26 + _NOTE * i, note, _WIDTH - 2 * _LEFT, size=16)
    return canvas.svg()


def _y(row: int) -> float:
    return _TOP + _ROW * row


def _wire(canvas: Canvas, sensor: Sensor, board: Board, number: int) -> None:
    row = sensor.rows[number]
    y = _y(number)
    if row.pin:
        canvas.text(_RIGHT + 14, y, row.pin, _RIGHT_END - _RIGHT - 20)
    if row.tied is not None:
        canvas.line([(_RIGHT, y), (_TIE, y), (_TIE, _y(row.tied))], row.colour)
        canvas.dot(_TIE, _y(row.tied), row.colour)
        return
    start: float = _LEFT_END
    if row.terminal[:1] == "=":
        start = 300
        canvas.box(start - 90, y - 17, 90, 34, PART)
        canvas.text(start - 45, y, row.terminal[1:], 84, anchor="middle")
    else:
        canvas.text(_LEFT_END - 12, y, _label(board, row), 144, anchor="end")
    # A row without a pin of the sensor ends at the last part that it feeds.
    ends = [_LANES[part.lane] for part in sensor.parts if number in part.rows]
    canvas.line([(start, y), (_RIGHT if row.pin else max(ends), y)], row.colour)


def _label(board: Board, row: Row) -> str:
    label = board.label(row.terminal)
    if label is None:
        raise ValueError(f"{board.name} has no {row.terminal}")
    return label


def _part(canvas: Canvas, sensor: Sensor, board: Board, part: Part) -> None:
    x = _LANES[part.lane]
    upper, lower = _y(part.rows[0]), _y(part.rows[1])
    value = _value(board, sensor, part.value)
    if upper == lower:
        canvas.resistor(x, upper, is_upright=False)
        canvas.text(x, upper - 24, value, 70, size=16, anchor="middle")
        return
    canvas.line([(x, upper), (x, lower)], width=2.5)
    for row in part.rows:
        canvas.dot(x, _y(row), sensor.rows[row].colour)
    middle = upper + _ROW / 2
    if part.kind == "R":
        canvas.resistor(x, middle, is_upright=True)
    else:
        canvas.capacitor(x, middle)
    canvas.text(x + 16, middle, value, 48, size=15)


def _value(board: Board, sensor: Sensor, value: str) -> str:
    if value[0] != "@":
        return value
    divider = board.divider(sensor.rows[0].terminal)
    if divider is None:
        raise ValueError(f"{board.name} has no divider for {sensor.name}")
    return f"{divider[value[1:] + '_kohm']}k"


# Title, sensors that go there, and (terminal, name, colour) of each wire.
_GROUPS = (
    ("Supply", "all sensors", (("5V", "5 V", RED), ("3V3", "3.3 V", RED), ("GND", "GND", BLACK))),
    (
        "I2C",
        "BME280, SCD41, SPS30",
        (("i2c.sda", "SDA", BLUE), ("i2c.scl", "SCL", ORANGE)),
    ),
    (
        "UART 2",
        "SDS011, A02, sonar, radar",
        (("uart.tx", "TX", GREEN), ("uart.rx", "RX", VIOLET)),
    ),
    ("1-Wire", "DS18B20", (("onewire", "DQ", BLUE),)),
    ("Pulses", "contacts", (("pulse.0", "0", BLUE), ("pulse.1", "1", BLUE))),
    (
        "I2S",
        "microphone",
        (("i2s.sck", "SCK", BLUE), ("i2s.ws", "WS", ORANGE), ("i2s.sd", "SD", GREEN)),
    ),
    ("Solar", "by a divider", (("solar", "+", ORANGE),)),
    ("UART 1", "cable to the gateway", (("link.tx", "TX", GREEN), ("link.rx", "RX", VIOLET))),
)
_BOARD_ROW = 34
_GAP = 14
_GROUP, _GROUP_END = 270, 586


def board_drawing(board: Board) -> str:
    """Return the SVG of a board with the terminals that it has."""
    groups = [(title, use, board_wires(board, wires)) for title, use, wires in _GROUPS]
    groups = [group for group in groups if group[2]]
    height = 80 + sum(_block(wires) + _GAP for _, _, wires in groups)
    canvas = Canvas(_WIDTH, height, f"Terminals of {board.title}")
    canvas.box(_LEFT, 14, _LEFT_END - _LEFT, height - 28, BOARD)
    canvas.text(95, 42, board.title, 150, size=16, anchor="middle", is_bold=True)
    y = 66.0
    for title, use, wires in groups:
        _terminals(canvas, y, title, use, wires)
        y += _block(wires) + _GAP
    return canvas.svg()


def board_wires(
    board: Board, wires: tuple[tuple[str, str, str], ...]
) -> list[tuple[str, str, str]]:
    """Return (label of the board's pin, name, colour) of the wires that the board has."""
    found = []
    for terminal, name, colour in wires:
        label = board.label(terminal)
        if label is not None:
            found.append((label, name, colour))
    return found


def _block(wires: list[tuple[str, str, str]]) -> int:
    """Return the height of a group: its title stands beside its wires, in two lines."""
    return max(_BOARD_ROW * len(wires), 58)


def _terminals(
    canvas: Canvas, y: float, title: str, use: str, wires: list[tuple[str, str, str]]
) -> None:
    height = _block(wires)
    canvas.box(_GROUP, y, _GROUP_END - _GROUP, height, PART)
    canvas.text(_GROUP + 66, y + height / 2 - 13, title, 240, size=16, is_bold=True)
    canvas.text(_GROUP + 66, y + height / 2 + 11, use, 248, size=15)
    step = height / len(wires)
    for i, (label, name, colour) in enumerate(wires):
        at = y + step * (i + 0.5)
        canvas.text(_LEFT_END - 12, at, label, 144, size=17, anchor="end")
        canvas.line([(_LEFT_END, at), (_GROUP, at)], colour)
        canvas.text(_GROUP + 8, at, name, 56, size=16)
