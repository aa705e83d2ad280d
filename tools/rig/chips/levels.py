"""Levels in the codes of the registers.

Place: `Reception` and `Antenna.rssi_dbm` -> one byte each, as SPI shows them.
Guarantee: whatever the ether says, the result is a byte.
"""

import math

from tools.rig.air.signal import Reception


def byte(value: float) -> int:
    """Return the nearest that an unsigned byte holds."""
    return round(max(0, min(255, value)))


def signed_byte(value: float) -> int:
    """Return the nearest that a signed byte holds, as its bits."""
    return round(max(-128, min(127, value))) & 0xFF


def snr_quarters(reception: Reception) -> int:
    """Return the SNR of a frame in quarters of a dB: both chips have it so."""
    return signed_byte(4 * reception.snr_db)


def total_dbm(reception: Reception) -> float:
    """Return signal and noise together: what a receiver measures in its channel."""
    noise_dbm = reception.rssi_dbm - reception.snr_db
    return 10 * math.log10(10 ** (reception.rssi_dbm / 10) + 10 ** (noise_dbm / 10))
