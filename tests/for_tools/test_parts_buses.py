"""I2C, ADC, 1-Wire and registers of real MicroPython boards reach parts, and fail with them."""

import pytest

from tests.for_tools.sensors import ROM, Memory, Talker, Thermometer, Voltage, Wheel, shows
from tools.rig.parts.wiring import Parts

pytestmark = pytest.mark.board

I2C = """
i2c = machine.I2C(0, sda=machine.Pin(21), scl=machine.Pin(22), freq=50_000)
def fails(call, *arguments):
    try:
        print(call(*arguments))
    except OSError as e:
        print(e.errno)
"""


def test_every_way_to_write_and_read_reaches_the_chip(bench):
    main = (
        I2C
        + """
into, part = bytearray(3), memoryview(bytearray(5))
print(i2c.scan(), i2c.writeto(0x42, b"\\x10abc"), i2c.writeto(0x42, b"\\x10", False))
print(i2c.readfrom(0x42, 3), i2c.readfrom_into(0x42, into), into)
print(i2c.writeto_mem(0x42, 0x20, b"xyz"), i2c.readfrom_mem(0x42, 0x20, 2))
print(i2c.readfrom_mem_into(0x42, 0x21, part[1:4]), bytes(part))
print(i2c.writevto(0x42, (b"\\x30", b"vec", b"tor")), i2c.readfrom_mem(0x42, 0x30, 6))
print(i2c.writeto_mem(0x42, 0x0102, b"", addrsize=16), i2c.readfrom_mem(0x42, 1, 1))
soft = machine.SoftI2C(machine.Pin(1), machine.Pin(2))
print(soft.readfrom_mem(0x42, 0xfe, 4))
"""
    )
    wanted = [
        "[66] 4 1",
        r"b'abc' None bytearray(b'abc')",
        "None b'xy'",
        r"None b'\x00yz#\x00'",
        "7 b'vector'",
        r"None b'\x02'",
        r"b'\xfe\xff\xff\xff'",  # what nobody drives is 1
    ]
    shows(bench, main, wanted, Parts(i2c=[Memory()]))


def test_what_is_not_acknowledged_is_enodev_and_a_hung_bus_etimedout_for_all(bench):
    main = (
        I2C
        + """
fails(i2c.readfrom, 0x43, 1)
fails(i2c.writeto, 0x42, b"\\xee")
fails(i2c.writeto, 0x40, b"\\0")
print(i2c.scan())
"""
    )
    missing = Memory()
    missing.address = 0x40
    missing.faults.missing = True
    shows(bench, main, ["19", "19", "19", "[66]"], Parts(i2c=[Memory(), missing]))
    missing.faults.hang = True
    hung = ["110", "110", "110", "[]"]
    shows(bench, main, hung, Parts(i2c=[Memory(), missing]))
    shows(bench, main, ["19", "19", "19", "[]"], None)  # a board without parts


def test_more_bytes_than_the_line_takes_are_refused(bench):
    main = (
        I2C
        + """
try:
    i2c.writeto(0x42, bytes(1025))
except ValueError as e:
    print(e)
print(len(i2c.readfrom(0x42, 9)), i2c.writeto(0x42, bytes(1024)))
"""
    )
    wanted = ["more bytes than this bus takes at once", "9 1024"]
    shows(bench, main, wanted, Parts(i2c=[Memory()]))


def test_voltages_saturate_and_a_pin_without_a_part_reads_nothing(bench):
    main = """
from machine import ADC, Pin
for pin in (Pin(34), 35, 36, 37):
    adc = ADC(pin, atten=ADC.ATTN_11DB)
    print(adc.read_uv(), adc.read_u16())
"""
    parts = Parts(adc={34: Voltage(1_550_000), 35: Voltage(4_000_000), 36: Voltage(-5)})
    wanted = ["1550000 32767", "3100000 65535", "0 0", "0 0"]
    shows(bench, main, wanted, parts)


def test_a_thermometer_is_found_and_read_as_with_the_frozen_modules(bench):
    main = """
import ds18x20, onewire
bus = onewire.OneWire(machine.Pin(4))
sensor = ds18x20.DS18X20(bus)
roms = sensor.scan()
print(roms)
sensor.convert_temp()
print(sensor.read_temp(roms[0]), bus.readbyte())
sensor.write_scratch(roms[0], b"\\x01\\x02\\x7f")
"""
    thermometer = Thermometer()
    wanted = [f"[{bytearray(ROM)!r}]", "25.0625 255"]
    shows(bench, main, wanted, Parts(onewire=thermometer))
    select = b"||\x55" + ROM  # the frozen module sends two resets
    written = select + b"\x4e\x01\x02\x7f"
    assert thermometer.log == b"|\x33" + b"|\xcc\x44" + select + b"\xbe" + written


