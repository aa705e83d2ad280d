"""Real MicroPython boards with a radio in a world: pins, interrupts, bus and time."""

import asyncio

import pytest

from tests.for_tools.boards import opened
from tests.for_tools.worlds import in_world

pytestmark = pytest.mark.board

SLEEP = 'put(b"\\x84\\x04")'  # BUSY rises at once and falls when it is awake again
WAKE = 'put(b"\\xc0\\x00")'


def runs(bench, main, wanted, mode="real", until_s=0.0):
    """Run a board until its console has shown all of `wanted`, line by line."""

    async def scenario():
        async with in_world(bench, main, mode) as (world, _):
            passing = asyncio.create_task(world.do("until", s=until_s or 1e6))
            await bench.until_printed(">>>")
            passing.cancel()
            assert bench.printed.decode().split(">>>")[0].splitlines()[: len(wanted)] == wanted

    asyncio.run(scenario())


@pytest.mark.parametrize("mode", ["real", "warp"])
def test_a_chip_answers_on_its_pins_and_only_there(bench, mode):
    main = """
print(hex(read(0x0740)), hex(read(0x0741)))
wrong = SPI(2, sck=Pin(10), mosi=Pin(9), miso=Pin(11))
cs(0)
print(wrong.read(3))
cs(1)
print(spi.read(2))
soft = machine.SoftSPI(sck=Pin(9), mosi=Pin(10), miso=Pin(11))
cs(0)
soft.write(b"\\x1d\\x07\\x40")
print(soft.read(2)[1:])
cs(1)
try:
    spi.write(bytes(1025))
except ValueError as e:
    print(e)
"""
    wanted = ["0x14 0x24", r"b'\xff\xff\xff'", r"b'\xff\xff'", r"b'\x14'"]
    runs(bench, main, [*wanted, "more bytes than this bus takes at once"], mode)


@pytest.mark.parametrize("mode", ["real", "warp"])
def test_handlers_run_on_their_edges_and_one_that_raises_keeps_none_from_running(bench, mode):
    main = f"""
seen = []
def note(pin):
    found = pin.number, pin()
    if found not in seen[-1:]:  # BUSY also falls after the command that wakes the chip
        seen.append(found)
def bad(pin):
    1 / 0
while busy():
    pass
busy.irq(note, Pin.IRQ_RISING)
dio1.irq(bad, Pin.IRQ_RISING)
{SLEEP}
time.sleep_ms(2)
print(seen)
busy.irq(note, Pin.IRQ_FALLING)
{WAKE}
time.sleep_ms(5)
print(seen)
busy.irq(None)
{SLEEP}
time.sleep_ms(2)
print(len(seen))
begin = time.time_ns()
for _ in range(200):
    busy()
time.sleep_ms(10)
print(time.time_ns() - begin >= 14_000_000 if {mode == "warp"} else True)
"""
    runs(bench, main, ["[(13, 1)]", "[(13, 1), (13, 0)]", "2", "True"], mode)


def test_a_transfer_and_a_look_at_a_pin_take_no_heap(bench):
    main = """
data, answer = bytearray(64), bytearray(64)
def all():
    for _ in range(50):
        cs(0)
        spi.write_readinto(data, answer)
        spi.write(data)
        spi.readinto(answer)
        cs(1)
        busy()
        cs()
    time.sleep_us(20)
all()
gc.collect()
gc.disable()
before = gc.mem_alloc()
all()
print(gc.mem_alloc() - before)
"""
    for mode in ("real", "warp"):
        bench.printed.clear()
        runs(bench, main, ["0"], mode)


