"""Sensor UARTs, pulses and sound of real boards, as time goes by and when nobody reads."""

import asyncio
import itertools

import pytest

from tests.for_tools.sensors import Counting, Quiet, Talker, Wheel, shows
from tests.for_tools.worlds import in_world
from tools.rig.parts.wiring import Parts

pytestmark = pytest.mark.board

UART = "uart = machine.UART(2, baudrate=9600, tx=17, rx=16, rxbuf=256)\n"
SOUND = """
from machine import I2S, Pin
def microphone(ibuf, rate=16000):
    return I2S(0, sck=Pin(1), ws=Pin(2), sd=Pin(3), mode=I2S.RX, bits=32, format=I2S.MONO,
               rate=rate, ibuf=ibuf)
def ends(buffer):
    return int.from_bytes(buffer[:4], "little"), int.from_bytes(buffer[-4:], "little")
"""


def test_what_a_sensor_says_waits_until_it_is_read(bench):
    main = (
        UART
        + """
print(uart.any(), uart.read(), uart.readinto(bytearray(4)))
time.sleep_ms(10)
print(uart.any(), uart.read(4), uart.any())
into = bytearray(4)
print(uart.readinto(into), bytes(into), uart.readinto(into, 1), into[0])
print(uart.read(), uart.read())
"""
    )
    wanted = ["0 None None", r"10 b'\x00\x01\x02\x03' 6"]
    wanted += [r"4 b'\x04\x05\x06\x07' 1 8", r"b'\t' None"]
    shows(bench, main, wanted, Parts(uart={2: Talker()}), "warp")


def test_a_buffer_that_is_full_keeps_what_came_first_as_the_chip_does(bench):
    main = (
        UART
        + """
time.sleep(2)
data = uart.read()
print(len(data), data[0], data[-1], uart.any())
time.sleep_ms(1)
print(uart.read())
"""
    )
    talker = Talker()
    wanted = ["256 0 255 0", str(bytes([2000 % 256]))]
    shows(bench, main, wanted, Parts(uart={2: talker}), "warp")


def test_what_came_before_the_uart_was_set_up_is_lost(bench):
    main = "time.sleep_ms(7)\n" + UART + "time.sleep_ms(1)\nprint(uart.read())\n"
    shows(bench, main, [r"b'\x07'"], Parts(uart={2: Talker()}), "warp")


def test_a_sensor_hears_what_is_written_and_one_that_is_gone_does_not(bench):
    main = UART + "print(uart.write(bytes(700)), uart.read() == bytes(256))\n"
    parts = Parts(uart={2: Quiet()})
    for mode in ("", "real", "warp"):
        shows(bench, main, ["700 True"], parts, mode)
    gone = Talker()
    gone.faults.missing = True
    main = UART + "print(uart.write(b'hello'), uart.any(), uart.read())\n"
    shows(bench, main, ["5 0 None"], Parts(uart={2: gone}))
    assert gone.heard == b""


def test_a_uart_with_a_cable_stays_one_and_another_does_not_exist(bench):
    main = """
print(machine.UART(1).write(b"abc"), machine.UART(2).write(b"abc"))
try:
    machine.UART(0)
except ValueError as e:
    print(e)
"""
    wanted = ["3 3", "UART(0) does not exist"]
    shows(bench, main, wanted, Parts(uart={2: Talker()}))


@pytest.mark.parametrize("mode", ["", "real", "warp"])
def test_asyncio_reads_a_sensor_as_any_stream(bench, mode):
    main = (
        UART
        + """
import asyncio
async def listen():
    reader, writer = asyncio.StreamReader(uart), asyncio.StreamWriter(uart, {})
    writer.write(b"back")
    await writer.drain()
    print(await asyncio.wait_for(reader.read(4), 5))
    try:
        await asyncio.wait_for(reader.read(1), 0.05)
    except asyncio.TimeoutError:
        print("silence")
asyncio.run(listen())
"""
    )
    shows(bench, main, ["b'back'", "silence"], Parts(uart={2: Quiet()}), mode)


def test_a_handler_runs_for_each_pulse_at_the_next_look(bench):
    main = """
from machine import Pin
pin = Pin(5, Pin.IN, Pin.PULL_UP)
time.sleep(1)
seen = []
pin.irq(lambda pin: seen.append(pin()), Pin.IRQ_FALLING)
print(seen, pin.value(), seen)
time.sleep_ms(300)
print(pin.value(), seen)
seen.clear()
pin.irq(lambda pin: seen.append(pin()), Pin.IRQ_RISING | Pin.IRQ_FALLING)
time.sleep_ms(200)
print(pin.value(), seen)
pin.irq(lambda pin: 1 / 0, Pin.IRQ_FALLING)
time.sleep_ms(100)
print(pin(), pin())
pin.irq(None)
time.sleep(1)
print(pin(), len(seen))
"""

    async def scenario():
        parts = Parts(pulses={5: Wheel()})
        async with in_world(bench, main, "warp", parts=parts) as (world, _):
            passing = asyncio.create_task(world.do("until", s=1e6))
            await bench.until_printed(">>>")
            passing.cancel()
        lines = bench.printed.decode().splitlines()
        assert lines[:3] == ["[] 1 []", "1 [0, 0, 0]", "1 [0, 1, 0, 1]"]
        assert lines[3].startswith("Traceback")
        assert lines[-6:-4] == ["1 1", "1 4"] or "1 4" in lines, lines

    asyncio.run(scenario())


