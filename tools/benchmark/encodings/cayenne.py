"""Cayenne Low Power Payload: (channel, type, value) for each reading, as myDevices published it.

    channel 1 | type 1 | value 1, 2 or 4, big endian

Place: Window -> here -> packet.
Guarantee: the channel is the column of the set, so that a receiver who knows the set knows the
quantity. The types are those of the published table: temperature 103, humidity 104, illuminance
101, barometer 115. A quantity without a type of its own is analog input 2; a value that its type
cannot hold exactly is generic sensor 100 of a later edition, here with the scaled integer. Later
editions also have types for percentage, voltage, distance and more, some of them a byte shorter.

A payload tells no time: the samples of a window simply follow each other.
"""

from tools.benchmark.encodings.packets import Window

# type, bytes of the value, its steps in one unit, signed
_Type = tuple[int, int, int, bool]

_TYPES: dict[str, _Type] = {
    "temperature": (103, 2, 10, True),
    "humidity": (104, 1, 2, False),
    "pressure": (115, 2, 10, False),
    "illuminance": (101, 2, 1, False),
}
_ANALOG_INPUT: _Type = (2, 2, 100, True)
_GENERIC_SENSOR = 100


def encode(window: Window) -> bytes:
    """Return the payload."""
    out = bytearray()
    for sample in window.samples:
        for reading in sample.readings:
            quantity = reading.quantity
            for i, value in enumerate(reading.values):
                out.append(reading.column + i)
                out += _typed(value, quantity.scale, _TYPES.get(quantity.name, _ANALOG_INPUT))
    return bytes(out)


def _typed(value: int, scale: int, own: _Type) -> bytes:
    """Return type and value, in its own type where that holds it."""
    kind, size, steps, signed = own
    scaled, rest = divmod(value * steps, scale)
    span = 1 << 8 * size
    lowest = -span // 2 if signed else 0
    if not rest and lowest <= scaled < lowest + span:
        return bytes([kind]) + scaled.to_bytes(size, "big", signed=signed)
    return bytes([_GENERIC_SENSOR]) + value.to_bytes(4, "big", signed=True)
