"""The SX1276 by its data sheet: registers and pages, modes, FIFO, reset, oscillator, power."""

import pytest

from protocol.airtime import Modulation
from tests.for_tools.chips import CHANNEL_HZ, Air, Host76, transfer

SLEEP, STDBY, FSTX, TX, FSRX, RXCONTINUOUS, RXSINGLE, CAD = range(8)
TX_DONE = 0x08
FRAME = b"a frame of some length"
AIRTIME_US = Modulation(7).airtime_us(len(FRAME))


@pytest.fixture
def air():
    return Air()


@pytest.fixture
def host(air):
    return Host76(air)


class TestRegisters:
    def test_have_the_resets_of_table_41(self, host):
        common = {0x01: 0x09, 0x09: 0x4F, 0x0A: 0x09, 0x0B: 0x2B, 0x0C: 0x20, 0x42: 0x12}
        common |= {0x4B: 0x09, 0x4D: 0x84}
        assert {address: host.read(address) for address in common} == common
        assert host.read(0x06, 3) == b"\x6c\x80\x00"
        fsk = {0x0D: 0x08, 0x10: 0xFF, 0x25: 0x00, 0x26: 0x03, 0x27: 0x93, 0x32: 0x40, 0x3B: 0x02}
        assert {address: host.read(address) for address in fsk} == fsk
        host.go(SLEEP)
        lora = {0x0D: 0, 0x0E: 0x80, 0x0F: 0, 0x18: 0x10, 0x1D: 0x72, 0x1E: 0x70, 0x1F: 0x64}
        lora |= {0x20: 0, 0x21: 8, 0x22: 1, 0x23: 0xFF, 0x26: 0, 0x31: 0xC3, 0x33: 0x27}
        lora |= {0x36: 0x03, 0x37: 0x0A, 0x39: 0x12, 0x3B: 0x1D, 0x42: 0x12}
        assert {address: host.read(address) for address in lora} == lora

    def test_have_two_pages_and_access_shared_reg_shows_the_other(self, host):
        host.go(SLEEP)
        host.write(0x39, 0x34)
        host.write(0x01, 0x80 | 0x40)
        assert host.read(0x39) == 0xF5
        host.write(0x39, 0x11)
        host.write(0x01, 0x80)
        assert host.read(0x39) == 0x34
        host.write(0x01, 0x00)
        assert host.read(0x39) == 0x11

    def test_are_written_and_read_in_a_row(self, host):
        host.go(SLEEP)
        host.write(0x1D, 0x82, 0x94, 0x33)
        assert host.read(0x1C, 4) == b"\x00\x82\x94\x33"

    def test_show_what_was_there_while_they_are_written(self, host):
        assert transfer(host.chip, [0x80 | 0x09, 0x8F, 0x11]) == b"\x00\x4f\x09"

    def test_that_only_the_chip_sets_stay_as_they_are(self, host):
        host.go(SLEEP)
        for address in (0x10, 0x13, 0x18, 0x19, 0x1A, 0x1C, 0x25, 0x42):
            before = host.read(address)
            host.write(address, before ^ 0xFF)
            assert host.read(address) == before

    def test_frequency_is_taken_with_its_last_byte(self, host):
        reset_hz = host.chip.registers.frequency_hz
        assert reset_hz == 434_000_000
        new = ((CHANNEL_HZ << 19) // 32_000_000).to_bytes(3, "big")
        host.write(0x06, *new[:2])
        assert host.chip.registers.frequency_hz == reset_hz
        host.write(0x08, new[2])
        assert abs(host.chip.registers.frequency_hz - CHANNEL_HZ) < 62

    def test_outlive_sleep(self, host):
        host.tune(sf=9)
        host.go(SLEEP)
        host.go(STDBY)
        assert host.read(0x1E) == 0x94


class TestLongRangeMode:
    def test_is_taken_in_sleep_only(self, host):
        host.write(0x01, 0x81)  # from STDBY
        assert host.read(0x01) == 0x01
        host.write(0x01, 0x00)
        host.write(0x01, 0x81)
        assert host.read(0x01) == 0x81
        host.write(0x01, 0x01)
        assert host.read(0x01) == 0x81
        assert host.chip.counts["LongRangeMode not in sleep"] == 2

    def test_is_taken_by_a_write_that_goes_to_sleep(self, host):
        host.write(0x01, 0x80)
        assert host.read(0x01) == 0x80


class TestFifo:
    def test_is_written_and_read_where_the_pointer_points_to(self, host):
        host.tune()
        host.write(0x0D, 254)
        host.write(0x00, 1, 2, 3)
        assert host.read(0x0D) == 1
        host.write(0x0D, 254)
        assert host.read(0x00, 4) == b"\x01\x02\x03\x00"
        assert host.read(0x0D) == 2

    def test_cannot_be_written_in_sleep_and_is_emptied_by_it(self, host):
        host.tune()
        host.write(0x0D, 0)
        host.write(0x00, 1, 2, 3)
        host.go(SLEEP)
        host.write(0x0D, 0)
        host.write(0x00, 9)
        assert host.read(0x0D) == 0
        assert host.read(0x00, 2) == bytes(2)
        host.go(STDBY)
        assert host.read(0x00, 3) == bytes(3)
        assert host.chip.counts["FIFO written in sleep"] == 1


class TestReset:
    def test_it_answers_10_ms_after_power_on(self, air):
        host = Host76(air)
        host.chip.power(False)
        host.chip.power(True)
        air.wait(9_999)
        host.write(0x39, 0x34)
        assert host.read(0x42) == 0
        air.wait(1)
        assert host.read(0x42) == 0x12
        assert host.chip.counts["before it was ready"] > 0

    def test_nreset_forgets_all_and_takes_5_ms(self, host):
        host.tune()
        host.chip.reset(0)
        assert transfer(host.chip, [0x42, 0]) == b"\xff\xff"
        host.air.wait(200)
        host.chip.reset(1)
        host.air.wait(4_999)
        assert host.read(0x42) == 0
        host.air.wait(1)
        assert (host.read(0x42), host.read(0x01)) == (0x12, 0x09)

    def test_without_supply_everything_is_low(self, host):
        host.tune()
        host.chip.power(False)
        assert [host.chip.level(pin) for pin in host.chip.pins] == [0] * 6
        assert transfer(host.chip, [0x42, 0]) == bytes(2)

    def test_power_that_goes_while_it_sends_ends_the_frame(self, host):
        host.tune()
        host.send(FRAME)
        host.air.wait(AIRTIME_US // 2)
        assert host.chip.antenna.sending is not None
        host.chip.power(False)
        assert host.chip.antenna.sending is None


def test_image_calibration_is_on_the_fsk_page_and_runs_10_ms(host):
    host.write(0x3B, 0x42)
    assert host.read(0x3B) == 0x22
    host.air.wait(10_000)
    assert host.read(0x3B) == 0x02


@pytest.mark.parametrize(
    ("registers", "boost", "power"),
    [
        ({0x09: 0x8C}, True, 14),
        ({0x09: 0x80}, True, 2),
        ({0x09: 0x8F}, True, 17),
        ({0x09: 0x8F, 0x4D: 0x87, 0x0B: 0x3B}, True, 20),
        ({0x09: 0x8F, 0x4D: 0x87}, True, 18.2),  # OCP is at 100 mA after reset
        ({0x09: 0x8F, 0x4D: 0x84, 0x0B: 0x20}, True, 8.6),
        ({0x09: 0x8F, 0x4D: 0x87, 0x0B: 0x00}, True, 20),
        ({0x09: 0x7E}, False, 14),
        ({0x09: 0x4F}, False, 13.2),
        ({0x09: 0x00}, False, -4.2),
        ({0x09: 0x4F}, True, 13.2 - 30),  # the antenna is at the other pin
        ({0x09: 0x8C}, False, 14 - 30),
    ],
)
def test_power_follows_5_4_2(air, registers, boost, power):
    host = Host76(air, pa_boost=boost)
    powers = []
    air.ether.observers.append(lambda frame: powers.append(round(frame.power_dbm, 1)))
    host.tune()
    for address, value in registers.items():
        host.write(address, value)
    host.send(FRAME)
    air.wait(AIRTIME_US + 1000)
    assert powers == [power]


@pytest.mark.parametrize(("bit", "runs"), [(1, True), (0, False)])
def test_a_tcxo_needs_its_bit(air, bit, runs):
    host = Host76(air, tcxo=True)
    host.go(SLEEP)
    host.write(0x4B, 0x09 | bit << 4)
    host.tune()
    host.send(FRAME)
    air.wait(AIRTIME_US + 1000)
    assert bool(host.irq & TX_DONE) is runs
    assert host.mode == (STDBY if runs else TX)


def test_a_crystal_does_not_run_as_a_tcxo(host):
    host.write(0x4B, 0x19)
    host.tune()
    host.send(FRAME)
    host.air.wait(AIRTIME_US + 1000)
    assert (host.irq, host.mode) == (0, TX)


def test_faults_can_be_put_in(host):
    host.tune()
    host.write(0x40, 0x40)
    host.chip.hold("dio0", 0)
    host.send(FRAME)
    host.air.wait(AIRTIME_US + 1000)
    assert (host.irq, host.chip.level("dio0")) == (TX_DONE, 0)
    host.chip.hold("dio0", None)
    assert host.chip.level("dio0") == 1
    host.write(0x12, 0xFF)
    host.chip.lost_irqs = TX_DONE
    host.send(FRAME)
    host.air.wait(AIRTIME_US + 1000)
    assert (host.irq, host.mode) == (0, STDBY)
    host.chip.miso = 0x00
    assert host.read(0x42) == 0
