"""Drivers of sensors on I2C on every runtime: golden numbers, and each step on a scripted bus."""

import asyncio

from node.drivers import bme280, scd41
from node.drivers.bme280 import Bme280
from node.drivers.scd41 import Scd41
from node.drivers.sensirion import crc8
from node.drivers.sps30 import Sps30
from tests.shared.expect import refuses

# The example of the BMP280 data sheet (BST-BMP280-DS001, 3.12, as others quote it); the BME280
# compensates alike.
# Humidity is of the order of real chips.
EXAMPLE = (27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
EXAMPLE += (75, 362, 0, 313, 50, 30)
# A trim from somebody's self-test, with the results of his own code.
OTHER = (28455, 26619, 50, 37356, -10646, 3024, 6821, -108, -7, 9900, -10230, 4285)
OTHER += (75, 366, 0, 306, 50, 30)
TRIM = bytes.fromhex(
    "706b436718fc7d8e43d6d00b270b8c00f9ff8c3cf8c67017004b"  # 0x88 to 0xA1
)
TRIM_HUM = bytes.fromhex("6a01001329031e")  # 0xE1 to 0xE7


class Script:
    """Ports and bus in one: `answers` by what was written last, bytes or an exception."""

    def __init__(self, answers, deaf=()):
        self._answers = answers
        self._deaf = list(deaf)
        self._last = b""
        self.heard = []

    def i2c(self):
        return self

    def writeto(self, address, data):
        self._last = bytes(data)
        if self._last in self._deaf:
            self._deaf.remove(self._last)
            raise OSError(19)
        self.heard.append((address, self._last))

    def readfrom(self, address, count):
        answer = self._answers[self._last]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        assert len(answer) == count
        return answer

    def writeto_mem(self, address, register, data):
        self.writeto(address, bytes((register,)) + data)

    def readfrom_mem(self, address, register, count):
        self._last = bytes((register,))
        return self.readfrom(address, count)


def near(value, expected, tolerance):
    return abs(value - expected) <= tolerance


def test_the_example_of_the_data_sheet():
    warmth = bme280.t_fine(EXAMPLE, 519888)
    assert warmth == 128422
    # It says 100653.27 Pa, in floating point; this is 0.02 less.
    assert bme280.pressure_256pa(EXAMPLE, warmth, 415148) == 25767233


def test_the_results_of_somebody_elses_code():
    warmth = bme280.t_fine(OTHER, 519888)
    assert (warmth * 5 + 128) >> 8 == 2050
    assert bme280.pressure_256pa(OTHER, warmth, 343040) == 25332935
    assert bme280.humidity(OTHER, warmth, 32768) == 75044


def test_what_the_formulas_give_beyond_their_range_is_bounded():
    warmth = bme280.t_fine(EXAMPLE, 519888)
    assert bme280.humidity(EXAMPLE, warmth, 0) == 0
    assert bme280.humidity(EXAMPLE, warmth, 65535) == 102400
    void = bme280.pressure_256pa(EXAMPLE[:3] + (0,) + EXAMPLE[4:], warmth, 415148)
    assert void != void
    for raw in (0, 0xFFFFF):
        assert bme280.pressure_256pa(EXAMPLE, bme280.t_fine(EXAMPLE, raw), raw) is not None


def test_negative_and_split_words_of_the_trim():
    assert bme280.trim_of(TRIM, TRIM_HUM) == EXAMPLE
    trim = bme280.trim_of(b"\xff" * 26, bytes.fromhex("ffff ff 80 f1 ff 80".replace(" ", "")))
    assert trim == (65535, -1, -1, 65535) + (-1,) * 8 + (255, -1, 255, -2047, -1, -128)


def test_bme280_speaks_in_order():
    data = bytes.fromhex("01 00 24 00 00 65 5a c0 7e ed 00 73 28".replace(" ", ""))
    bus = Script({b"\xd0": b"\x60", b"\x88": TRIM, b"\xe1": TRIM_HUM, b"\xf2": data})
    celsius, percent, hectopascal = asyncio.run(Bme280(bus, 0x77).read(0))
    assert bus.heard == [(0x77, b"\xf2\x01"), (0x77, b"\xf4\x25")]
    assert near(celsius, 25.08, 0.005)
    assert near(hectopascal, 1006.5327, 0.001)
    assert 0 < percent < 100


def test_the_checksum_of_sensirion():
    for word, crc in ((b"\xbe\xef", 0x92), (b"\x66\x67", 0xA2), (b"\0\0", 0x81), (b"\1\xf4", 0x33)):
        assert crc8(word) == crc


def test_scd41_speaks_in_order():
    scd41._SHOT_S = 0
    ready = bytes.fromhex("8006")
    answers = {
        b"\xe4\xb8": [bytes.fromhex("8000a2"), ready + bytes((crc8(ready),))],
        b"\xec\x05": bytes.fromhex("01f4336667a25eb93c"),
    }
    bus = Script(answers, [b"\x36\xf6"])
    driver = Scd41(bus, 987)

    async def sample():
        driver.start()
        await asyncio.sleep(0.05)
        values = await driver.read(0)
        driver.stop()
        return values

    co2, celsius, percent = asyncio.run(sample())
    assert co2 == 500
    assert near(celsius, 25, 0.01)
    assert near(percent, 37, 0.01)
    poll, read, shot = b"\xe4\xb8", b"\xec\x05", b"\x21\x9d"
    said = [data for _, data in bus.heard]
    set_pressure = bytes.fromhex("e00003db42")
    assert said == [set_pressure, shot, poll, poll, read, shot, poll, read, b"\x36\xe0"]


def test_sps30_speaks_in_order():
    mass = bytes.fromhex("3f8000003f8000004000000040000000")  # 1.0, 1.0, 2.0, 2.0
    mass = mass[4:8] + mass[8:12] + mass[4:8] + mass[12:16]
    words = b"".join([mass[i : i + 2] + bytes((crc8(mass[i : i + 2]),)) for i in range(0, 16, 2)])
    version, yes = b"\x02\x03", b"\x00\x01"
    answers = {
        b"\x02\x02": yes + bytes((crc8(yes),)),
        b"\x03\x00": words,
        b"\xd1\x00": version + bytes((crc8(version),)),
        b"\xd2\x06": bytes.fromhex("000081000081"),
    }
    bus = Script(answers, [b"\xd2\x10"])
    driver = Sps30(bus)

    async def sample():
        driver.start()
        await asyncio.sleep(0.1)
        values = await driver.read(43200)
        driver.stop()
        await asyncio.sleep(0.1)
        return values

    assert asyncio.run(sample()) == (2.0, 2.0)
    said = [data for _, data in bus.heard]
    start = b"\x00\x10\x03\x00" + bytes((crc8(b"\x03\x00"),))
    assert said[:3] == [b"\x11\x03", b"\xd2\x10", start]
    assert said[3:] == [
        b"\xd1\x00",
        b"\xd2\x06",
        b"\x02\x02",
        b"\x03\x00",
        b"\x01\x04",
        b"\x10\x01",
    ]

    answers[b"\xd2\x06"] = bytes.fromhex("000081") + b"\x00\x10" + bytes((crc8(b"\x00\x10"),))
    assert asyncio.run(driver.read(43200)) is None
    answers[b"\xd2\x06"] = bytes.fromhex("000081000080")
    assert "checksum" in str(refuses(OSError, asyncio.run, driver.read(43200)))
