"""Unplugged cables, floods of noise, a port in use, a full disk: the rest goes on, and recovers."""

import asyncio
import os
import subprocess

import pytest
import serial

from tests.whole.city import City, until

pytestmark = pytest.mark.whole


def test_an_unplugged_node_costs_nobody_else_anything_and_comes_back(tmp_path):
    async def job():
        async with City(tmp_path) as city:
            await city.gateway.start()
            city.measure(5)
            await until(city.all_delivered, "both nodes")
            city.nodes[0].unplug()
            city.measure(5)
            await until(lambda: len(city.delivered(city.nodes[1])) == 10, "the other goes on")
            await asyncio.sleep(1.0)
            assert city.log().count("is gone") == 1
            city.nodes[0].plug()
            await until(city.all_delivered, "and the first is back")
            city.check_nothing_lost()
            assert city.log().count("is open again") == 1

    asyncio.run(job())


def test_noise_at_full_speed_is_counted_and_the_frames_between_get_through(tmp_path):
    async def job():
        async with City(tmp_path) as city:
            await city.gateway.start()
            city.measure(5)
            for _ in range(40):
                city.nodes[0].write(os.urandom(2000))
                city.nodes[1].write(b"\x00\x05\x83\x11\x01\x58" + bytes([255]) * 900)
                await asyncio.sleep(0.02)
            city.measure(5)
            await until(city.all_delivered, "all samples in spite of it")
            city.check_nothing_lost()
            links = city.platform.gateway["links"]
            assert links["port0"]["noise"] > 0
            assert len(city.log().splitlines()) < 30

    asyncio.run(job())


def test_a_port_in_use_ends_with_1_and_is_named(tmp_path):
    async def job():
        async with City(tmp_path, nodes=1) as city:
            holder = serial.Serial(str(city.nodes[0].path), exclusive=True)
            await city.gateway.start()
            await until(lambda: city.gateway.exit_code is not None, "it ends")
            assert city.gateway.exit_code == 1
            assert "serial[0].port" in city.log()
            assert "no other program holds" in city.log()
            assert len(city.log().strip().splitlines()) == 1
            holder.close()

    asyncio.run(job())


def test_a_full_disk_stops_acknowledging_says_so_and_recovers(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs root, to mount a small disk")

    async def job():
        async with City(tmp_path, nodes=1, spool="disk/spool.db") as city:
            await city.gateway.start()
            city.measure(20)
            await until(city.all_delivered, "the first twenty")
            ballast = disk / "ballast"
            with pytest.raises(OSError, match="No space left"), ballast.open("wb", 0) as f:
                while True:
                    f.write(bytes(512))
            city.backhaul.cut()
            city.measure(500)
            await until(lambda: "cannot store" in city.log(), "it says so")
            await asyncio.sleep(0.5)
            waiting = city.nodes[0].node.journal.oldest
            assert waiting < 520
            city.backhaul.heal()
            await until(lambda: city.platform.gateway.get("storing") is False, "status says so")
            ballast.unlink()
            await until(city.all_delivered, "everything once there is room")
            city.check_nothing_lost()
            assert "storing again" in city.log()

    try:
        asyncio.run(job())
    finally:
        subprocess.run(["umount", str(disk)], check=False)
