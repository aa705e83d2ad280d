"""A virtual board starts, resets, sleeps and dies as an ESP32 does."""

import asyncio
import random
import signal

import pytest

from tests.for_tools.boards import until
from tools.rig.board import (
    DEEPSLEEP_RESET,
    HARD_RESET,
    PWRON_RESET,
    SOFT_RESET,
    WDT_RESET,
    VirtualBoard,
)
from tools.rig.image import read_image

pytestmark = pytest.mark.board

ONCE = "import machine, os, sys\nif machine.reset_cause() == 1:\n    "


def causes(board):
    return [cause for cause, _ in board.boots]


@pytest.mark.parametrize(
    "action, cause",
    [
        ("machine.reset()", HARD_RESET),
        ("machine.soft_reset()", SOFT_RESET),
        ("sys.exit()", SOFT_RESET),
        ("machine.deepsleep(10)", DEEPSLEEP_RESET),
        ("machine.WDT(timeout=100)\n    while True: pass", WDT_RESET),
        ("os.system('kill -SEGV $PPID')", HARD_RESET),
    ],
)
def test_the_cause_of_a_reset_is_the_esp32s(bench, action, cause):
    async def scenario():
        async with bench.board(f"{ONCE}{action}\nprint('ran', machine.reset_cause())") as board:
            await bench.until_printed(f"ran {cause}")
            assert causes(board) == [PWRON_RESET, cause]

    asyncio.run(scenario())


def test_a_reset_runs_no_more_code(bench):
    main = ONCE + (
        "try:\n        machine.reset()\n    except BaseException:\n        print('caught')\n"
        "    finally:\n        print('last words')\nprint('again')"
    )

    async def scenario():
        async with bench.board(main):
            await bench.until_printed("again")
            assert b"caught" not in bench.printed
            assert b"last words" not in bench.printed

    asyncio.run(scenario())


def test_the_reset_line_works_on_a_busy_board(bench):
    async def scenario():
        async with bench.board("while True: pass") as board:
            await board.reset()
            assert causes(board) == [PWRON_RESET, HARD_RESET]

    asyncio.run(scenario())


def test_rtc_memory_survives_every_reset_and_no_power_cut(bench):
    main = """
import machine
rtc, cause = machine.RTC(), machine.reset_cause()
print("cause", cause, "memory", rtc.memory())
if cause == machine.PWRON_RESET:
    rtc.memory(b"kept" * 512)
    machine.deepsleep(1)
if cause == machine.DEEPSLEEP_RESET:
    machine.reset()
if cause == machine.HARD_RESET:
    machine.soft_reset()
if cause == machine.SOFT_RESET:
    machine.WDT(timeout=50)
    while True:
        pass
try:
    rtc.memory(bytes(2049))
except ValueError:
    print("too long")
"""

    async def scenario():
        async with bench.board(main.replace("rtc.memory())", "rtc.memory()[-4:])")) as board:
            for cause in (DEEPSLEEP_RESET, HARD_RESET, SOFT_RESET, WDT_RESET):
                await bench.until_printed(f"cause {cause} memory b'kept'")
            await bench.until_printed("too long")
            await board.power_cut()
            bench.printed.clear()
            await board.power_on()
            await bench.until_printed("cause 1 memory b''")

    asyncio.run(scenario())


def test_a_watchdog_that_is_fed_does_not_bite(bench):
    main = ONCE + (
        "import time\n    dog = machine.WDT(timeout=1500)\n    for _ in range(100):\n"
        "        time.sleep_ms(20)\n        dog.feed()\n    print('well fed')\n"
        "    while True: pass\nprint('bitten')"
    )

    async def scenario():
        async with bench.board(main) as board:
            await bench.until_printed("well fed")
            assert causes(board) == [PWRON_RESET]
            await bench.until_printed("bitten")
            assert causes(board) == [PWRON_RESET, WDT_RESET]

    asyncio.run(scenario())


def test_a_watchdog_goes_on_over_a_soft_reset(bench):
    async def scenario():
        main = f"{ONCE}machine.WDT(timeout=500)\n    sys.exit()"
        async with bench.board(main) as board:
            await until(lambda: WDT_RESET in causes(board), "the watchdog bites")
            assert causes(board) == [PWRON_RESET, SOFT_RESET, WDT_RESET]

    asyncio.run(scenario())


