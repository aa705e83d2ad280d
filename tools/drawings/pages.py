"""All files that are made: drawings, and the tables inside the pages that people write.

    <!-- made by python -m tools.drawings -->
    what stands here is replaced
    <!-- end -->

Place: checkout -> `made` -> `__main__`, tests.
Guarantee: what people wrote around the marks stays. A page without marks is a ValueError.
"""

from pathlib import Path

from tools.drawings.board import Board, boards
from tools.drawings.sensors import SENSORS, Row, Sensor
from tools.drawings.wiring import board_drawing, sensor_drawing

BEGIN = "<!-- made by python -m tools.drawings -->\n"
END = "<!-- end -->\n"
_STATES = (
    ("start_uc", "uC", "one start, from reset to the first line of our code"),
    ("sleep_ua", "uA", "deep sleep, all of the board"),
    ("cpu_ma", "mA", "working"),
    ("idle_ma", "mA", "awake and waiting"),
    ("rx_ma", "mA", "the radio listens, on top"),
    ("tx_ma", "mA", "the radio sends at 14 dBm, on top"),
)
_TERMINALS = (
    *(("i2c.sda", "I2C SDA"), ("i2c.scl", "I2C SCL")),
    *(("uart.tx", "UART 2 tx"), ("uart.rx", "UART 2 rx")),
    *(("onewire", "1-Wire"), ("pulse.0", "pulse input 0"), ("pulse.1", "pulse input 1")),
    *(("i2s.sck", "I2S SCK"), ("i2s.ws", "I2S WS"), ("i2s.sd", "I2S SD")),
    *(("solar", "solar divider"), ("battery", "battery divider")),
    *(("link.tx", "UART 1 tx (cable)"), ("link.rx", "UART 1 rx (cable)")),
)


def made(root: Path) -> dict[str, str]:
    """Return the text of every file by its path below `root`."""
    known = boards(root)
    by_name = {board.name: board for board in known}
    files = {}
    for sensor in SENSORS:
        path = f"docs/sensors/{sensor.name}"
        files[f"{path}.svg"] = sensor_drawing(sensor, by_name[sensor.board])
        files[f"{path}.md"] = _filled(root / f"{path}.md", sensor_table(sensor, known))
    for board in known:
        path = f"docs/boards/{board.name}"
        files[f"{path}.svg"] = board_drawing(board)
        files[f"{path}.md"] = _filled(root / f"{path}.md", board_table(board))
    return files


def sensor_table(sensor: Sensor, known: list[Board]) -> str:
    """Return the table of a sensor's wires at each board."""
    rows = [row for row in sensor.rows if row.pin and row.terminal[:1] not in ("", "=")]
    head = [_head(row) for row in rows]
    lines = [["board", *head], ["---"] * (len(rows) + 1)]
    for board in known:
        labels = [board.label(row.terminal) or "none" for row in rows]
        lines.append([f"[{board.name}](../boards/{board.name}.md)", *labels])
    return _table(lines)


def _head(row: Row) -> str:
    """Return the head of a column; a UART's wires cross, so there the board's side is told too."""
    part, _, field = row.terminal.partition(".")
    return f"{row.pin}, at {field}" if part == "uart" else row.pin


def board_table(board: Board) -> str:
    """Return the tables of a board's terminals, dividers and currents."""
    lines = [["terminal", "pin"], ["---", "---"]]
    for terminal, name in _TERMINALS:
        label = board.label(terminal)
        divider = board.divider(terminal) if terminal in ("solar", "battery") else None
        if divider is not None:
            label = f"{label}, {divider['upper_kohm']} k above, {divider['lower_kohm']} k below"
        lines.append([name, label or "none"])
    lines.append(["3.3 V for sensors", board.supply])
    states = [["state", "assumed", "meaning"], ["---"] * 3]
    for field, unit, meaning in _STATES:
        states.append([f"`{field}`", f"{board.given['energy'][field]} {unit}", meaning])
    return _table(lines) + "\n" + _table(states)


def _table(lines: list[list[str]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n".replace("  ", " ") for cells in lines)


def _filled(page: Path, table: str) -> str:
    """Return a page with the table between its marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} lacks the marks that its table stands between")
    return before + BEGIN + table + END + after
