"""What a world does when it is told, and that a wrong word changes nothing and ends nothing."""

import asyncio
import json
import math

import pytest

from protocol.lora import UPLINK_HZ, modulation
from tests.for_tools.worlds import GET_STATUS, SX1262, SX1276, HandMade
from tools.rig.errors import RigError
from tools.rig.world.client import World

WRONG = (
    ({"what": "no_such"}, "no such command"),
    ({"what": "__init__"}, "no such command"),
    ({"what": "until"}, "missing"),
    ({"what": "until", "s": "soon"}, "must be real"),
    ({"what": "until", "s": -1}, "not a number from 0"),
    ({"what": "until", "s": math.inf}, "not a number"),
    ({"what": "until", "s": 1e300}, "not a number"),
    ({"what": "until", "s": True}, "not a number"),
    ({"what": "now", "radio": "one"}, "unexpected"),
    ({"what": "attenuate", "radio": "nobody", "db": 3}, "'nobody' is missing"),
    ({"what": "attenuate", "radio": "one", "db": math.nan}, "not a number"),
    ({"what": "attenuate", "radio": ["one"], "db": 3}, "unhashable"),
    ({"what": "loss", "share": 1.1}, "from 0 to 1"),
    ({"what": "loss", "share": None}, "NoneType"),
    ({"what": "loss", "share": 0.5, "radio": "nobody"}, "'nobody'"),
    ({"what": "loss", "share": 0.5, "other": "one"}, "''"),
    ({"what": "hide", "radio": "one", "other": "nobody"}, "'nobody'"),
    ({"what": "hold", "radio": "one", "pin": "cs", "level": 1}, "outputs are busy, dio1"),
    ({"what": "hold", "radio": "one", "pin": "busy", "level": 2}, "from 0 to 1"),
    ({"what": "hold", "radio": "one", "pin": "busy", "level": "up"}, "must be real"),
    ({"what": "miso", "radio": "one", "value": 256}, "from 0 to 255"),
    ({"what": "miso", "radio": "one", "value": "FF"}, "must be real"),
    ({"what": "lost_irqs", "radio": "one", "flags": None}, "must be real"),
    ({"what": "lost_irqs", "radio": "one", "flags": -1}, "from 0"),
    ({"what": "eavesdrop", "sf": 13, "frequency_hz": UPLINK_HZ}, "spreading factor"),
    ({"what": "eavesdrop", "sf": 9, "frequency_hz": "868 MHz"}, "must be real"),
    ({"what": "send", "sf": 9, "frequency_hz": UPLINK_HZ, "frame": "xy"}, "non-hex"),
    ({"what": "send", "sf": 9, "frequency_hz": UPLINK_HZ, "frame": "00" * 256}, "255 bytes"),
    ({"what": "send", "sf": 9, "frequency_hz": UPLINK_HZ, "frame": "", "count": 1e9}, "from 0 to"),
    ({"what": "send", "sf": 9, "frequency_hz": -5, "frame": "", "pause_ms": 0}, "from 1"),
    ({"what": "send", "sf": 9, "frequency_hz": UPLINK_HZ, "frame": "", "pause_ms": -1}, "from 0"),
    ({"what": "send", "sf": 9, "frequency_hz": UPLINK_HZ, "frame": "", "power_dbm": "x"}, "real"),
)


def test_a_wrong_command_is_refused_with_the_reason_and_changes_nothing(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("one", SX1262).connect(True))
            await world.do("until", s=0)
            before = await world.do("report")
            for fields, reason in WRONG:
                with pytest.raises(RigError, match=f"refuses {fields['what']}: .*{reason}"):
                    await world.do(**fields)
            assert await world.do("report") == before
            assert await world.do("heard") == {"frames": []}
            board.bus()
            assert board.exchange(GET_STATUS) == b"\xff\xff"

    asyncio.run(scenario())


def test_lines_that_are_no_commands_are_answered_each_with_its_own_id(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp"):
            reader, writer = await asyncio.open_unix_connection(tmp_path / "world.sock")
            writer.write(b'{"kind": "control"}\n')
            lines = (b"", b"5", b"[]", b"nonsense", b"[" * 5000, b"{}", b'{"id": 7}', b"\xff")
            for line in lines:
                writer.write(line + b"\n")
            answers = [json.loads(await reader.readline()) for _ in lines]
            assert [answer["id"] for answer in answers] == [None] * 6 + [7, None]
            assert all(answer["error"] for answer in answers)
            # Half a line is none yet, and the rest may come much later.
            writer.write(b'{"do": "n')
            await writer.drain()
            writer.write(b'ow", "id": "x"}\n')
            assert json.loads(await reader.readline()) == {"id": "x", "s": 0}
            writer.write(b"x" * 200_000)
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 5)
                raise ConnectionResetError  # or a plain end
            writer.close()

    asyncio.run(scenario())


def test_who_reads_no_answers_keeps_nobody_waiting_and_is_hung_up_on(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            _, writer = await asyncio.open_unix_connection(tmp_path / "world.sock")
            writer.write(b'{"kind": "control"}\n')
            with pytest.raises(ConnectionError):
                for _ in range(200):
                    writer.write(b'{"do": "report"}\n' * 500)
                    await writer.drain()
                    await asyncio.wait_for(world.do("now"), 5)
            writer.close()

    asyncio.run(scenario())


def test_commands_may_be_given_side_by_side(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            late = asyncio.create_task(world.do("until", s=50))
            answers = await asyncio.gather(*(world.do("now") for _ in range(50)), late)
            assert answers[-1]["s"] >= 50

    asyncio.run(scenario())


def test_what_the_attacker_sends_is_on_the_air_and_in_the_report_and_log(tmp_path):
    log = tmp_path / "air.log"

    async def scenario():
        async with World(tmp_path, mode="warp", log=log) as world:
            for sf in (7, 12):
                fields = {"sf": sf, "frequency_hz": UPLINK_HZ, "frame": "83aabb"}
                await world.do("send", **fields, count=3, pause_ms=100)
                await world.do("until", s=100 * sf)
            report = await world.do("report")
            airtime_us = 3 * (modulation(7).airtime_us(3) + modulation(12).airtime_us(3))
            assert report["frames"] == {"attacker 1": 6}
            assert report["airtime_us"] == {"attacker 1": airtime_us}
            assert report["s"] == 1200

    asyncio.run(scenario())
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    sent = [row for row in rows if "sent" in row and row["sf"] == 12]
    period_us = sent[0]["airtime"] + 100_000
    assert [row["us"] for row in sent] == [700_000_000 + i * period_us for i in range(3)]


def test_faults_of_a_chip_are_there_until_they_are_taken_away(tmp_path):
    async def scenario():
        async with World(tmp_path, mode="warp") as world:
            board = HandMade(world.slot("one", SX1276).connect(True), SX1276)
            board.bus()
            board.rest(20_000)
            await world.do("until", s=0.02)
            good = board.command(b"\x42\x00")
            await world.do("miso", radio="one", value=0)
            assert board.command(b"\x42\x00") == b"\x00\x00"
            await world.do("miso", radio="one", value=None)
            assert board.command(b"\x42\x00") == good
            await world.do("hold", radio="one", pin="dio0", level=1)
            assert board.level("dio0") == 1
            await world.do("hold", radio="one", pin="dio0", level=None)
            assert board.level("dio0") == 0

    asyncio.run(scenario())