def test_pulses_are_counted_while_a_world_is_real_or_missing(bench):
    main = """
from machine import Pin
pin = Pin(5, Pin.IN, Pin.PULL_UP)
count = 0
def on_pulse(pin):
    global count
    count += 1
pin.irq(on_pulse, Pin.IRQ_FALLING)
begin = time.ticks_ms()
while count < 3 and time.ticks_diff(time.ticks_ms(), begin) < 5000:
    pin.value()
    time.sleep_ms(5)
print(count, time.ticks_diff(time.ticks_ms(), begin) < 4000)
"""
    for mode in ("", "real"):
        shows(bench, main, ["3 True"], Parts(pulses={5: Wheel()}), mode)


def test_sound_comes_as_fast_as_it_is_sampled(bench):
    main = (
        SOUND
        + """
i2s, buffer = microphone(16000), bytearray(4 * 1600)
begin = time.ticks_us()
for _ in range(10):
    print(i2s.readinto(buffer), ends(buffer), time.ticks_diff(time.ticks_us(), begin))
i2s.deinit()
"""
    )
    sound = Counting()
    wanted = [f"6400 ({1600 * i}, {1600 * i + 1599}) {100_000 * (i + 1)}" for i in range(10)]
    shows(bench, main, wanted, Parts(i2s=sound), "warp")
    assert [count for count, _, _ in sound.asked] == [1600] * 10
    assert {rate for _, rate, _ in sound.asked} == {16000}
    whens = [when for _, _, when in sound.asked]
    assert [b - a for a, b in itertools.pairwise(whens)] == [100_000] * 9


def test_a_rate_that_is_no_divisor_does_not_drift(bench):
    main = (
        SOUND
        + """
i2s, buffer = microphone(40000, 44100), bytearray(4 * 441)
begin = time.ticks_us()
for _ in range(100):
    i2s.readinto(buffer)
print(time.ticks_diff(time.ticks_us(), begin))
"""
    )
    shows(bench, main, ["1000000"], Parts(i2s=Counting()), "warp")


def test_samples_that_wait_are_there_at_once_and_too_many_are_lost(bench):
    main = (
        SOUND
        + """
i2s, buffer = microphone(4 * 1600), bytearray(4 * 800)
time.sleep_ms(100)
begin = time.ticks_us()
i2s.readinto(buffer)
i2s.readinto(buffer)
print(time.ticks_diff(time.ticks_us(), begin))
time.sleep(60)
begin = time.ticks_us()
for _ in range(3):
    i2s.readinto(buffer)
print(time.ticks_diff(time.ticks_us(), begin))
"""
    )
    shows(bench, main, ["0", "50000"], Parts(i2s=Counting()), "warp")


@pytest.mark.parametrize("mode", ["", "real", "warp"])
def test_asyncio_takes_sound_as_it_comes(bench, mode):
    main = (
        SOUND
        + """
import asyncio
async def listen():
    reader, buffer = asyncio.StreamReader(microphone(40000)), bytearray(4 * 1600)
    begin, count = time.ticks_ms(), 0
    while count < 8000:
        got = await asyncio.wait_for(reader.readinto(buffer), 5)
        assert got and int.from_bytes(buffer[:4], "little") == count
        count += got // 4
    late = time.ticks_diff(time.ticks_ms(), begin) - 500
    print(-2 <= late <= 1000, late if late > 100 else "")
asyncio.run(listen())
"""
    )
    sound = Counting()
    shows(bench, main, ["True "], Parts(i2s=sound), mode)


def test_without_a_microphone_there_is_silence_and_what_the_rig_lacks_is_refused(bench):
    main = (
        SOUND
        + """
buffer = bytearray(b"x" * 64)
print(microphone(1000).readinto(buffer), buffer == bytes(64))
try:
    microphone(1000).readinto(bytearray(3))
except OSError as e:
    print(e.errno)
for id, bits, format in ((2, 32, I2S.MONO), (0, 16, I2S.MONO), (0, 32, I2S.STEREO)):
    try:
        I2S(id, sck=1, ws=2, sd=3, mode=I2S.RX, bits=bits, format=format, rate=8000, ibuf=1000)
    except ValueError as e:
        print(e)
"""
    )
    refused = "the rig's microphone sends 32 bits, mono"
    wanted = ["64 True", "22", "invalid id", refused, refused]
    shows(bench, main, wanted, Parts())
