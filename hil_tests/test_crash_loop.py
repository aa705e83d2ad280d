"""A node that crashes after every frame must not flood the band, whatever it forgets."""

import asyncio

import pytest

from protocol.airtime import sub_band
from protocol.duty import Ledger
from protocol.lora import UPLINK_HZ
from tools.demonstration.modem import DUTY
from tools.demonstration.nodes import Node
from tools.rig.image import read_image, write_image
from tools.rig.world.client import World

pytestmark = pytest.mark.board

# The firmware as it is, but for a crash right behind each frame.
CRASHES = b"""
import machine
from node.links import lora

_send = lora.LoraLink.send


async def _send_and_crash(self, frame):
    await _send(self, frame)
    machine.reset()


lora.LoraLink.send = _send_and_crash

from node.start import main

main()
"""
ROOM_MS = 1500


def nearly_full() -> bytes:
    """Return an account of which so much is left of the hour in 868.0 .. 868.6 MHz."""
    band = sub_band(UPLINK_HZ, 125000)
    ledger = Ledger()
    ledger.record(band, 1000 * (band.allowed_ms - ROOM_MS), 0)
    return ledger.state()


async def crash_for_an_hour(folder) -> tuple:
    """Return (what the ether saw, how often the board started, what its flash holds)."""
    async with World(folder, mode="warp") as world:
        node = Node(17, "air", folder, world, "heltec-v3")
        config = {
            "interval_s": 900,
            "link": "lora",
            "radio": {"channels": [[UPLINK_HZ, 9]], "start_spread_s": 0},
            "watchdog_s": 600,
            "sensors": {},
        }
        node.write(config)
        write_image(node.image, {"/main.py": CRASHES, DUTY: nearly_full()})
        try:
            await node.board.power_on(60)
            await asyncio.wait_for(world.do("until", s=3500), 120)
            report = await world.do("report")
            started = len(node.board.boots)
        finally:
            await node.board.stop()
        return report, started, read_image(node.image)


def test_a_crash_loop_stops_at_the_duty_cycle_and_remembers_it(tmp_path):
    report, started, files = asyncio.run(crash_for_an_hour(tmp_path))
    sent_us = report["airtime_us"]["air-17"]
    assert report["frames"]["air-17"] >= 2, "it did not crash twice: nothing was tested"
    assert started == report["frames"]["air-17"] + 1
    assert sent_us <= 1000 * ROOM_MS
    assert files[DUTY] != nearly_full()
