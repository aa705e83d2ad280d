"""The terminals of a board, as its file has them: which pin is SDA, and what feeds a sensor.

Place: firmware/boards/*.json -> `Board` -> drawings, tables.
Guarantee: a pin comes from the file and from nowhere else. What the board lacks is None.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SENSOR_UART = 2
LINK_UART = 1

# What is printed beside the pin that feeds sensors, where the board can switch it off.
_SWITCHED = {"heltec-v3": "Ve"}
_TITLES = {
    "esp32-rfm95": "ESP32 RFM95W",
    "esp32-wired": "ESP32 dev kit",
    "heltec-v3": "Heltec V3",
    "lora32-v21": "LoRa32 V2.1",
    "t-beam-sx1262": "T-Beam SX1262",
    "t-beam-sx1276": "T-Beam SX1276",
}


@dataclass(frozen=True)
class Board:
    """`given` is the board file, unchecked: `node.board` and its tests check it."""

    name: str
    given: dict[str, Any]

    @property
    def title(self) -> str:
        """Return what people call it."""
        return _TITLES.get(self.name, self.name)

    @property
    def supply(self) -> str:
        """Return the label of the pin with 3.3 V for sensors."""
        return _SWITCHED.get(self.name, "3V3")

    def pin(self, terminal: str) -> int | None:
        """Return the GPIO of i2c.sda, uart.tx, onewire, pulse.0, i2s.ws, solar, ..; or None."""
        part, _, field = terminal.partition(".")
        if part in ("uart", "link"):
            wanted = SENSOR_UART if part == "uart" else LINK_UART
            return next((u[field] for u in self.given["uarts"] if u["id"] == wanted), None)
        if part == "pulse":
            pins = self.given["sensors"]["pulses"]
            return pins[int(field)] if int(field) < len(pins) else None
        found = self._part(part)
        if found is None or isinstance(found, int):
            return found
        return found[field or "pin"]

    def divider(self, name: str) -> dict[str, Any] | None:
        """Return {pin, upper_kohm, lower_kohm, switch} of battery or solar."""
        return self._part(name)

    def label(self, terminal: str) -> str | None:
        """Return what stands at the board's pin; None where it has none for that."""
        if terminal == "3V3":
            return self.supply
        if terminal in ("5V", "GND"):
            return terminal
        pin = self.pin(terminal)
        return None if pin is None else f"GPIO {pin}"

    def _part(self, name: str) -> Any:
        if name == "battery":
            return self.given["power"]["battery"]
        found = self.given["sensors"][name]
        if name == "i2c" and found is None:  # as node.board.wires: the sensors share the PMIC's
            return self.given["power"]["pmic"]
        return found


def boards(root: Path) -> list[Board]:
    """Return all boards of the checkout by name."""
    paths = sorted((root / "firmware" / "boards").glob("*.json"))
    return [Board(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in paths]
