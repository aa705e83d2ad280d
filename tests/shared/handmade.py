"""Batches written bit by bit as text, without our writer: also those that no writer makes."""


def bits(value: int, width: int) -> str:
    """Return `value` as that many bits."""
    return "".join(["1" if value >> (width - 1 - i) & 1 else "0" for i in range(width)])


def golomb(value: int, order: int) -> str:
    """Return `value` in Exp-Golomb code of order k."""
    high = (value >> order) + 1
    length = 0
    while high >> (length + 1):
        length += 1
    return "0" * length + bits(high, length + 1) + bits(value, order)


def packed(text: str) -> bytes:
    """Return bits given as text, filled up with zeros."""
    text += "0" * (-len(text) % 8)
    return bytes([int(text[at : at + 8], 2) for at in range(0, len(text), 8)])


def batch_bits(**changes) -> bytes:
    """Return a batch of one sample of temperature, changed in the pieces given as bits."""
    pieces = {
        "number": "0" + bits(7, 16),
        "span": golomb(0, 3),
        "presence": "1",
        "ids": golomb(0, 1) + golomb(0, 2),
        "interval": bits(1, 4),
        "time": "10" + golomb(0, 5) + bits(0, 3),
        "quality": "1",
        "columns": golomb(0, 6),
    }
    pieces.update(changes)
    assert len(pieces) == 8, changes
    names = ("number", "span", "presence", "ids", "interval", "time", "quality", "columns")
    return packed("".join([pieces[name] for name in names]))
