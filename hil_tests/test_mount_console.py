"""A technician on a ladder with a cable: the mount test of a locked node, and who may not ask."""

import asyncio
import hmac
import json

import pytest

from hil_tests.bench import KEY, NODE, ROOT, Bench, until
from tests.for_tools.boards import opened
from tools.flashing.errors import FlashError
from tools.flashing.mount import linkcheck

pytestmark = pytest.mark.board

SERVICE_KEY = bytes(range(40, 56))


class Changeable(Bench):
    """A bench whose firmware a test may change."""

    is_in_rom = False


def locked(tmp_path, bench_class=Bench) -> Bench:
    """Return a node whose console is locked, and whose service key we know."""
    bench = bench_class(tmp_path, console="locked")
    identity = {"node": NODE, "epoch": 1, "key": KEY.hex(), "service_key": SERVICE_KEY.hex()}
    bench.write("/identity.json", json.dumps(identity).encode())
    return bench


async def open_up(bench, console) -> None:
    """Open the console with the technician's key."""
    await console.write(b"neckar open\r\n")
    mark = "neckar: challenge "
    await until(lambda: len(bench.said().partition(mark)[2]) >= 32, "a challenge")
    asked = bytes.fromhex(bench.said().rpartition(mark)[2][:32])
    answer = hmac.digest(SERVICE_KEY, asked, "sha256")[:8].hex()
    await console.write(answer.encode() + b"\r\n")
    await until(lambda: "neckar: console open" in bench.said(), "it opens")


def test_a_mount_test_at_the_console_says_what_was_answered_and_the_node_goes_on(tmp_path):
    async def job():
        async with locked(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 2, "two samples")
            with opened(bench.board.console) as console:
                await open_up(bench, console)
                await console.write(b"neckar mount 5\r\n")
                words = "neckar: mount green: 5 of 5 answered"
                await until(lambda: words in bench.said(), "a verdict")
                known = len(bench.peer.samples)
                await console.write(b"neckar mount 99\r\nneckar mount 2\r\n")
                await until(lambda: "mount refused: frames should be" in bench.said(), "a refusal")
                await until(lambda: "green: 2 of 2" in bench.said(), "another verdict")
                await until(lambda: len(bench.peer.samples) > known, "it measures on")
            assert len([note for note in bench.peer.notes if "mount test" in note]) == 7
            assert len(bench.board.boots) == 1

    asyncio.run(job())


def test_two_at_a_time_are_refused(tmp_path):
    async def job():
        async with locked(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 2, "two samples")
            with opened(bench.board.console) as console:
                await open_up(bench, console)
                await console.write(b"neckar mount 3\r\nneckar mount 1\r\n")
                await until(lambda: "mount refused: a mount test is going on" in bench.said(), "no")
                await until(lambda: "mount green: 3 of 3 answered" in bench.said(), "the first")

    asyncio.run(job())


def test_nobody_without_the_key_moves_a_locked_node(tmp_path):
    async def job():
        async with locked(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.samples, "a sample")
            with opened(bench.board.console) as console:
                await console.write(b"neckar mount 1\r\n")
                known = len(bench.peer.samples)
                await until(lambda: len(bench.peer.samples) > known + 1, "it measures on")
            assert "neckar: mount" not in bench.said()
            assert not [note for note in bench.peer.notes if "mount test" in note]

    asyncio.run(job())


def test_the_technicians_tool_opens_tests_and_leaves_the_node_running(tmp_path):
    async def job():
        async with locked(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 2, "two samples")
            port = str(bench.board.console)
            for frames in (4, 2):  # the second time it is open already
                link = await asyncio.to_thread(linkcheck.check, port, NODE, SERVICE_KEY, frames)
                assert (link.colour, link.answered, link.frames) == ("green", frames, frames)
            for address, key in ((NODE + 1, SERVICE_KEY), (NODE + 1, bytes(16))):
                with pytest.raises(FlashError) as e:
                    await asyncio.to_thread(linkcheck.check, port, address, key, 1)
                assert (e.value.code, e.value.values["found"]) == ("F523", NODE)
            known = len(bench.peer.samples)
            await until(lambda: len(bench.peer.samples) > known, "it measures on")
            assert len(bench.board.boots) == 1

    asyncio.run(job())


def test_the_technicians_tool_is_told_of_a_wrong_key_and_of_another_node(tmp_path):
    async def job():
        async with locked(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.samples, "a sample")
            port = str(bench.board.console)
            for address, key, code in (
                (NODE + 1, SERVICE_KEY, "F523"),
                (NODE, bytes(16), "F522"),
            ):
                with pytest.raises(FlashError) as e:
                    await asyncio.to_thread(linkcheck.check, port, address, key, 1)
                assert e.value.code == code
            assert "neckar: console open" not in bench.said()

    asyncio.run(job())


def test_without_a_gateway_it_is_red(tmp_path):
    """With a patience of one second for each frame, for this test only."""

    async def job():
        bench = locked(tmp_path, Changeable)
        source = (ROOT / "firmware" / "node" / "mount.py").read_bytes()
        bench.write("/lib/node/mount.mpy", None)
        hasty = source.replace(b"_FRAME_S = const(30)", b"_FRAME_S = const(1)")
        assert hasty != source
        bench.write("/lib/node/mount.py", hasty)
        async with bench:
            await bench.board.power_on()
            await until(lambda: len(bench.peer.samples) >= 2, "two samples")
            bench.peer.mute = True
            port = str(bench.board.console)
            link = await asyncio.to_thread(linkcheck.check, port, NODE, SERVICE_KEY, 10)
            assert (link.colour, link.answered, link.frames) == ("red", 0, 3)
            assert link.up_db is None

    asyncio.run(job())