def test_a_thermometer_that_is_gone_or_damaged_raises_as_the_frozen_modules_do(bench):
    main = """
import ds18x20, onewire
bus = onewire.OneWire(machine.Pin(4))
sensor = ds18x20.DS18X20(bus)
print(sensor.scan(), bus.reset(), bus.readbyte())
for call in (sensor.convert_temp, lambda: sensor.read_temp(bytes(8))):
    try:
        call()
    except Exception as e:
        print(repr(e))
"""
    gone = ["[] False 255", "OneWireError()", "OneWireError()"]
    thermometer = Thermometer()
    thermometer.faults.missing = True
    shows(bench, main, gone, Parts(onewire=thermometer))
    shows(bench, main, gone, Parts())
    thermometer.faults.missing = False
    thermometer.scratchpad = b"\x92" + Thermometer.SCRATCHPAD[1:]
    damaged = [f"[{bytearray(ROM)!r}] True 255", "Exception('CRC error',)"]
    shows(bench, main, damaged, Parts(onewire=thermometer))


def test_a_checksum_is_that_of_the_data_sheets(bench):
    main = """
import onewire
crc8 = onewire.OneWire(machine.Pin(4)).crc8
# Maxim's application note 27, and the scratchpad of a DS18B20 that has not yet measured.
print(crc8(bytes.fromhex("021cb801000000")), crc8(bytes.fromhex("50054b467fff0c101c")))
"""
    shows(bench, main, [str(0xA2) + " 0"], Parts())


def test_degrees_below_zero_are_below_zero(bench):
    main = """
import ds18x20, onewire
sensor = ds18x20.DS18X20(onewire.OneWire(machine.Pin(4)))
print(sensor.read_temp(sensor.scan()[0]))
"""
    thermometer = Thermometer()
    thermometer.scratchpad = bytes.fromhex("5eff4b467fff0210b6")  # data sheet: 0xFF5E
    shows(bench, main, ["-10.125"], Parts(onewire=thermometer))


def test_only_the_reset_causes_are_registers(bench):
    main = """
print(machine.mem32[0x3FF48034], machine.mem32[0x60008038])
for call in (lambda: machine.mem32[0x3FF48030], lambda: machine.mem32.__setitem__(0, 1)):
    try:
        call()
    except ValueError as e:
        print(e)
"""
    wanted = ["1 1", "the rig has no register 0x3ff48030", "the rig has no register to write"]
    shows(bench, main, wanted, None)


@pytest.mark.parametrize("mode", ["", "real", "warp"])
def test_a_question_to_a_part_takes_no_heap(bench, mode):
    main = (
        I2C
        + """
import onewire
bus, adc = onewire.OneWire(machine.Pin(4)), machine.ADC(machine.Pin(34))
out, into, pulses = b"\\x10abc", bytearray(16), machine.Pin(5)
uart = machine.UART(2)
def all():
    for _ in range(50):
        i2c.writeto(0x42, out)
        i2c.readfrom_mem_into(0x42, 0x10, into)
        i2c.readfrom_into(0x42, into)
        bus.reset()
        bus.writebyte(1)
        bus.readbyte()
        adc.read_uv()
        pulses()
        uart.any()
        uart.readinto(into)
all()
gc.collect()
gc.disable()
before = gc.mem_alloc()
all()
print(gc.mem_alloc() - before)
"""
    )
    parts = Parts(i2c=[Memory()], uart={2: Talker()}, pulses={5: Wheel()})
    shows(bench, main, ["0"], parts, mode)


def test_a_transfer_takes_the_time_of_its_bits_in_a_warped_world(bench):
    main = (
        I2C
        + """
import onewire
bus = onewire.OneWire(machine.Pin(4))
def span(call, *arguments):
    begin = time.ticks_us()
    try:
        call(*arguments)
    except OSError:
        pass
    print(time.ticks_diff(time.ticks_us(), begin))
span(i2c.writeto, 0x42, bytes(8))
span(i2c.readfrom_mem, 0x42, 0, 7)
span(i2c.readfrom, 0x43, 100)
span(bus.reset)
span(bus.write, bytes(10))
"""
    )
    parts = Parts(i2c=[Memory()])
    shows(bench, main, ["1800", "1800", "180", "960", "5600"], parts, "warp")
    hung = Memory()
    hung.faults.hang = True
    shows(bench, main, ["50000", "50000", "50000"], Parts(i2c=[hung]), "warp")
