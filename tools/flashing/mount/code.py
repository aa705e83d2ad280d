"""What the QR code of a label says: the address of a node, and never a key.

Place: address -> `text` -> label; hand scanner or keyboard -> `address` -> mounting.
Guarantee: `address(text(n))` is n, also through a scanner that types on an American keyboard while
the computer believes in a German one: there a colon is an Ö.
"""

import re

from tools.flashing.errors import FlashError

MOST_ADDRESS = 65535
_SCANNED = re.compile(r"(?:neckar[:öÖ])?\s*([0-9]{1,5})", re.IGNORECASE)


def text(address: int) -> str:
    """Return what the code says; ValueError where it is no address."""
    if not 0 <= address <= MOST_ADDRESS:
        raise ValueError(f"{address} is no address of a node")
    return f"neckar:{address}"


def address(scanned: str) -> int:
    """Return the address that was scanned or typed; F501 where it is none."""
    match = _SCANNED.fullmatch(scanned.strip())
    if match is None or int(match[1]) > MOST_ADDRESS:
        raise FlashError("F501", text=scanned.strip()[:40] or "-")
    return int(match[1])
