"""A node that cannot work is still heard, and its console belongs to those who may."""

import asyncio
import hmac
import json

import pytest

from hil_tests.bench import KEY, NODE, ROOT, Bench, Peer, until
from protocol import cbor
from protocol import session as sessions
from tests.for_tools.boards import opened
from tools.rig.image import read_image

pytestmark = pytest.mark.board

# main.py, but the minute before a reset is a moment.
HASTY = b"""
import time

from node import console, start

class Time:
    def sleep(seconds):
        time.sleep(0.02)

console.lock()
start.time = Time
start.main()
"""
CRASHES_ONCE = (
    b"""
import os

from node import supervise

async def fails(self, jobs):
    raise ZeroDivisionError("once")

try:
    os.stat("/once")
except OSError:
    open("/once", "w").close()
    supervise.Supervisor.run_all = fails
"""
    + HASTY
)
FAILS_ON_TRIAL = (
    b"""
import os

from node import supervise

run_all = supervise.Supervisor.run_all

async def fails(self, jobs):
    if "config.try" in os.listdir("/"):
        raise ZeroDivisionError("on trial")
    await run_all(self, jobs)

supervise.Supervisor.run_all = fails
"""
    + HASTY
)
HANGS_ONCE = (
    b"""
import os

try:
    os.stat("/once")
except OSError:
    open("/once", "w").close()
    import machine

    machine.WDT(timeout=300)
    while True:
        pass
"""
    + HASTY
)
SERVICE_KEY = bytes(range(100, 116))


class CrashPeer(Peer):
    """Keeps the digests as well."""

    def __init__(self, port):
        self.crashes = []
        super().__init__(port)

    def _take(self, event):
        if event[0] == sessions.CRASH:
            self.crashes.append(event[2])
        super()._take(event)


@pytest.fixture(autouse=True)
def peer(monkeypatch):
    monkeypatch.setattr("hil_tests.bench.Peer", CrashPeer)


class Changeable(Bench):
    """A bench whose firmware is in /lib, so that a test may spoil it."""

    is_in_rom = False


def log_of(image) -> str:
    """Return all that the log holds."""
    files = read_image(image)
    return "".join(
        files.get(f"/log/{name}", b"").decode(errors="replace") for name in ("old", "new")
    )


def test_a_node_that_fails_at_every_start_ends_in_safe_mode_and_says_why(tmp_path):
    async def job():
        bench = Changeable(tmp_path)
        bench.write("/main.py", HASTY)
        bench.write("/lib/node/sensors/climate.mpy", None)
        bench.write("/lib/node/sensors/climate.py", b"\nraise RuntimeError('no such chip')\n")
        async with bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.hellos, "a node in safe mode")
            assert bench.said().count("cannot start: no such chip") == 5
            assert "SAFE MODE" in bench.said()
            await until(lambda: bench.peer.crashes, "its digest")
            await until(lambda: bench.peer.status, "its status")
            assert bench.peer.hellos[0].boot == 6
            assert bench.peer.status["safe_mode"] == 1
            assert bench.peer.status["crashes"] == 5
            digest = bench.peer.crashes[0]
            assert (digest.exception, digest.module) == ("RuntimeError", "climate")
            assert digest.line == 2
            assert not bench.peer.samples
            await bench.board.power_cut()
        assert "SAFE" not in log_of(bench.image)
        assert "5 failed, safe" in log_of(bench.image)

    asyncio.run(job())


def test_a_node_that_crashed_once_tells_it_after_the_next_start_and_keeps_it(tmp_path):
    async def job():
        bench = Bench(tmp_path)
        bench.write("/main.py", CRASHES_ONCE)
        bench.write("/firmware.hash", b"0a0b0c0d")
        async with bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.crashes, "its digest")
            await until(lambda: len(bench.peer.samples) >= 3, "samples")
            await until(lambda: bench.peer.status.get("uptime_s", 0) >= 4, "a second status")
            await bench.board.power_cut()
            (digest,) = bench.peer.crashes
            assert (digest.exception, digest.module) == ("ZeroDivisionError", "start")
            assert digest.firmware == b"\x0a\x0b\x0c\x0d"
            assert bench.peer.hellos[0].boot == 2
            assert bench.peer.status["crashes"] == 1
            assert "safe_mode" not in bench.peer.status
            assert bench.peer.status["firmware_hash"] == 0x0A0B0C0D
        stored = cbor.loads(read_image(bench.image)["/state/crash"])
        assert stored[:2] == ["ZeroDivisionError", "start"]
        assert stored[4] is True, "it was told"
        assert read_image(bench.image)["/state/ladder"] == b"00"
        log = log_of(bench.image)
        assert "1 0 main: ZeroDivisionError start:" in log
        assert "1 0 gives up: main" in log
        assert "2 0 boot: reset" in log

    asyncio.run(job())


