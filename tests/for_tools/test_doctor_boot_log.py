"""Boards that say at their start what is wrong, in the words of ROM, ESP-IDF and MicroPython.

The logs are those that others published, put together line by line: esptool's "Boot Mode Selection"
and its issue 553, ESP-IDF's sources as `checks_boot` names them, esp-faq ("csum err", "Invalid chip
id").
"""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import modem
from protocol.stream import to_record
from tools.flashing.doctor.bootlog import is_garbage, read
from tools.flashing.doctor.examine import judged
from tools.flashing.doctor.facts import Chipped, Facts, Heard, PortFacts, Prompted
from tools.flashing.doctor.finding import Sure
from tools.flashing.errors import FlashError

PORT = PortFacts("/dev/ttyUSB0")
ROM = "ets Jul 29 2019 12:21:46\r\n\r\n"
S3 = "ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\n"
POWER = "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
S3_POWER = "rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n"
AGAIN = "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
MODE = "configsip: 0, SPIWP:0xee\r\nmode:DIO, clock div:2\r\n"
LOADS = "load:0x3fff0030,len:4892\r\nload:0x40078000,len:14896\r\nentry 0x400805a4\r\n"
APP = ROM + POWER + MODE + LOADS


def facts(log: str | bytes, **changes) -> Facts:
    data = log if isinstance(log, bytes) else log.encode()
    heard = Heard(data, seconds=2.0)
    return dataclasses.replace(Facts(port=PORT, heard=heard), **changes)


def codes(log: str | bytes, **changes) -> list[str]:
    return [finding.error.code for finding in judged(facts(log, **changes))]


def first(log: str | bytes, **changes):
    return judged(facts(log, **changes))[0]


@pytest.mark.parametrize(
    "log",
    [
        ROM + "rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\n"
        "waiting for download\r\n",
        S3 + "rst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n",
        S3 + "rst:0x15 (USB_UART_CHIP_RESET),boot:0x22 (DOWNLOAD(USB/UART0))\r\n",
        "waiting for download\r\n",
    ],
)
def test_a_boot_pin_that_is_held_is_certain(log):
    found = first(log)
    assert (found.error.code, found.sure) == ("F722", Sure.CERTAIN)


def test_a_board_that_was_in_download_mode_before_and_starts_now_is_none():
    log = (
        ROM + "rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0))\r\nwaiting for download\r\n"
    )
    assert "F722" not in codes(log + APP)


@pytest.mark.parametrize(
    ("log", "code"),
    [
        (ROM + POWER + 3 * "invalid header: 0xffffffff\r\n" + ROM + AGAIN, "F723"),
        (S3 + S3_POWER + "invalid header: 0xffffffff", "F723"),
        (ROM + AGAIN + "flash read err, 1000\r\nets_main.c 371 \r\n", "F724"),
        (ROM + POWER + "invalid header: 0x61736964\r\n", "F726"),
        (ROM + POWER + MODE + LOADS + "csum err:0x9a!=0x5f\r\nets_main.c 371\r\n", "F727"),
        (APP + "E (380) esp_image: Checksum failed. Calculated 0xd3 read 0xa3\r\n", "F727"),
        (APP + "E (410) esp_image: Image hash failed - image is corrupt\r\n", "F727"),
        (APP + "E (59) flash_parts: partition 0 invalid magic number 0xffff\r\n"
         "E (59) boot: Failed to verify partition table\r\n"
         "E (64) boot: load partition table error!\r\n", "F731"),
        (APP + "E (345) spi_flash: Detected size(2048k) smaller than the size in the binary image"
         " header(4096k). Probe failed.\r\n", "F732"),
        (APP + "Guru Meditation Error: Core  1 panic'ed (LoadProhibited). Exception was unhandled."
         "\r\n", "F733"),
        (APP + "abort() was called at PC 0x40083a7d on core 0\r\n", "F733"),
        (S3 + "rst:0x7 (TG0WDT_SYS_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\nSaved PC:0x40043ac8\r\n"
         "Invalid chip id. Expected 9 read 4. Bootloader for wrong chip?\r\nets_main.c 329\r\n",
         "F728"),
        (APP + "E (60) boot_comm: mismatch chip ID, expected 0, found 9\r\n", "F728"),
        (APP + "E (60) boot_comm: chip revision check failed. Required >= v3.0, found v1.0.\r\n",
         "F729"),
        (ROM + "rst:0x1 (POWERON_RESET),boot:0xb (HSPI_FLASH_BOOT)\r\n", "F735"),
        (APP + "The filesystem appears to be corrupted. If you had important data there, you\r\n",
         "F739"),
    ],
)  # fmt: skip
def test_what_it_says_has_a_cause(log, code):
    assert first(log).error.code == code


@pytest.mark.parametrize(
    "log",
    [
        APP + "\r\nBrownout detector was triggered\r\n\r\n" + ROM
        + "rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n",
        S3 + "E BOD: Brownout detector was triggered\r\n",
        ROM + "rst:0xf (RTCWDT_BROWN_OUT_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n",
        S3 + "rst:0xf (BROWN_OUT_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n",
    ],
)  # fmt: skip
def test_a_supply_that_dips_is_certain_on_every_chip(log):
    found = first(log)
    assert (found.error.code, found.sure) == ("F730", Sure.CERTAIN)


def test_brown_out_comes_before_the_damage_that_it_may_have_done():
    log = APP + "Brownout detector was triggered\r\n" + ROM + POWER + "csum err:0x9a!=0x5f\r\n"
    assert codes(log)[:2] == ["F730", "F727"]


