"""Words with checksums on I2C, as all chips of Sensirion speak them, and steps that take time.

Place: ports -> Sensirion -> Scd41, Sps30.
Guarantee: no word passes whose checksum does not fit; no step of the background raises.
SCD4x data sheet (version 1.7) 3.3, 3.4, 3.12; SPS30 data sheet (version 1.0) 6.1, 6.2.
"""

import asyncio

from node.drivers.driver import Driver


def crc8(data) -> int:
    """Return the CRC-8 of bytes: x^8 + x^5 + x^4 + 1, from 0xFF; of 0xBEEF it is 0x92."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc


class Sensirion(Driver):
    """A chip at `address` that takes 16-bit commands; its sensor class calls `read`."""

    def __init__(self, ports, address: int):
        self._i2c = ports.i2c()
        self._address = address
        self._steps = None

    def _background(self, steps) -> None:
        """Let a coroutine do what needs pauses, instead of the one before."""
        if self._steps:
            self._steps.cancel()
        self._steps = asyncio.create_task(steps)

    def _send(self, command: int, argument=None) -> None:
        """Send a command, with one word that belongs to it."""
        data = command.to_bytes(2, "big")
        if argument is not None:
            word = argument.to_bytes(2, "big")
            data += word + bytes((crc8(word),))
        self._i2c.writeto(self._address, data)

    def _try(self, command: int, argument=None) -> bool:
        """Send a command; say whether the chip took it."""
        try:
            self._send(command, argument)
        except OSError:
            return False
        return True

    async def _fetch(self, command: int, count: int) -> bytearray:
        """Return the bytes of `count` words. OSError where one is damaged."""
        self._send(command)
        await asyncio.sleep(0.002)  # SCD4x wants 1 ms, and ticks are coarse
        data = self._i2c.readfrom(self._address, 3 * count)
        words = bytearray(2 * count)
        for i in range(count):
            word = data[3 * i : 3 * i + 2]
            if crc8(word) != data[3 * i + 2]:
                raise OSError("checksum of a word does not fit: check the wires")
            words[2 * i : 2 * i + 2] = word
        return words
