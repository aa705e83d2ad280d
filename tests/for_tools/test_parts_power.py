"""Parts have power when the board gives it, and forget when it is taken: nothing else does that."""

import asyncio
import itertools

import pytest

from tests.for_tools.boards import until
from tests.for_tools.sensors import Counting, Memory, Talker, Thermometer, Voltage, Wheel, shows
from tests.for_tools.worlds import in_world
from tools.rig.board import DEEPSLEEP_RESET, HARD_RESET, PWRON_RESET, SOFT_RESET
from tools.rig.parts.wiring import Parts

pytestmark = pytest.mark.board

ONCE = """
i2c = machine.I2C(0, freq=50_000)
cause = machine.reset_cause()
print(cause, i2c.readfrom_mem(0x42, 0x10, 1))
"""


def is_on(part):
    """Say how often a part lost its power, and whether it has it."""
    return [what for what, _ in part.log if what in ("on", "off")].count("off"), part.is_powered


def test_parts_have_power_while_the_board_has_it(bench):
    part, voltage = Memory(), Voltage(5)
    parts = Parts(i2c=[part], adc={34: voltage})
    assert is_on(part) == (1, False) and not voltage.is_powered

    async def scenario():
        async with bench.board("import machine" + ONCE, parts=parts) as board:
            await bench.until_printed("1 b'\\x10'")
            assert part.is_powered and voltage.is_powered
            part.registers[0x10] = 0xAA
            await board.power_cut()
            assert not part.is_powered and not voltage.is_powered
            bench.printed.clear()
            await board.power_on()
            await bench.until_printed("1 b'\\x10'")
            assert is_on(part) == (2, True)
        assert is_on(part) == (3, False)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        ("machine.reset()", HARD_RESET),
        ("machine.soft_reset()", SOFT_RESET),
        ("machine.deepsleep(10)", DEEPSLEEP_RESET),
    ],
)
def test_parts_remember_over_resets_and_deep_sleep(bench, action, cause):
    main = f"""import machine
{ONCE}
if cause == {PWRON_RESET}:
    i2c.writeto_mem(0x42, 0x10, b"\\xaa")
    {action}
"""
    part = Memory()

    async def scenario():
        async with bench.board(main, parts=Parts(i2c=[part])):
            await bench.until_printed(rf"{cause} b'\xaa'")
            assert is_on(part) == (1, True)

    asyncio.run(scenario())


def test_a_supply_feeds_sensors_from_the_moment_it_is_driven(bench):
    main = """
from machine import Pin
import onewire
i2c, wire, adc = machine.I2C(0), onewire.OneWire(Pin(4)), machine.ADC(34)
pulses, uart = Pin(5), machine.UART(2)
def see():
    uart.read()  # what is left of before
    time.sleep_ms(5)
    print(i2c.scan(), wire.reset(), adc.read_uv(), pulses(), bool(uart.read()))
see()
Pin(25, Pin.OUT, value=1)
see()
supply = Pin(25, Pin.OUT, value=0)
see()
supply.on()
see()
supply(0)
Pin(26, Pin.OUT, value=1)
see()
"""
    memory, talker, thermometer, sound = Memory(), Talker(), Thermometer(), Counting()
    parts = Parts(
        i2c=[memory],
        uart={2: talker},
        onewire=thermometer,
        pulses={5: Wheel()},
        i2s=sound,
        adc={34: Voltage(7)},
        supply=(25, 0),
    )
    off, on = "[] False 7 1 False", "[66] True 7 1 True"
    shows(bench, main, [off, off, on, off, on], parts)
    assert not sound.is_powered
    assert is_on(memory) == (3, False)


def test_a_supply_stays_as_it_is_over_a_reset_and_is_off_after_a_power_cut(bench):
    main = """
import machine
i2c = machine.I2C(0)
print(machine.reset_cause(), i2c.scan())
if machine.reset_cause() == 1:
    machine.Pin(25, machine.Pin.OUT, value=1)
    machine.reset()
"""

    async def scenario():
        async with bench.board(main, parts=Parts(i2c=[Memory()], supply=(25, 1))) as board:
            await bench.until_printed("2 [66]")
            await board.power_cut()
            bench.printed.clear()
            await board.power_on()
            await bench.until_printed("2 [66]")
            assert bench.printed.startswith(b"1 []")

    asyncio.run(scenario())


def test_a_part_hears_the_time_of_the_board(bench):
    """Also over a deep sleep of a warped world, and it never goes back."""
    main = """
i2c = machine.I2C(0, freq=50_000)
for _ in range(3):
    i2c.writeto(0x42, b"")
    time.sleep(100)
time.sleep(SPAN)
"""
    part = Memory()
    long = main.replace("SPAN", "10000")

    async def scenario():
        async with in_world(bench, long, "warp", parts=Parts(i2c=[part])) as (world, _):
            await world.do("until", s=1000)
            times = [when for what, when in part.log if what == b""]
            assert [b - a for a, b in itertools.pairwise(times)] == [100_000_360] * 2

    asyncio.run(scenario())
    part.log.clear()
    shows(bench, main.replace("100", "0").replace("SPAN", "0"), [], Parts(i2c=[part]))
    times = [when for _, when in part.log]
    assert times == sorted(times) and 0 < times[-1] < 60_000_000


def test_a_program_that_ends_costs_no_other_board_its_sensors(bench):
    """Two boards in one supervisor; one is killed in the middle of its questions."""
    main = "import machine\n" + ONCE + "while True:\n    i2c.readfrom(0x42, 1)\n"
    first, second = Memory(), Memory()

    async def scenario():
        async with (
            bench.board(main, parts=Parts(i2c=[first])) as board,
            bench.board(main, name="other", parts=Parts(i2c=[second])),
        ):
            await bench.until_printed("1 b'\\x10'")
            for _ in range(3):
                await board.power_cut()
                seen = len(second.log)
                await until(lambda seen=seen: len(second.log) > seen, "questions go on")
                await board.power_on()
                await board.reset()

    asyncio.run(scenario())


def test_a_deep_sleep_of_a_warped_world_passes_for_parts_and_takes_nothing_from_them(bench):
    main = """
i2c = machine.I2C(0)
i2c.writeto_mem(0x42, machine.reset_cause(), b"\\xaa")
machine.deepsleep(600_000)
"""
    part = Memory()

    async def scenario():
        async with in_world(bench, main, "warp", parts=Parts(i2c=[part])) as (world, board):
            await world.do("until", s=2000)
            assert [cause for cause, _ in board.boots] == [PWRON_RESET] + [DEEPSLEEP_RESET] * 3
            assert part.registers[PWRON_RESET] == part.registers[DEEPSLEEP_RESET] == 0xAA
        written = [when for what, when in part.log if what in (b"\x01\xaa", b"\x04\xaa")]
        assert [when // 1_000_000 for when in written] == [0, 600, 1200, 1800]

    asyncio.run(scenario())
