"""The noise meter on a virtual board: the code of the firmware, from ROM, in virtual time."""

import pytest

from tests.for_tools.sensors import shows
from tests.for_tools.worlds import ROOT
from tools.rig.parts.microphone import Microphone, tone
from tools.rig.parts.wiring import Parts
from tools.rig.rom import build_rom

pytestmark = pytest.mark.board

LISTEN = """
import asyncio, machine
from node.drivers.i2s_mic import I2sMic
from node.ports import Ports
from node.sensors.noise import NoiseMeter
async def main():
    ports = Ports({"i2s": {"id": 0, "sck": 1, "ws": 2, "sd": 3}}, machine)
    meter = NoiseMeter(I2sMic(ports))
    task = asyncio.create_task(meter.run())
    await asyncio.sleep(1.2)
    for _ in range(2):
        await meter.measure(0, 0)
        await asyncio.sleep(10)
        print(await meter.measure(0, 10))
asyncio.run(main())
"""


def world(seconds: float) -> dict:
    """Return a street that does not change."""
    return {"noise_dba": 60.0}


def test_a_calibrator_reads_94_on_the_board(bench):
    parts = Parts(i2s=Microphone(world, tone(1000, 94)))
    shows(bench, LISTEN, ["[(940, 0), (940, 0)]"] * 2, parts, "warp", rom=build_rom(ROOT))


def test_a_board_without_a_microphone_says_fault(bench):
    wanted = ["[(None, 4), (None, 4)]"] * 2
    shows(bench, LISTEN, wanted, Parts(), "warp", rom=build_rom(ROOT))