def test_settings_on_trial_are_given_up_after_two_failed_boots(tmp_path):
    async def job():
        bench = Bench(tmp_path)
        bench.write("/main.py", FAILS_ON_TRIAL)
        bench.write("/config.try", b'{"left": 200, "set": {"interval_s": 2}}')
        async with bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.status, "a node that works")
            assert bench.peer.hellos[0].boot == 3
            assert bench.peer.status["interval_s"] == 1
            await bench.board.power_cut()
        assert "/config.try" not in read_image(bench.image)

    asyncio.run(job())


def test_a_watchdog_that_bites_and_power_cuts_are_counted(tmp_path):
    async def job():
        bench = Bench(tmp_path, watchdog_s=5)
        bench.write("/main.py", HANGS_ONCE)
        async with bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.status, "a status")
            assert bench.peer.status["watchdog_resets"] == 1
            await bench.board.power_cut()
            await bench.board.power_on()
            await until(lambda: bench.peer.status.get("power_ons") == 1, "power_ons")
            assert bench.peer.status["watchdog_resets"] == 1

    asyncio.run(job())


def locked(tmp_path) -> Bench:
    """Return a node whose console is locked, and whose service key we know."""
    bench = Changeable(tmp_path, console="locked")
    identity = {"node": NODE, "epoch": 1, "key": KEY.hex(), "service_key": SERVICE_KEY.hex()}
    bench.write("/identity.json", json.dumps(identity).encode())
    return bench


async def challenge(bench, console) -> bytes:
    """Ask for a challenge, and return it."""
    await console.write(b"neckar open\r\n")
    mark = "neckar: challenge "
    await until(lambda: len(bench.said().partition(mark)[2]) >= 32, "a challenge")
    return bytes.fromhex(bench.said().rpartition(mark)[2][:32])


def test_a_locked_console_has_no_prompt_for_anybody_without_the_key(tmp_path):
    async def job():
        async with locked(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.samples, "a sample")
            with opened(bench.board.console) as console:
                await console.write(b"\x03\x03\r\x01\x02import os\r\n\x04\x03")
                await challenge(bench, console)
                await console.write(b"0123456789abcdef\r\n")
                await until(lambda: "neckar: wrong" in bench.said(), "a refusal")
                await console.write(b"\x03\x04\r\n")
                known = len(bench.peer.samples)
                await until(lambda: len(bench.peer.samples) > known + 1, "it measures on")
            assert ">>>" not in bench.said()
            assert len(bench.board.boots) == 1
            await bench.board.power_cut()
        assert "console: wrong answer 1" in log_of(bench.image)

    asyncio.run(job())


def test_the_technicians_key_opens_a_locked_console(tmp_path):
    async def job():
        async with locked(tmp_path) as bench:
            await bench.board.power_on()
            with opened(bench.board.console) as console:
                asked = await challenge(bench, console)
                answer = hmac.digest(SERVICE_KEY, asked, "sha256")[:8].hex()
                await console.write(answer.encode() + b"\r\n")
                await until(lambda: "neckar: console open" in bench.said(), "it opens")
                await console.write(b"\x03")
                await until(lambda: ">>>" in bench.said(), "a prompt")

    asyncio.run(job())


def test_a_locked_node_whose_firmware_does_not_even_load_ends_in_no_prompt(tmp_path):
    async def job():
        bench = locked(tmp_path)
        bench.write("/lib/node/start.mpy", None)
        async with bench:
            await bench.board.power_on()
            await until(lambda: "ImportError" in bench.said(), "what is wrong")
            with opened(bench.board.console) as console:
                await console.write(b"\x03\x03\x04")
                await asyncio.sleep(1.0)
                await console.write(b"\x03")
                await asyncio.sleep(0.5)
            assert ">>>" not in bench.said()

    asyncio.run(job())


def test_a_node_whose_firmware_does_not_load_begins_again(tmp_path):
    async def job():
        bench = Changeable(tmp_path)
        main = (ROOT / "firmware" / "main.py").read_bytes()
        hasty = b"console.lock()\nclass Time:\n    sleep = lambda s: None\nconsole.time = Time\n"
        bench.write("/main.py", main.replace(b"console.lock()\n", hasty))
        bench.write("/lib/node/start.mpy", None)
        async with bench:
            await bench.board.power_on()
            await until(lambda: len(bench.board.boots) >= 4, "it begins again and again")
            assert bench.said().count("ImportError") >= 3
            assert ">>>" not in bench.said()

    asyncio.run(job())


def test_an_open_console_is_a_developers(tmp_path):
    async def job():
        async with Bench(tmp_path) as bench:
            await bench.board.power_on()
            await until(lambda: bench.peer.samples, "a sample")
            with opened(bench.board.console) as console:
                await console.write(b"\x03")
                await until(lambda: ">>>" in bench.said(), "a prompt")

    asyncio.run(job())