def test_a_chip_and_the_image_of_another_are_both_named():
    values = first(APP + "E (60) boot_comm: mismatch chip ID, expected 0, found 9\r\n").error.values
    assert values == {"chip": "esp32", "image": "esp32s3"}
    values = first(APP + "mismatch chip ID, expected 77, found 0\r\n").error.values
    assert values == {"chip": "77", "image": "esp32"}


def test_gpio12_that_is_high_comes_before_an_empty_flash():
    log = (
        ROM
        + "rst:0x10 (RTCWDT_RTC_RESET),boot:0x33 (SPI_FAST_FLASH_BOOT)\r\nflash read err, 1000\r\n"
    )
    assert codes(log)[:2] == ["F725", "F724"]


def test_the_same_bit_means_nothing_on_another_chip():
    log = S3 + "rst:0x1 (POWERON),boot:0x28 (SPI_FAST_FLASH_BOOT)\r\nflash read err, 1000\r\n"
    assert "F725" not in codes(log)
    log = "rst:0x10 (RTCWDT_RTC_RESET),boot:0x33 (SPI_FAST_FLASH_BOOT)\r\nflash read err, 1000\r\n"
    assert "F725" not in codes(log, chip=Chipped(kind="esp32s3"))


def test_watchdog_resets_without_a_reason_are_possible_and_counted():
    found = first(4 * (ROM + "rst:0x8 (TG1WDT_SYS_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"))
    assert (found.error.code, found.sure) == ("F734", Sure.POSSIBLE)
    assert found.error.values == {"count": 4}
    assert codes(2 * (ROM + AGAIN)) == ["F765"]


def test_what_is_certain_stands_above_the_loop_that_it_makes():
    assert codes(5 * (ROM + AGAIN + "invalid header: 0xffffffff\r\n")) == ["F723", "F734"]


def test_a_normal_start_has_nothing_wrong():
    assert codes(APP + "MicroPython v1.26.0 on 2025-08-09; Generic ESP32 module\r\n") == ["F765"]


GARBAGE = bytes(range(128, 250)) * 2


def test_bytes_that_are_no_text_are_another_speed():
    assert codes(GARBAGE) == ["F736"]


def test_text_at_74880_baud_says_which_chip_it_is():
    slow = b"\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,6)\r\n"
    assert codes(b"", heard=Heard(GARBAGE, slow=slow, seconds=4.0)) == ["F737"]
    assert codes(b"", heard=Heard(GARBAGE, slow=GARBAGE, seconds=4.0)) == ["F736"]


def test_a_log_with_some_noise_in_front_is_still_a_log():
    assert not read(b"\xff\x00\xfe" * 30 + APP.encode()).is_garbage
    assert is_garbage(b"\x00\xff" * 20) and not is_garbage(b"\x00\xff" * 3)


def test_a_modem_that_works_is_no_garbage():
    state = modem.State("0.1.0", "", {"uptime_s": 5}, [])
    heard = Heard(b"\xe0\x80" * 20 + b"\x00" + to_record(modem.encode(state)), seconds=2.0)
    assert codes(b"", heard=heard)[0] == "F763"
    wrong = dataclasses.replace(heard, data=heard.data[:-3] + b"\x01\x02\x00")
    assert codes(b"", heard=wrong) == ["F736"]


def test_silence_depends_on_whether_it_was_reset():
    quiet, reset = Heard(seconds=2.6), Heard(seconds=6.0, was_reset=True)
    assert codes(b"", heard=quiet) == ["F720"]
    assert first(b"", heard=quiet).error.values == {"seconds": 3}
    assert codes(b"", heard=reset) == ["F721"]
    assert codes(b"", heard=reset, chip=Chipped(kind="esp32")) == ["F719"]


def test_what_esptool_says_is_told_in_its_own_words():
    error = FlashError("F111", port="/dev/ttyUSB0")
    found = judged(facts(b"", heard=Heard(seconds=6.0, was_reset=True), chip=Chipped(error)))
    assert [each.error.code for each in found] == ["F721", "F111"]


@given(st.binary(max_size=2000))
def test_whatever_a_board_says_can_be_read_and_judged(data):
    read(data)
    assert judged(facts(data))


@given(st.integers(0, len(APP)), st.binary(max_size=20))
def test_a_log_may_begin_and_end_anywhere(at, noise):
    assert judged(facts(noise + APP[at:].encode()))
    assert judged(facts(APP[:at].encode() + noise))


def test_a_cable_that_tears_while_it_is_asked_is_certain_and_comes_first():
    torn = FlashError("F104", port="/dev/ttyUSB0")
    quiet = Heard(seconds=6.0)
    found = judged(facts(b"", heard=quiet, chip=Chipped(torn), prompt=Prompted(torn)))
    assert [each.error.code for each in found] == ["F104"]
    assert codes(b"", heard=quiet, chip=Chipped(torn))[0] == "F104"


def test_a_silent_prompt_is_silence_and_a_closed_one_is_not():
    quiet, gone = Heard(seconds=6.0), FlashError("F110", port="x")
    silent = Prompted(FlashError("F130", port="x", heard="–"))
    assert codes(b"", heard=quiet, chip=Chipped(gone), prompt=silent) == ["F721", "F110"]
    closed = Prompted(FlashError("F131", port="x"))
    assert codes(b"", heard=quiet, chip=Chipped(gone), prompt=closed) == ["F110", "F131"]
