"""DTR and RTS reset a board as esptool's own sequences want it, over a port that carries them."""

import asyncio

import pytest
import serial
from esptool.reset import ClassicReset, HardReset

from tests.for_tools.boards import until
from tools.rig.esp32.esp32 import VirtualEsp32
from tools.rig.esp32.images import micropython_image
from tools.rig.esp32.rfc2217 import served

pytestmark = [
    pytest.mark.board,
    pytest.mark.filterwarnings("ignore:set:DeprecationWarning"),  # pyserial's own
]


def test_rts_is_en_and_dtr_is_io0(bench, tmp_path):
    flash = tmp_path / "flash.bin"
    image = b"\xff" * 0x1000 + micropython_image(size=400_000)
    flash.write_bytes(image.ljust(4 << 20, b"\xff"))

    async def scenario():
        printed = bytearray()
        esp = VirtualEsp32(flash, state_dir=tmp_path, on_console=printed.extend)
        try:
            await esp.power_on()
            async with served(esp) as url:
                port = await asyncio.to_thread(serial.serial_for_url, url, timeout=5)
                await asyncio.to_thread(ClassicReset(port))
                await until(lambda: esp.mode == "download", "download mode")
                said = await asyncio.to_thread(port.read_until, b"waiting for download\r\n")
                assert b"boot:0x3 (DOWNLOAD_BOOT" in said
                starts = printed.count(b"rst:0x1")
                await asyncio.to_thread(HardReset(port))
                await until(lambda: esp.mode == "run", "the app")
                assert printed.count(b"rst:0x1") == starts + 1
                await asyncio.to_thread(HardReset(port))
                await until(lambda: printed.count(b"rst:0x1") == starts + 2, "the app once more")
                await asyncio.to_thread(port.close)
        finally:
            await esp.stop()

    asyncio.run(scenario())
