"""Messages of the shape of Tasmota's `tele/.../SENSOR`: a time, an object for each sensor, units.

    {"Time":"2026-03-02T10:00:00","BME280":{"Temperature":21.3,"Humidity":61,"Pressure":1013.2},
     "ANALOG":{"Battery":90},"PressureUnit":"hPa","TempUnit":"C"}

Place: Window -> here -> packet.
Guarantee: what Tasmota measures as well has Tasmota's names; everything else has the name of its
group and its own. Tasmota sends each sample as a message of its own: where several fit into one
packet, they travel as a list.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tools.benchmark.encodings.packets import Sample, Window, number

_JSON = json.JSONEncoder(separators=(",", ":"))

# quantity: object, name in it
_NAMES = {
    "temperature": ("BME280", "Temperature"),
    "humidity": ("BME280", "Humidity"),
    "pressure": ("BME280", "Pressure"),
    "pm1": ("PMS5003", "PM1"),
    "pm25": ("PMS5003", "PM2.5"),
    "pm10": ("PMS5003", "PM10"),
    "co2": ("SCD40", "CarbonDioxide"),
    "illuminance": ("BH1750", "Illuminance"),
    "battery_pct": ("ANALOG", "Battery"),
}
_UNITS = {"pressure": ("PressureUnit", "hPa"), "temperature": ("TempUnit", "C")}


def encode(window: Window) -> bytes:
    """Return a message, or a list of messages."""
    messages = [_message(sample) for sample in window.samples if sample.readings]
    if len(messages) == 1:
        return messages[0].encode()
    return f"[{','.join(messages)}]".encode() if messages else b""


@lru_cache(maxsize=64)  # a window is tried at several lengths
def _message(sample: Sample) -> str:
    time = datetime.fromtimestamp(sample.time_s, UTC)
    message: dict[str, Any] = {"Time": time.isoformat()[:19]}
    for reading in sample.readings:
        quantity = reading.quantity
        sensor, name = _NAMES.get(quantity.name, (quantity.group, quantity.name))
        values = [number(value, quantity.decimals) for value in reading.values]
        message.setdefault(sensor, {})[name] = values if quantity.width > 1 else values[0]
    measured = {reading.quantity.name for reading in sample.readings}
    return _JSON.encode(message | dict(unit for q, unit in _UNITS.items() if q in measured))