def test_a_day_of_warped_time_is_exact_on_every_clock(bench):
    main = """
import asyncio
a, b, c, d = time.ticks_ms(), time.ticks_us(), time.time(), time.time_ns()
time.sleep(3600)
time.sleep_ms(1000)
time.sleep_us(5_000_000)
machine.lightsleep(4000)
async def nap():
    await asyncio.sleep(1800)
    await asyncio.sleep_ms(1_790_000)
asyncio.run(nap())
print(time.ticks_diff(time.ticks_ms(), a), time.ticks_diff(time.ticks_us(), b))
print(time.time() - c, time.time_ns() - d)
begin = time.ticks_us()
while time.ticks_diff(time.ticks_us(), begin) < 50_000:
    pass
print(50_000 <= time.ticks_diff(time.ticks_us(), begin) < 52_000)
"""
    runs(bench, main, ["7200000 7200000000", "7200 7200000000000", "True"], "warp")


def test_in_the_real_world_a_sleep_lasts_what_it_lasts(bench):
    main = """
import asyncio
async def nap(span):
    await asyncio.sleep_ms(span)
for span in (3, 30, 300):
    begin = time.ticks_ms()
    time.sleep_ms(span)
    asyncio.run(nap(span))
    late = time.ticks_diff(time.ticks_ms(), begin) - 2 * span
    print(-1 <= late < 100)
begin = time.ticks_us()
time.sleep_us(200)
print(time.ticks_diff(time.ticks_us(), begin) >= 200)
"""
    runs(bench, main, ["True"] * 4)


@pytest.mark.parametrize("mode", ["real", "warp"])
def test_a_flag_that_a_handler_sets_wakes_its_task_at_once(bench, mode):
    main = f"""
import asyncio
flag = asyncio.ThreadSafeFlag()
rose = 0
def on_rise(pin):
    global rose
    rose = time.ticks_us()
    flag.set()
async def both():
    while busy():
        pass
    busy.irq(on_rise, Pin.IRQ_RISING)
    asyncio.create_task(later())
    for _ in range(5):
        await flag.wait()
        late = time.ticks_diff(time.ticks_us(), rose)
        print(late < {200 if mode == "warp" else 20000} or late)
async def later():
    for _ in range(5):
        await asyncio.sleep_ms(20)
        {SLEEP}
        await asyncio.sleep_ms(5)
        {WAKE}
asyncio.run(both())
"""
    runs(bench, main, ["True"] * 5, mode)


def test_what_comes_over_a_uart_wakes_a_board_of_a_warped_world(bench):
    main = """
import asyncio
uart = machine.UART(1)
async def echo():
    reader, writer = asyncio.StreamReader(uart), asyncio.StreamWriter(uart, {})
    while True:
        data = await reader.read(4)
        writer.write(data + b" %d" % (time.time_ns() // 1000000000))
        await writer.drain()
asyncio.run(echo())
"""

    async def scenario():
        async with in_world(bench, main, "warp") as (world, board):
            with opened(board.uart(1)) as port:
                await world.do("until", s=100)
                await port.write(b"ping")
                await port.until_received(b"ping 100")
                await world.do("until", s=7200)
                await port.write(b"pong")
                await port.until_received(b"ping 100pong 7200")

    asyncio.run(scenario())


def test_a_board_without_a_world_reads_what_it_wrote_and_a_bus_of_ones(bench):
    main = """
from machine import Pin, SPI
Pin(5, Pin.OUT, value=1)
print(Pin(5)(), Pin(6)(), Pin(5).value(0), Pin(5).value())
spi, answer = SPI(1), bytearray(3)
spi.write_readinto(b"abc", answer)
print(answer, spi.read(2))
Pin(6).irq(print, Pin.IRQ_RISING)
Pin(6).on()
for bad in (-1, 49):
    try:
        Pin(bad)
    except ValueError as e:
        print(e)
"""

    async def scenario():
        async with bench.board(main):
            await bench.until_printed(">>>")
            lines = bench.printed.decode().splitlines()
            assert lines[:2] == ["1 0 None 0", r"bytearray(b'\xff\xff\xff') b'\xff\xff'"]
            assert lines[2:4] == ["invalid pin", "invalid pin"]

    asyncio.run(scenario())