def test_deep_sleep_is_scaled_and_seen(bench):
    async def scenario():
        main = f"{ONCE}machine.deepsleep(1000000)\nprint('awake')"
        async with bench.board(main, time_scale=2000) as board:
            await until(lambda: board.sleeping, "the board sleeps")
            await bench.until_printed("awake")
            assert not board.sleeping
            assert causes(board) == [PWRON_RESET, DEEPSLEEP_RESET]

    asyncio.run(scenario())


@pytest.mark.parametrize("wake", [VirtualBoard.reset, VirtualBoard.power_on])
def test_a_sleep_without_end_is_ended_from_outside(bench, wake):
    async def scenario():
        async with bench.board(f"{ONCE}machine.deepsleep()") as board:
            await until(lambda: board.sleeping, "the board sleeps")
            if wake is VirtualBoard.power_on:
                await board.power_cut()
                assert not board.sleeping
            await wake(board)
            assert causes(board)[1:] in ([HARD_RESET], [PWRON_RESET])

    asyncio.run(scenario())


@pytest.mark.parametrize("heap_kb", [64, 172])
def test_the_heap_is_what_was_asked_for_when_the_firmware_starts(bench, heap_kb):
    async def scenario():
        async with bench.board("import gc\ngc.collect()\nprint(gc.mem_free(),)", heap_kb=heap_kb):
            await bench.until_printed("\n")
            free = int(bench.printed.split()[0])
            assert heap_kb * 1024 - 1024 < free <= heap_kb * 1024

    asyncio.run(scenario())


def test_firmware_sees_a_board_and_nothing_of_the_host(bench):
    main = """
import machine, os, sys
print(sorted(os.listdir("/")), sys.path, os.getcwd())
print([name for name in dir() if not name.startswith("__")])
print(len(machine.unique_id()), machine.freq(), machine.Signal(machine.Pin(2, value=1))())
"""

    async def scenario():
        async with bench.board(main):
            await bench.until_printed(">>>")
            assert bench.printed.decode().splitlines()[:3] == [
                "['main.py'] ['', '.frozen', '/lib'] /",
                "['machine', 'os', 'sys']",
                "6 160000000 1",
            ]

    asyncio.run(scenario())


def test_boot_py_that_raises_keeps_main_py_from_running(bench):
    async def scenario():
        board = bench.new_board("print('main ran')")
        bench.image({"/main.py": b"print('main ran')", "/boot.py": b"1 / 0"})
        await board.power_on()
        await bench.until_printed(">>>")
        assert b"ZeroDivisionError" in bench.printed
        assert b"main ran" not in bench.printed
        await board.stop()

    asyncio.run(scenario())


def test_a_board_without_autostart_waits_in_the_repl(bench):
    async def scenario():
        async with bench.board("print('main ran')", autostart=False):
            await bench.until_printed(">>>")
            assert b"main ran" not in bench.printed

    asyncio.run(scenario())


def test_many_boards_share_a_loop_and_differ_by_their_id(bench):
    main = "import machine\nprint(machine.unique_id().hex())"

    async def scenario():
        printed = [bytearray() for _ in range(4)]
        boards = [
            bench.new_board(main, name=f"node{number}", on_console=printed[number].extend)
            for number in range(4)
        ]
        await asyncio.gather(*(board.power_on() for board in boards))
        await until(lambda: all(b">>>" in text for text in printed), "all boards ran")
        assert len({bytes(text[:12]) for text in printed}) == 4
        await asyncio.gather(*(board.stop() for board in boards))

    asyncio.run(scenario())


def test_a_supervisor_that_ignores_hangups_does_not_hand_that_on(bench):
    async def scenario():
        async with bench.board("import os; os.system('grep SigIgn /proc/$PPID/status')"):
            await bench.until_printed(">>>")
            ignored = int(bench.printed.split()[1], 16)
            assert not ignored >> (signal.SIGHUP - 1) & 1

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        asyncio.run(scenario())
    finally:
        signal.signal(signal.SIGHUP, before)


def test_power_that_is_cut_stays_off_whatever_the_board_just_asked_for(bench):
    pauses = random.Random(4)

    async def scenario():
        async with bench.board("import machine; machine.reset()") as board:
            for _ in range(6):
                await asyncio.sleep(pauses.uniform(0, 0.1))
                await board.power_cut()
                count = len(board.boots)
                await asyncio.sleep(0.05)
                assert len(board.boots) == count
                assert set(read_image(bench.folder / "board.img")) == {"/main.py"}
                await board.power_on()

    asyncio.run(scenario())
