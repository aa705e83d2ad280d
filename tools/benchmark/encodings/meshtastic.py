"""Telemetry as Meshtastic sends it: protobuf over its own link, one packet for each sample.

    header 16 | Data { portnum = 67, payload = Telemetry { time, environment_metrics } }

Place: Window -> here -> packet.
Guarantee: every packet is one that Meshtastic's own schema reads (mesh.proto, telemetry.proto):
`time` is fixed32, every metric a float with the tag of its field. Most of a city's quantities have
no float in EnvironmentMetrics; they take one that is free, 5 bytes. In truth battery level and
particles belong to DeviceMetrics and AirQualityMetrics, which travel in packets of their own: that
would cost more. The header is the link's: addresses, packet id, flags, channel. The payload is
encrypted; nothing authenticates it.
"""

import struct

from tools.benchmark.encodings.packets import Reading, Window

HEADER = 16
LIMIT = 255 - HEADER

_TELEMETRY_APP = 67
_VARINT, _BYTES, _FIXED32 = 0, 2, 5

# quantity: field of EnvironmentMetrics, and how many of its units are one of ours
_FIELDS = {
    "temperature": (1, 1),
    "humidity": (2, 1),
    "pressure": (3, 1),
    "battery": (5, 1),
    "water_level": (8, 1000),
    "illuminance": (9, 1),
    "wind_speed": (14, 1),
    "precipitation": (19, 1),
}
# By column, so that a hole moves nothing: gas_resistance, current, white_lux, ir_lux, uv_lux and
# weight; beyond them one_wire_temperature, of which there may be many.
_FREE = (4, 6, 10, 11, 12, 15)
_MANY = 23


def encode(window: Window) -> bytes:
    """Return the Data message of the one sample."""
    (sample,) = window.samples
    if not sample.readings:
        return b""
    metrics = b"".join(_metric(reading) for reading in sample.readings)
    telemetry = _tag(1, _FIXED32) + struct.pack("<I", sample.time_s) + _nested(3, metrics)
    return _tag(1, _VARINT) + bytes([_TELEMETRY_APP]) + _nested(2, telemetry)


def field_of(name: str, column: int) -> tuple[int, int]:
    """Return the field that a column of this quantity takes, and its units in one of ours."""
    return _FIELDS.get(name) or (_FREE[column] if column < len(_FREE) else _MANY, 1)


def _metric(reading: Reading) -> bytes:
    out = b""
    for i, value in enumerate(reading.values):
        field, units = field_of(reading.quantity.name, reading.column + i)
        out += _tag(field, _FIXED32) + struct.pack("<f", value * units / reading.quantity.scale)
    return out


def _nested(field: int, message: bytes) -> bytes:
    return _tag(field, _BYTES) + _varint(len(message)) + message


def _tag(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
