"""The chips: what esptool reads of each to tell it from the others, and the words of its ROM.

Place: here -> registers, bootloader, images, checks, rom_log.
Guarantee: data, no behaviour. Addresses are those of the Technical Reference Manuals (chapters
"eFuse Controller" and "System and Memory", and of the ESP32 "SPI Controller"), compared with
esptool 5.6; the words are those that chips print in reports of others. No chip was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tools.rig.errors import RigError

MAGIC_AT = 0x40001000  # in the ROM: its content tells ESP32, S2 and ESP8266 from the others


@dataclass(frozen=True)
class SpiLayout:
    """Where the controller of the flash has its registers."""

    command: int
    opcode: int  # USR2: the command's byte is in the lowest eight bits
    data: int  # W0


@dataclass(frozen=True)
class Words:
    """What the ROM says: at power-on, and where it waits for esptool; `again`: after a failure."""

    banner: str
    start: str
    again: str
    download: str
    brown_out: str  # the reset that follows one
    bad_checksum: str


@dataclass(frozen=True)
class Memory:
    """Where an app is loaded to, and what the cache maps; `boot` are the bootloader's segments."""

    mapped: tuple[range, range]
    boot: tuple[int, int, int]
    entry: int
    drom: int
    dram: int
    iram: int
    irom: int


@dataclass(frozen=True)
class Kind:
    """`chip_id` is that of image headers, and of what GET_SECURITY_INFO answers where it can."""

    name: str
    chip_id: int
    magic: int
    tells_chip_id: bool
    bootloader_at: int
    spi: SpiLayout
    memory: Memory
    words: Words
    fuses: Callable[[bytes], dict[int, int]]
    machine: str  # as MicroPython's os.uname() has it


def kind_of(name: str) -> Kind:
    """Return a chip by its name; RigError where there is none."""
    if name not in KINDS:
        raise RigError(f"no chip {name}: there are {', '.join(KINDS)}")
    return KINDS[name]


def _fuses_esp32(mac: bytes) -> dict[int, int]:
    """Return the registers of an ESP32-D0WD-V3, revision 3.1, 40 MHz crystal."""
    base, number = 0x3FF5A000, int.from_bytes(mac, "big")
    return {
        base + 0x04: number & 0xFFFFFFFF,
        base + 0x08: _crc8(mac) << 16 | number >> 32,
        base + 0x0C: 1 << 15 | 1 << 9,  # CHIP_VER_REV1, package 1
        base + 0x10: 100,  # CK8M_FREQ: with the calibration below, a crystal of 40 MHz
        base + 0x14: 1 << 24 | 1 << 20,  # minor revision 1, CHIP_VER_REV2
        0x3FF6607C: 1 << 31,  # SYSCON_DATE: the third bit of the revision
        0x3FF5F06C: 1024 << 7,  # RTCCALICFG1
        0x3FF40014: 40_000_000 // 115200,  # UART_CLKDIV
    }


def _fuses_newer(base: int) -> Callable[[bytes], dict[int, int]]:
    """Return the registers of a chip whose address is in the first words of eFuse block 1."""

    def fuses(mac: bytes) -> dict[int, int]:
        number = int.from_bytes(mac, "big")
        return {
            base + 0x44: number & 0xFFFFFFFF,
            base + 0x48: number >> 32,
            base + 0x50: 2 << 18,  # minor revision 2
        }

    return fuses


def _crc8(mac: bytes) -> int:
    """Return the checksum that stands beside the address in the eFuses of an ESP32."""
    crc = 0
    for byte in mac:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc


_NEWER_SPI = SpiLayout(0x60002000, 0x60002020, 0x60002058)

KINDS = {
    "esp32": Kind(
        name="esp32",
        chip_id=0,
        magic=0x00F01D83,
        tells_chip_id=False,
        bootloader_at=0x1000,
        spi=SpiLayout(0x3FF42000, 0x3FF42024, 0x3FF42080),
        memory=Memory(
            (range(0x3F400000, 0x3F800000), range(0x400D0000, 0x40400000)),
            (0x3FFF0030, 0x40078000, 0x40080400),
            0x400805B0,
            0x3F400020,
            0x3FFB0000,
            0x40080000,
            0x400D0020,
        ),
        words=Words(
            "ets Jul 29 2019 12:21:46\n",
            "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
            "rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
            "rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
            "rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
            "csum err:0x{found:x}!=0x{wanted:x}\nets_main.c 371 ",
        ),
        fuses=_fuses_esp32,
        machine="Generic ESP32 module with ESP32",
    ),
    "esp32s3": Kind(
        name="esp32s3",
        chip_id=9,
        magic=0x00000009,
        tells_chip_id=True,
        bootloader_at=0,
        spi=_NEWER_SPI,
        memory=Memory(
            (range(0x3C000000, 0x3E000000), range(0x42000000, 0x44000000)),
            (0x3FCE3808, 0x403C9700, 0x403CC700),
            0x403C9914,
            0x3C0D0020,
            0x3FC95800,
            0x40374000,
            0x42000020,
        ),
        words=Words(
            "ESP-ROM:esp32s3-20210327\nBuild:Mar 27 2021",
            "rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)",
            "rst:0x10 (RTCWDT_RTC_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)",
            "rst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))",
            "rst:0x3 (RTC_SW_SYS_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)",
            "Checksum failed. Calculated 0x{found:x} read 0x{wanted:x}",
        ),
        fuses=_fuses_newer(0x60007000),
        machine="Generic ESP32S3 module with ESP32S3",
    ),
    "esp32c3": Kind(
        name="esp32c3",
        chip_id=5,
        magic=0x1B31506F,
        tells_chip_id=True,
        bootloader_at=0,
        spi=_NEWER_SPI,
        memory=Memory(
            (range(0x3C000000, 0x3C800000), range(0x42000000, 0x42800000)),
            (0x3FCD5820, 0x403CC710, 0x403CE710),
            0x403CC710,
            0x3C0D0020,
            0x3FC90000,
            0x40380000,
            0x42000020,
        ),
        words=Words(
            "ESP-ROM:esp32c3-api1-20210207\nBuild:Feb  7 2021",
            "rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)",
            "rst:0x10 (RTCWDT_RTC_RST),boot:0xc (SPI_FAST_FLASH_BOOT)",
            "rst:0x1 (POWERON),boot:0x4 (DOWNLOAD(USB/UART0/1))",
            "rst:0x3 (RTC_SW_SYS_RST),boot:0xc (SPI_FAST_FLASH_BOOT)",
            "Checksum failed. Calculated 0x{found:x} read 0x{wanted:x}",
        ),
        fuses=_fuses_newer(0x60008800),
        machine="Generic ESP32C3 module with ESP32C3",
    ),
}
