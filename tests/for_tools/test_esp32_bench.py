"""Boards on a bench have their sensors, radio and own address; the command runs them."""

import asyncio
import re
import signal
import subprocess
import sys

import pytest

from tests.for_tools.esp32s import PATIENCE_S, mpremote
from tools.rig.errors import RigError
from tools.rig.esp32.__main__ import main
from tools.rig.esp32.bench import Wish
from tools.rig.esp32.running import running
from tools.rig.esp32.sensors import parts_of
from tools.rig.parts.bme280 import Bme280
from tools.rig.parts.wiring import Parts
from tools.rig.profiles import ROOT

pytestmark = pytest.mark.board

SUPPLY = """
import time
from machine import I2C, Pin, SPI
Pin(36, Pin.OUT, value=0)
time.sleep_ms(10)  # a sensor's start-up
"""
CHIP_ID = "print(hex(I2C(0, sda=Pin(41), scl=Pin(42)).readfrom_mem(0x76, 0xD0, 1)[0]))"
RADIO = """
cs, reset, busy = Pin(8, Pin.OUT, value=1), Pin(12, Pin.OUT, value=1), Pin(13, Pin.IN)
spi = SPI(1, sck=Pin(9), mosi=Pin(10), miso=Pin(11))
while busy():
    pass
answer = bytearray(6)
cs(0)
spi.write_readinto(bytes((0x1D, 0x07, 0x40, 0, 0, 0)), answer)
cs(1)
print(answer[4:].hex())
"""


@pytest.mark.parametrize(
    "profile", [path.stem for path in (ROOT / "firmware/profiles").glob("*.json")]
)
def test_each_profile_has_its_sensors_on_each_board_with_pins_for_them(profile):
    assert parts_of(profile, "heltec-v3")
    assert parts_of(profile, "esp32-rfm95")


def test_sensors_and_radio_answer_on_their_wires(bench, tmp_path):
    wish = Wish(board="heltec-v3", profile="air-station", has_radio=True, has_image=True)
    with running(tmp_path, wish) as [board]:
        assert mpremote(board.port, "exec", SUPPLY + CHIP_ID).strip() == "0x60"
        said = mpremote(board.port, "exec", SUPPLY + RADIO)
        assert said.strip() == "1424"  # LoRa sync word after a reset: SX1261/2 data sheet, 12.1


def test_a_sensor_of_a_test_may_be_missing_on_one_board(bench, tmp_path):
    sensors = [Bme280(lambda _: {"temperature": 20.0}) for _ in range(2)]
    sensors[1].faults.missing = True
    wish = Wish(count=2, has_image=True, parts=lambda i: Parts(i2c=[sensors[i]]))
    with running(tmp_path, wish) as [first, second]:
        assert first.mac != second.mac
        assert mpremote(first.port, "exec", SUPPLY + CHIP_ID).strip() == "0x60"
        assert "ENODEV" in mpremote(second.port, "exec", SUPPLY + CHIP_ID, fails=True)


@pytest.mark.parametrize(
    "board, kind, machine",
    [("heltec-v3", "esp32s3", "ESP32S3"), ("lora32-v21", "esp32", "ESP32")],
)
def test_the_board_file_says_which_chip_it_is(bench, tmp_path, board, kind, machine):
    with running(tmp_path, Wish(board=board, has_image=True)) as [one]:
        said = mpremote(one.port, "exec", "import os; print(os.uname().machine)")
        assert said.strip().endswith(f" with {machine}")
        head = one.flash.read_bytes()[0x1000 if kind == "esp32" else 0 :]
        assert head[12] == {"esp32": 0, "esp32s3": 9}[kind]


def test_a_flash_of_another_size_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "flash0.bin").write_bytes(bytes(100))
    with pytest.raises(RigError, match=r"flash0\.bin has 100 bytes, not 4194304"):
        running(tmp_path).__enter__()


def test_the_command_runs_boards_until_it_is_interrupted(bench, tmp_path):
    words = ["--folder", tmp_path, "--count", "3", "--board", "heltec-v3", "--micropython"]
    command = [sys.executable, "-m", "tools.rig.esp32", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        said = [process.stdout.readline() for _ in range(4)]
        for i, line in enumerate(said[:3]):
            assert re.fullmatch(rf"{tmp_path}/tty{i}  esp32s3  24:6f:28(:..){{3}}  run\n", line)
        assert said[3] == "Ctrl-C ends it.\n"
        assert "2" in mpremote(str(tmp_path / "tty2"), "exec", "print(1 + 1)")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert not list(tmp_path.glob("tty*"))


@pytest.mark.parametrize(
    "words, said",
    [
        (["--profile", "air-station"], "--radio and --profile need --board"),
        (["--board", "nothing"], "no board nothing: there are"),
        (["--board", "heltec-v3", "--profile", "nothing"], "no profile nothing: there are"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, capsys, words, said):
    assert main(["--folder", str(tmp_path), *words]) == 1
    assert said in capsys.readouterr().err


def test_a_bench_needs_no_loop_of_its_own(bench, tmp_path):
    """It may run beside one."""

    async def scenario():
        with running(tmp_path, Wish(has_image=True)) as [board]:
            return await asyncio.to_thread(mpremote, board.port, "exec", "print(1 + 1)")

    assert "2" in asyncio.run(scenario())
