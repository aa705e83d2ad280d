"""`machine.I2C`, `SoftI2C` and `ADC`: what sensors have on buses and as voltages.

Place: firmware -> here -> rig_parts -> a part.
Guarantee: errors are those of the ESP32 port: ENODEV where nobody acknowledges, ETIMEDOUT where
somebody holds the bus. In a warped world a transfer takes the time of its bits, and one that fails
by ETIMEDOUT that of the bus' timeout.

Not modelled: pins of the bus, clock stretching, other masters, noise and non-linearity of the ADC.
"""

from rig_parts import ask, passes, small

_ETIMEDOUT = 110
_FIRST, _LAST = 0x08, 0x77  # addresses that are not reserved
_BITS = 9  # of a byte, with its acknowledgement
_FULL_SCALE_UV = 3100000  # with 11 dB; ESP32-S3 datasheet, ADC characteristics: 0 to 3100 mV
_one = bytearray(1)
_two = bytearray(2)


class I2C:
    """`id` is any bus; `timeout` in us."""

    def __init__(self, id: int = -1, *, scl=None, sda=None, freq=400000, timeout=50000):
        self.init(scl=scl, sda=sda, freq=freq, timeout=timeout)

    def init(self, *, scl=None, sda=None, freq=400000, timeout=50000) -> None:
        """Set the speed; pins change nothing here."""
        self._freq = freq
        self._timeout_us = timeout

    def deinit(self) -> None:
        """Give the bus back."""

    def writeto(self, addr: int, buf, stop: bool = True) -> int:
        """Write; return the number of bytes."""
        self._transfer("W", addr, 0, buf)
        return len(buf)

    def writevto(self, addr: int, vector, stop: bool = True) -> int:
        """Write several buffers as one."""
        return self.writeto(addr, b"".join(vector))

    def readfrom(self, addr: int, nbytes: int, stop: bool = True) -> bytes:
        """Read."""
        answer = bytearray(nbytes)
        self._transfer("R", addr, nbytes, b"", answer)
        return bytes(answer)

    def readfrom_into(self, addr: int, buf, stop: bool = True) -> None:
        """Read into a buffer."""
        self._transfer("R", addr, len(buf), b"", buf)

    def writeto_mem(self, addr: int, memaddr: int, buf, *, addrsize: int = 8) -> None:
        """Write to a register."""
        self._transfer("W", addr, 0, _register(memaddr, addrsize) + buf)

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int, *, addrsize: int = 8) -> bytes:
        """Read from a register."""
        answer = bytearray(nbytes)
        self.readfrom_mem_into(addr, memaddr, answer, addrsize=addrsize)
        return bytes(answer)

    def readfrom_mem_into(self, addr: int, memaddr: int, buf, *, addrsize: int = 8) -> None:
        """Read from a register into a buffer."""
        self._transfer("M", addr, len(buf), _register(memaddr, addrsize), buf)

    def scan(self) -> list:
        """Return all addresses that answer."""
        return [addr for addr in range(_FIRST, _LAST + 1) if self._answers(addr)]

    def _answers(self, addr: int) -> bool:
        try:
            self.writeto(addr, b"")
        except OSError:
            return False
        return True

    def _transfer(self, letter: str, addr: int, count: int, data, answer=None) -> None:
        # Both bytes of an address stand for a start or a stop too.
        try:
            ask(letter, addr, count, data, answer)
        except OSError as e:
            passes(self._timeout_us if e.errno == _ETIMEDOUT else 1000000 * _BITS // self._freq)
            raise
        passes(1000000 * _BITS * (2 + len(data) + count) // self._freq)


class SoftI2C(I2C):
    """A bus that is driven by software."""

    def __init__(self, scl=None, sda=None, *, freq=400000, timeout=50000):
        self.init(freq=freq, timeout=timeout)


def _register(memaddr: int, addrsize: int):
    if addrsize == 8:
        _one[0] = memaddr
        return _one
    if addrsize != 16:
        raise ValueError("addrsize is 8 or 16")
    _two[0] = memaddr >> 8
    _two[1] = memaddr & 255
    return _two


class ADC:
    """The voltage at a pin; it saturates at 3.1 V, whatever attenuation is asked for."""

    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3

    def __init__(self, pin, *, atten: int = ATTN_0DB):
        self._pin = pin if isinstance(pin, int) else pin.number

    def read_uv(self) -> int:
        """Return microvolts; 0 at a pin without a part."""
        ask("V", self._pin, 0, b"", small)
        return min(int.from_bytes(small, "big"), _FULL_SCALE_UV)

    def read_u16(self) -> int:
        """Return the voltage as a share of full scale, 0 to 65535."""
        return self.read_uv() * 65535 // _FULL_SCALE_UV
